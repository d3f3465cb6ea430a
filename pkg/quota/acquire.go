package quota

import (
	"context"
	"fmt"
	"time"
)

// waiter is one Acquire.
type waiter struct {
	max     int
	done    chan struct{}
	permits []*Permit // with err, final once done is closed
	err     error
}

func (w *waiter) finish(permits []*Permit, err error) {
	w.permits, w.err = permits, err
	close(w.done)
}

// Acquire blocks until at least one call may be made, and returns as many permits
// as there are at once, at most limit. Waiting is first come, first served within
// the replica. The error is ctx.Err(), or wraps ErrHalted when every key is
// disabled, or ErrClosed.
func (l *Ledger) Acquire(ctx context.Context, limit int) ([]*Permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiter{max: max(1, limit), done: make(chan struct{})}
	l.enqueue(w)
	select {
	case <-w.done:
		return w.permits, w.err
	case <-ctx.Done():
		l.abandon(w)
		return nil, ctx.Err()
	}
}

// WaitRevived blocks while every key is disabled as invalid. The error is
// ctx.Err() or ErrClosed.
func (l *Ledger) WaitRevived(ctx context.Context) error {
	return l.until(ctx, func() bool { return !l.halted() })
}

func (l *Ledger) enqueue(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		w.finish(nil, ErrClosed)
		return
	}
	l.queue = append(l.queue, w)
	if len(l.queue) == 1 {
		l.pump(l.cfg.Clock.Now())
	}
	if len(l.queue) > 0 {
		poke(l.dispatchWork)
	}
}

// abandon withdraws a waiter, and what it was given in that moment.
func (l *Ledger) abandon(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, queued := range l.queue {
		if queued == w {
			l.queue = append(l.queue[:i:i], l.queue[i+1:]...)
			return
		}
	}
	for _, p := range w.permits {
		p.lapse()
	}
	poke(l.dispatchWork)
}

// dispatch hands out permits as slots become usable.
func (l *Ledger) dispatch(ctx context.Context) {
	for {
		l.mu.Lock()
		next := l.pump(l.cfg.Clock.Now())
		l.mu.Unlock()
		if !l.sleep(ctx, l.dispatchWork, next) {
			return
		}
	}
}

// pump serves the queue and returns when to look again, if time alone can change
// anything. Callers hold mu.
func (l *Ledger) pump(now time.Time) time.Time {
	next := l.lapseHeld(now)
	for len(l.queue) > 0 {
		if l.haltedForAll() {
			l.failQueue(fmt.Errorf("acquiring from %s: %w", l.cfg.Source, ErrHalted))
			break
		}
		w := l.queue[0]
		permits, again := l.grant(w.max, now)
		if len(permits) == 0 {
			return earlier(next, again)
		}
		l.queue = l.queue[1:]
		w.finish(permits, nil)
		next = earlier(next, now.Add(holdTime))
	}
	return next
}

// grant makes up to n permits of what is in hand. Where it makes none it asks
// for what is missing, and says when that may change by itself.
func (l *Ledger) grant(n int, now time.Time) (permits []*Permit, again time.Time) {
	day := l.cal.Day(now)
	for len(permits) < n {
		b := l.inHand(day, now)
		soonest, any := l.tenure.pool.soonest()
		usable := any && l.tenure.holds(now) && !soonest.After(now)
		if b == nil || !usable {
			if len(permits) > 0 {
				break
			}
			return nil, l.lack(day, now, b != nil, usable, soonest)
		}
		permits = append(permits, l.permit(b, day, now))
	}
	return permits, time.Time{}
}

// lack asks for a slot, a unit or both, and returns when either may come by time.
func (l *Ledger) lack(day Day, now time.Time, unit, usable bool, soonest time.Time) time.Time {
	var again time.Time
	if !unit {
		again = earlier(again, l.nextBudget(day, now))
		poke(l.keyWork)
	}
	if !usable && (unit || l.anyBudget(day, now)) {
		l.tenure.blocked = true
		if soonest.After(now) {
			again = earlier(again, soonest)
		}
		poke(l.gateWork)
	}
	return again
}

func (l *Ledger) permit(b *budget, day Day, now time.Time) *Permit {
	p := &Permit{
		ledger: l, budget: b, day: day, probe: b.probe && l.limited(), since: now,
		slot: l.tenure.pool.take(now), generation: l.tenure.pool.generation,
	}
	if l.limited() {
		b.take(now)
	}
	l.held[p] = struct{}{}
	return p
}

// lapseHeld takes back what has been held too long, and returns when the next
// will have been.
func (l *Ledger) lapseHeld(now time.Time) time.Time {
	var next time.Time
	for p := range l.held {
		until := p.since.Add(holdTime)
		if until.After(now) {
			next = earlier(next, until)
			continue
		}
		p.lapse()
	}
	return next
}

func (l *Ledger) failQueue(err error) {
	for _, w := range l.queue {
		w.finish(nil, err)
	}
	l.queue = nil
}

// waiting is how many permits are asked for.
func (l *Ledger) waiting() int {
	n := 0
	for _, w := range l.queue {
		n += w.max
	}
	return n
}

// earlier is the earlier of two times, where zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
