package quota

import "time"

// Clock is the time by which a ledger works. Its wall time decides which day it
// is; leases and cool-downs are measured between two of its readings, so these
// should carry a monotonic part where there is one. No reading is ever compared
// with another machine's.
type Clock interface {
	Now() time.Time
	// NewTimer sends once on c after d, unless stopped before.
	NewTimer(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// SystemClock is the clock of this machine.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// NewTimer is time.NewTimer.
func (SystemClock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}
