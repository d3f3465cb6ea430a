package rehearsal

import (
	"slices"
	"sync"
	"time"
)

// Clock runs as fast as the machine's, from a time of its own, and can be wound
// forward. It is a quota.Clock.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
	alarms []*alarm
}

// alarm is a timer that winding can set off. It fires once.
type alarm struct {
	at    time.Time
	c     chan time.Time
	timer *time.Timer
}

// newClock shows the given time now.
func newClock(at time.Time) *Clock { return &Clock{offset: time.Until(at)} }

// Now is the clock's time, with a monotonic part.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return time.Now().Add(c.offset) }

// NewTimer sends once on its channel after d of this clock, unless stopped before.
func (c *Clock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{at: c.now().Add(d), c: make(chan time.Time, 1)}
	c.alarms = append(c.alarms, a)
	a.timer = time.AfterFunc(d, func() { c.end(a, true) })
	return a.c, func() bool { return c.end(a, false) }
}

// end takes an alarm off, and reports whether it was still set.
func (c *Clock) end(a *alarm, ring bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.alarms, a)
	if i < 0 {
		return false
	}
	c.alarms = slices.Delete(c.alarms, i, i+1)
	a.timer.Stop()
	if ring {
		a.c <- c.now()
	}
	return true
}

// WindTo winds the clock forward to a time; one that is past changes nothing.
func (c *Clock) WindTo(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if !at.After(now) {
		return
	}
	c.offset += at.Sub(now)
	c.alarms = slices.DeleteFunc(c.alarms, func(a *alarm) bool {
		if a.at.After(at) {
			a.timer.Reset(a.at.Sub(at))
			return false
		}
		a.timer.Stop()
		a.c <- at
		return true
	})
}
