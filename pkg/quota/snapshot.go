package quota

import (
	"math"
	"time"
)

// Unlimited is the Remaining of a source without daily budgets.
const Unlimited = math.MaxInt

// State is what a key is good for today.
type State string

const (
	// StateOK has calls left.
	StateOK State = "ok"
	// StateExhausted has none left until ResetAt: all are spent or leased, or
	// the source said so.
	StateExhausted State = "exhausted"
	// StateInvalid was refused by the source; disabled until configured anew.
	StateInvalid State = "invalid"
)

// KeyStatus is one registered key.
type KeyStatus struct {
	Fingerprint string    `json:"fingerprint"`
	State       State     `json:"state"`
	Quota       int       `json:"quota"`     // calls per day; 0: no daily limit
	Remaining   int       `json:"remaining"` // calls not yet spent or leased; Unlimited without a daily limit
	ResetAt     time.Time `json:"reset_at"`  // when calls are next renewed; zero without a daily limit or when invalid
}

// Snapshot is what the ledger of one source holds at one moment.
type Snapshot struct {
	Source string `json:"source"`
	// Known is false while no replica has ever registered a key: there is
	// nothing to count yet, and Remaining is 0. A planner assumes one key then.
	Known     bool        `json:"known"`
	Rate      Rate        `json:"rate"`      // the tightest registered limit
	Remaining int         `json:"remaining"` // the sum over all keys; Unlimited without daily limits
	Keys      []KeyStatus `json:"keys"`      // by fingerprint
}
