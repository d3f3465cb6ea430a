package quota

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// leaseTime bounds a lease to what the slots allow to use in it.
const leaseTime = 15 * time.Second

// keepKeys leases units, returns what is not used, and tells the others what
// became of a key.
func (l *Ledger) keepKeys(ctx context.Context) { l.keep(ctx, "keys", l.keyWork, l.nextKeyWrite) }

// nextKeyWrite is the write that is due, or when one will be. Callers hold mu.
func (l *Ledger) nextKeyWrite(now time.Time) (write, time.Time) {
	if e := l.reportDue(now); e != nil {
		return l.writing(e), now
	}
	day := l.cal.Day(now)
	if e := l.leaseDue(day, now); e != nil {
		return l.writing(e), now
	}
	e, due := l.returnDue(day, now)
	if e != nil {
		return l.writing(e), now
	}
	return nil, due
}

func (l *Ledger) writing(e *entry) write {
	return func(ctx context.Context) error { return l.writeKey(ctx, e) }
}

// reportDue is a write that tells what became of a key.
func (l *Ledger) reportDue(now time.Time) *entry {
	for _, b := range l.budgets {
		if !b.report.empty() {
			return b.draft(now)
		}
	}
	return nil
}

// leaseDue is a lease, when somebody waits and a slot is ready: units are not held
// while waiting for the rate, and a crash between two bursts loses none.
func (l *Ledger) leaseDue(day Day, now time.Time) *entry {
	soonest, ok := l.tenure.pool.soonest()
	if len(l.queue) == 0 || !ok || soonest.After(now) || !l.tenure.holds(now) || l.unitsInHand(day) > 0 {
		return nil
	}
	b, left, probe := l.leasable(day, now)
	if b == nil {
		return nil
	}
	e := b.draft(now)
	if probe {
		e.lease(day, 1, true)
		return e
	}
	window := l.tenure.view.Rate.Per
	useful := int(int64(l.tenure.pool.owned())*int64(leaseTime)/int64(window)) + 1
	e.lease(day, leaseSize(left, useful, l.tenure.view.active()), false)
	l.current = slices.Index(l.budgets, b)
	return e
}

// returnDue is a return of units that are not used, or when one will be due.
func (l *Ledger) returnDue(day Day, now time.Time) (*entry, time.Time) {
	var due time.Time
	for _, b := range l.budgets {
		if b.units == 0 || b.day != day.Name || !day.Open(now) {
			continue
		}
		until := b.moved.Add(holdTime + l.tenure.view.Rate.Per)
		if !b.retired && !l.closed && until.After(now) {
			due = earlier(due, until)
			continue
		}
		e := b.draft(now)
		e.giveBack()
		return e, now
	}
	return nil, due
}

// writeKey carries out a write, as writeGate does. Where its fate stays unknown, what it leased or returned is lost for the day: never used, and never
// given to others twice.
func (l *Ledger) writeKey(ctx context.Context, e *entry) error {
	b := e.b
	value, err := e.rec.encode()
	if err != nil {
		return err
	}
	name := l.keyPrefix() + b.fingerprint
	revision, err := l.update(ctx, name, value, e.base)
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		l.mu.Lock()
		e.refused()
		l.mu.Unlock()
		return errors.Join(err, l.refresh(ctx, name, l.keyWork, func() bool { return b.revision != e.base }))
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	e.written()
	if b.revision == e.base {
		l.learn(b.fingerprint, e.rec, revision)
	}
	l.announce()
	return nil
}

// leave returns everything and removes the replica from the gate.
func (l *Ledger) leave(ctx context.Context) error {
	next := func() write {
		l.mu.Lock()
		defer l.mu.Unlock()
		now := l.cfg.Clock.Now()
		if e := l.reportDue(now); e != nil {
			return l.writing(e)
		}
		if e, _ := l.returnDue(l.cal.Day(now), now); e != nil {
			return l.writing(e)
		}
		if a := l.tenure.farewell(now); a != nil {
			return func(ctx context.Context) error { return l.writeGate(ctx, a) }
		}
		return nil
	}
	for w := next(); w != nil; w = next() {
		if err := w(ctx); err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return err
		}
	}
	return nil
}
