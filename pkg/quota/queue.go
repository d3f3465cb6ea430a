package quota

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/instant"
)

// waiter is one Acquire.
type waiter struct {
	limit   int
	done    chan struct{}
	permits []*Permit // with err, final once done is closed
	err     error
}

func (w *waiter) finish(permits []*Permit, err error) {
	w.permits, w.err = permits, err
	close(w.done)
}

// queue is those who wait, the first of them first.
type queue []*waiter

// fail ends every wait.
func (q *queue) fail(err error) {
	for _, w := range *q {
		w.finish(nil, err)
	}
	*q = nil
}

// remove reports whether the waiter was still waiting.
func (q *queue) remove(w *waiter) bool {
	for i, queued := range *q {
		if queued == w {
			*q = append((*q)[:i:i], (*q)[i+1:]...)
			return true
		}
	}
	return false
}

// asked is how many permits are asked for.
func (q queue) asked() int {
	n := 0
	for _, w := range q {
		n += w.limit
	}
	return n
}

// Acquire blocks until at least one call may be made, and returns as many permits
// as there are at once, at most limit. Waiting is first come, first served within
// the replica. The error is ctx.Err(), or wraps ErrHalted when every key is
// disabled, or ErrClosed.
func (l *Ledger) Acquire(ctx context.Context, limit int) ([]*Permit, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &waiter{limit: max(1, limit), done: make(chan struct{})}
	l.enqueue(w)
	select {
	case <-w.done:
		return w.permits, w.err
	case <-ctx.Done():
		l.abandon(w)
		return nil, ctx.Err()
	}
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
		l.serve(l.cfg.Clock.Now())
	}
	if len(l.queue) > 0 {
		poke(l.permitWork)
	}
}

// abandon withdraws a waiter, and what it was given in that moment.
func (l *Ledger) abandon(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queue.remove(w) {
		return
	}
	for _, p := range w.permits {
		p.lapse()
	}
	poke(l.permitWork)
}

// givePermits hands out permits as slots become usable.
func (l *Ledger) givePermits(ctx context.Context) {
	for {
		l.mu.Lock()
		next := l.serve(l.cfg.Clock.Now())
		l.mu.Unlock()
		if !l.sync.Sleep(ctx, l.permitWork, next) {
			return
		}
	}
}

// serve serves the queue and returns when to look again, if time alone can change
// anything. Callers hold mu.
func (l *Ledger) serve(now time.Time) time.Time {
	next := l.lapseHeld(now)
	for len(l.queue) > 0 {
		if l.keys.Recorded() {
			l.queue.fail(fmt.Errorf("acquiring from %s: %w", l.cfg.Source, ErrHalted))
			break
		}
		w := l.queue[0]
		permits, again := l.grant(w.limit, now)
		if len(permits) == 0 {
			return instant.EarlierKnown(next, again)
		}
		l.queue = l.queue[1:]
		w.finish(permits, nil)
		next = instant.EarlierKnown(next, now.Add(holdTime))
	}
	return next
}

// grant makes up to n permits of what is in hand. Where it makes none it asks
// for what is missing, and says when that may change by itself.
func (l *Ledger) grant(n int, now time.Time) (permits []*Permit, again time.Time) {
	for len(permits) < n {
		unit, usable := l.keys.InHand(now), l.lease.Usable(now)
		if !unit || !usable {
			if len(permits) > 0 {
				break
			}
			return nil, l.lack(now, unit, usable)
		}
		p := &Permit{ledger: l, unit: l.keys.Take(now), slot: l.lease.Take(now), since: now}
		l.held[p] = struct{}{}
		permits = append(permits, p)
	}
	return permits, time.Time{}
}

// lack asks for a slot, a unit or both, and returns when either may come by time.
func (l *Ledger) lack(now time.Time, unit, usable bool) time.Time {
	var again time.Time
	if !unit {
		again = l.keys.Renewed(now)
		poke(l.keyWork)
	}
	if !usable && (unit || l.keys.Available(now)) {
		l.lease.Blocked()
		if ready, any := l.lease.Ready(); any && ready.After(now) {
			again = instant.EarlierKnown(again, ready)
		}
		poke(l.slotWork)
	}
	return again
}

// lapseHeld takes back what has been held too long, and returns when the next
// will have been.
func (l *Ledger) lapseHeld(now time.Time) time.Time {
	var next time.Time
	for p := range l.held {
		until := p.since.Add(holdTime)
		if until.After(now) {
			next = instant.EarlierKnown(next, until)
			continue
		}
		p.lapse()
	}
	return next
}
