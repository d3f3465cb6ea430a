package quota

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
	"github.com/cledit/pipeline/pkg/quota/internal/kv"
	"github.com/cledit/pipeline/pkg/quota/internal/slots"
)

// leaseTime bounds a lease of units to what the slots allow to use in it.
const leaseTime = 15 * time.Second

// slotWriter renews the lease of slots, and moves slots to where they are wanted.
type slotWriter struct{ *Ledger }

// next is the write that is due, or when one will be.
func (l slotWriter) next() (kv.Write, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.cfg.Clock.Now()
	w, due := l.lease.Next(now, l.started, l.queue.asked(), l.useful(now))
	if w == nil {
		return nil, due
	}
	if l.keys.Enable(w.Fresh) {
		poke(l.keyWork)
	}
	return l.write(w), now
}

// useful reports whether a slot could be put to use.
func (l slotWriter) useful(now time.Time) bool {
	if !l.keys.Limited() {
		return !l.keys.Halted()
	}
	return l.keys.Available(now)
}

// write carries out a write. When it returns ErrKeyRevisionMismatch, what the write
// should have been made from has been seen.
func (l slotWriter) write(w *slots.Write) kv.Write {
	name := tableName(l.cfg.Source)
	return func(ctx context.Context) error {
		revision, err := l.sync.Update(ctx, name, w.Encode(), w.Base)
		if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			l.mu.Lock()
			l.lease.Refused(w)
			l.mu.Unlock()
			return errors.Join(err, l.sync.Refresh(ctx, name, l.slotWork, func() bool {
				l.mu.Lock()
				defer l.mu.Unlock()
				return l.lease.Revision() != w.Base
			}))
		}
		if err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		l.lease.Written(w, revision)
		l.observed()
		return nil
	}
}

// budgetWriter leases units, returns what is not used, and tells the others what
// became of a key.
type budgetWriter struct{ *Ledger }

// next is the write that is due, or when one will be.
func (l budgetWriter) next() (kv.Write, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.cfg.Clock.Now()
	w := l.keys.Report(now)
	if w == nil {
		w = l.leaseDue(now)
	}
	var due time.Time
	if w == nil {
		w, due = l.keys.Return(now, l.unused())
	}
	if w == nil {
		return nil, due
	}
	return l.write(w), now
}

// leaseDue is a lease, when somebody waits and a slot is ready: units are not held
// while waiting for the rate, and a crash between two bursts loses none.
func (l budgetWriter) leaseDue(now time.Time) *budget.Write {
	if len(l.queue) == 0 || !l.lease.Usable(now) {
		return nil
	}
	table := l.lease.Table()
	useful := int(int64(l.lease.Pool())*int64(leaseTime)/int64(table.Rate.Per)) + 1
	return l.keys.Lease(now, useful, table.Active())
}

// unused is how long a unit stays that nobody uses: not at all, once the ledger is
// closed.
func (l budgetWriter) unused() time.Duration {
	if l.closed {
		return 0
	}
	return holdTime + l.lease.Table().Rate.Per
}

// write carries out a write, as slotWriter's does. Where its fate stays unknown, what
// it leased or returned is lost for the day: never used, and never given to others
// twice.
func (l budgetWriter) write(w *budget.Write) kv.Write {
	name := keyName(l.cfg.Source, w.Fingerprint())
	return func(ctx context.Context) error {
		revision, err := l.sync.Update(ctx, name, w.Encode(), w.Base)
		if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			l.mu.Lock()
			w.Refused()
			l.mu.Unlock()
			return errors.Join(err, l.sync.Refresh(ctx, name, l.keyWork, func() bool {
				l.mu.Lock()
				defer l.mu.Unlock()
				return w.Overtaken()
			}))
		}
		if err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		w.Written(revision)
		l.announce()
		return nil
	}
}

// release returns everything and removes the replica from the slot table.
func (l *Ledger) release(ctx context.Context) error {
	next := func() kv.Write {
		l.mu.Lock()
		defer l.mu.Unlock()
		now := l.cfg.Clock.Now()
		w := l.keys.Report(now)
		if w == nil {
			w, _ = l.keys.Return(now, 0)
		}
		if w != nil {
			return budgetWriter{l}.write(w)
		}
		if w := l.lease.Release(now); w != nil {
			return slotWriter{l}.write(w)
		}
		return nil
	}
	for write := next(); write != nil; write = next() {
		if err := write(ctx); err != nil && !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			return err
		}
	}
	return nil
}
