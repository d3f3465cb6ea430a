package slots

import (
	"slices"
	"time"
)

// demand is what a replica wanted in the last renewals.
type demand struct {
	past [demandBeats]int
	// blocked since the last write: somebody waited for a slot. wasBlocked is the
	// same of the one before.
	blocked, wasBlocked bool
}

// remember smooths a falling want, so that slots don't change hands with every
// fluctuation, and begins a new interval.
func (d *demand) remember(want int) int {
	copy(d.past[1:], d.past[:demandBeats-1])
	d.past[0] = want
	d.wasBlocked, d.blocked = d.blocked, false
	if want == 0 {
		d.past = [demandBeats]int{}
		return 0
	}
	return slices.Max(d.past[:])
}

// Blocked notes that somebody waits for a slot.
func (l *Lease) Blocked() { l.demand.blocked = true }

// interval is how often an owner writes while nothing else calls for it; nil is one
// that is not in the table.
func (o *Owner) interval() time.Duration {
	if o != nil && o.Slots == 0 && o.Want == 0 {
		return idleBeat
	}
	return activeBeat
}

// due is when the next write is due, given the present want. Renewals vary by a
// tenth.
func (l *Lease) due(want int) time.Time {
	if me := l.me(); me == nil || me.Setup != l.setupID {
		return time.Time{}
	}
	renewal := l.held.from.Add(l.me().interval()).Add(l.jitter)
	if l.eager(want, renewal) {
		gap := eagerGap
		if l.pool.owned() == 0 {
			gap = starvedGap
		}
		if early := l.held.from.Add(gap); early.Before(renewal) {
			renewal = early
		}
	}
	return renewal
}

// eager reports whether it would be a waste to wait for the renewal: the replica
// begins to want slots, or some will be usable before.
func (l *Lease) eager(want int, renewal time.Time) bool {
	me := l.me()
	if l.unsure != nil || want == 0 {
		return false
	}
	if me.Want == 0 {
		return true
	}
	after, ok := l.view.soonest()
	if !l.demand.blocked || !ok || !l.view.at.Add(after).Before(renewal) {
		return false
	}
	return want > me.Want || l.view.shares()[l.id] > me.Slots
}

// wants foresees how many slots the replica has use for, with waiting permits
// asked for and not given. A replica that is blocked again and again can use any number.
func (l *Lease) wants(now, lastStart time.Time, waiting int) int {
	window := l.view.Rate.Per
	horizon := min(window, demandWindow)
	want := l.pool.usedSince(now.Add(-horizon))
	if horizon > 0 {
		want = int((int64(want)*int64(window) + int64(horizon) - 1) / int64(horizon))
	}
	switch {
	case l.demand.blocked && l.demand.wasBlocked:
		want = l.limit()
	case waiting > 0:
		want += waiting
	case now.Sub(lastStart) < idleTime:
		want++
	default:
		return l.pool.out
	}
	return min(want, l.limit())
}

// limit is the number of slots there are.
func (l *Lease) limit() int {
	if l.view.Rate.N > 0 {
		return l.view.Rate.N
	}
	return l.setup.Rate.N
}
