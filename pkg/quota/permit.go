package quota

// Outcome is how a permitted call ended.
type Outcome int

const (
	// Spent: an answer came, whatever it said, and none of the below holds.
	Spent Outcome = iota + 1
	// Exhausted: the source says that this key's daily budget is used up.
	Exhausted
	// Invalid: the source does not know the key.
	Invalid
	// Unknown: sent, or perhaps sent, and no answer came.
	Unknown
	// Cancelled: certainly never sent.
	Cancelled
)

// String is the outcome's name.
func (o Outcome) String() string {
	switch o {
	case Spent:
		return "spent"
	case Exhausted:
		return "exhausted"
	case Invalid:
		return "invalid"
	case Unknown:
		return "unknown"
	case Cancelled:
		return "cancelled"
	}
	return "undefined"
}
