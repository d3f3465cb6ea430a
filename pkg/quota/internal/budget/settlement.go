package budget

// Settlement is how a permitted call ended.
type Settlement int

const (
	// Spent is an answer, whatever it said, and none of the below.
	Spent Settlement = iota + 1
	// Exhausted is an answer that this key's daily budget is used up.
	Exhausted
	// Invalid is an answer that the source does not know the key.
	Invalid
	// Unknown is not an answer to a call that was sent, or perhaps sent.
	Unknown
	// Cancelled is a call that was certainly never sent.
	Cancelled
)

// String is the settlement's name.
func (s Settlement) String() string {
	switch s {
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
