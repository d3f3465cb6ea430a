package why

import (
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// Code names a reason; the fields of Reason that it has stand beside it.
type Code string

// The codes. Those up to SchemaOlder are of the planner as a whole, the others of a
// source, most general first.
const (
	NoLeader       Code = "no-leader"       // Since
	NATSAway       Code = "nats-away"       // Since, Detail
	TickFails      Code = "tick-fails"      // Since, Detail
	SchemaOlder    Code = "schema-older"    // Detail
	KeysRefused    Code = "keys-refused"    // Calls: how many keys
	Failing        Code = "failing"         // Detail
	Blocked        Code = "blocked"         // Calls: answers that wait; Limit
	Spent          Code = "spent"           // Calls: of the day; Until
	AfterCatalogue Code = "after-catalogue" // Calls: that wait; Page, Pages
	KeptBack       Code = "kept-back"       // Kept, Calls: that wait; Until
	HighWater      Code = "high-water"      // Calls: that are out; PerSecond
	Working        Code = "working"         // Calls: that are due; Out
	AskedAgain     Code = "asked-again"     // Calls, Until
	Held           Code = "held"            // Calls, Until
	NothingDue     Code = "nothing-due"     // Next
	Unregistered   Code = "no-fetcher"      // Calls: that are out
)

// Reason is why a source does what it does.
type Reason struct {
	Code      Code            `json:"code"`
	Source    messages.Source `json:"source,omitempty"` // empty: of the planner as a whole
	Calls     int             `json:"calls,omitempty"`
	Out       int             `json:"out,omitempty"`
	Limit     int             `json:"limit,omitempty"`
	Kept      int             `json:"kept,omitempty"`
	Page      int             `json:"page,omitempty"`
	Pages     int             `json:"pages,omitempty"`
	PerSecond float64         `json:"per_second,omitempty"`
	Since     *time.Time      `json:"since,omitempty"`
	Until     *time.Time      `json:"until,omitempty"`
	Next      []Next          `json:"next,omitempty"`
	Detail    string          `json:"detail,omitempty"` // for a person, in English
}

// Next is what comes next, and when.
type Next struct {
	What string    `json:"what"` // list-head, box-office or call
	At   time.Time `json:"at"`
}

// Same reports whether another reason would be told in the same words but for its
// figures.
func (r Reason) Same(other Reason) bool { return r.Code == other.Code && r.Source == other.Source }

// Facts are what is known of a source at a tick.
type Facts struct {
	Source     messages.Source
	Registered bool // a fetcher has told its keys
	Keys       int
	Refused    int    // of them
	Trouble    string // what the fetchers say is wrong; empty: nothing
	// Backlog is how many answers the loader has not acknowledged, BacklogLimit how
	// many stop everything; Blocked says that they do.
	Backlog, BacklogLimit int
	Blocked               bool
	Limited               bool // it has a daily limit
	Quota, Left           int  // calls of a day, and left today
	ResetAt               *time.Time
	Due                   int // calls that are due and not out
	Out                   int
	HighWater             int
	PerSecond             float64
	Chosen                int // jobs published at this tick
	Kept                  int // calls that are kept from what is due
	Midnight              time.Time
	// AfterList is how many calls wait until the list of all films was read, of which
	// Page of Pages are.
	AfterList, Page, Pages int
	Paced                  int // due calls that were asked for too often
	PacedUntil             *time.Time
	Held                   int // calls that died and are tried again later
	HeldUntil              *time.Time
	Next                   []Next
}

// Explain gives the most general reason.
func Explain(f Facts) Reason {
	r := Reason{Source: f.Source}
	switch {
	case f.Keys > 0 && f.Refused == f.Keys:
		r.Code, r.Calls = KeysRefused, f.Keys
	case f.Trouble != "":
		r.Code, r.Detail = Failing, f.Trouble
	case f.Blocked:
		r.Code, r.Calls, r.Limit = Blocked, f.Backlog, f.BacklogLimit
	case f.Registered && f.Limited && f.Left == 0:
		r.Code, r.Calls, r.Until = Spent, f.Quota, f.ResetAt
	case !f.Registered && f.Out > 0:
		r.Code, r.Calls = Unregistered, f.Out
	case f.AfterList > 0:
		r.Code, r.Calls, r.Page, r.Pages = AfterCatalogue, f.AfterList, f.Page, f.Pages
	case f.Limited && f.Due > 0 && f.Chosen == 0 && f.Kept > 0 && f.Left-f.Out <= f.Kept && f.Paced < f.Due:
		r.Code, r.Kept, r.Calls, r.Until = KeptBack, f.Kept, f.Due, &f.Midnight
	case f.Out >= f.HighWater && f.Due > 0:
		r.Code, r.Calls, r.PerSecond = HighWater, f.Out, f.PerSecond
	case f.Out > 0 || f.Chosen > 0:
		r.Code, r.Calls, r.Out = Working, f.Due, f.Out
	case f.Paced > 0:
		r.Code, r.Calls, r.Until = AskedAgain, f.Paced, f.PacedUntil
	case f.Due > 0:
		r.Code, r.Calls = Working, f.Due
	case f.Held > 0:
		r.Code, r.Calls, r.Until = Held, f.Held, f.HeldUntil
	default:
		r.Code, r.Next = NothingDue, f.Next
	}
	return r
}
