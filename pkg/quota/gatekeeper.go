package quota

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// echoTime is how long the watch may take to bring what a write was
	// refused for, before it is read.
	echoTime = 25 * time.Millisecond

	// retrySpread is within what time a refused write is made anew.
	retrySpread = 20 * time.Millisecond

	retryFirst = 100 * time.Millisecond
	retryLast  = time.Second
)

func (l *Ledger) gateName() string { return l.cfg.Source + ".gate" }

// retries is the pace of attempts while the store fails.
func retries() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(retryFirst), backoff.WithMaxInterval(retryLast), backoff.WithMaxElapsedTime(0))
}

// write is one write that is due.
type write func(context.Context) error

// keep carries out writes as they fall due, until ctx ends. A failure is logged
// once. What failed is made anew from what is known by then; what was refused,
// because another write came before it, after a random moment, so that replicas
// don't keep meeting each other.
func (l *Ledger) keep(ctx context.Context, what string, work <-chan struct{}, next func(time.Time) (write, time.Time)) {
	pace := retries()
	for {
		l.mu.Lock()
		w, due := next(l.cfg.Clock.Now())
		l.mu.Unlock()
		if w == nil {
			if !l.sleep(ctx, work, due) {
				return
			}
			continue
		}
		err := w(ctx)
		if ctx.Err() != nil {
			return
		}
		delay := time.Duration(rand.Int64N(int64(retrySpread)))
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			l.noteContact(what, err)
			if err == nil {
				pace.Reset()
				continue
			}
			delay = pace.NextBackOff()
		}
		if !l.sleep(ctx, nil, l.cfg.Clock.Now().Add(delay)) {
			return
		}
	}
}

// unwritten is why a keeper's record can't be written, and since when.
type unwritten struct {
	why   error
	since time.Time
}

// tellAfter is how long the ledger may be out of reach without being named in /readyz.
const tellAfter = 15 * time.Second

// Writable is for /readyz: it fails while the ledger can't be written for longer than
// a moment. No call is made then, once the lease has ended.
func (l *Ledger) Writable(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, u := range l.unwritten {
		if took := l.cfg.Clock.Now().Sub(u.since); took >= tellAfter {
			return fmt.Errorf("waiting for %s to write the quota ledger: %w", took.Round(time.Second), u.why)
		}
	}
	return nil
}

// noteContact keeps and logs whether what a keeper writes can be written.
func (l *Ledger) noteContact(what string, err error) {
	l.mu.Lock()
	before, failing := l.unwritten[what]
	if err == nil {
		delete(l.unwritten, what)
	} else {
		if !failing {
			before.since = l.cfg.Clock.Now()
		}
		l.unwritten[what] = unwritten{err, before.since}
	}
	l.mu.Unlock()
	switch {
	case err != nil && !failing:
		l.cfg.Log.Warn().Err(err).Str("source", l.cfg.Source).Msg("The quota ledger cannot be written: sending stops when the lease ends")
	case err == nil && failing:
		l.cfg.Log.Info().Str("source", l.cfg.Source).Msg("The quota ledger can be written again")
	}
}

// keepGate renews the lease, and moves slots to where they are wanted.
func (l *Ledger) keepGate(ctx context.Context) { l.keep(ctx, "gate", l.gateWork, l.nextGateWrite) }

// nextGateWrite is the write that is due, or when one will be. Callers hold mu.
func (l *Ledger) nextGateWrite(now time.Time) (write, time.Time) {
	t := l.tenure
	want := t.pool.out
	if l.wanting(now) {
		want = t.wants(now, l.lastStart, l.waiting())
	}
	if due := t.due(want); due.After(now) {
		return nil, due
	}
	a := t.draft(now, t.remember(want))
	l.enable(a.fresh)
	return func(ctx context.Context) error { return l.writeGate(ctx, a) }, now
}

// enable lifts what disabled keys that are being configured anew.
func (l *Ledger) enable(fresh []string) {
	for _, b := range l.budgets {
		if b.rec.Invalid && slices.Contains(fresh, b.fingerprint) {
			b.report.enable = true
			poke(l.keyWork)
		}
	}
}

// wanting tells whether a slot could be put to use.
func (l *Ledger) wanting(now time.Time) bool {
	if !l.limited() {
		return !l.halted()
	}
	return l.anyBudget(l.cal.Day(now), now)
}

// writeGate carries out an attempt. When it returns ErrKeyRevisionMismatch, what
// the attempt should have been made from has been seen.
func (l *Ledger) writeGate(ctx context.Context, a *attempt) error {
	value, err := a.gate.encode()
	if err != nil {
		return err
	}
	revision, err := l.update(ctx, l.gateName(), value, a.base)
	if errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
		l.mu.Lock()
		l.tenure.refused(a)
		l.mu.Unlock()
		return errors.Join(err, l.refresh(ctx, l.gateName(), l.gateWork, func() bool { return l.tenure.revision != a.base }))
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tenure.succeeded(a, revision)
	l.announce()
	return nil
}

func (l *Ledger) update(ctx context.Context, key string, value []byte, base uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	revision, err := l.store.Update(ctx, key, value, base)
	if err != nil {
		return 0, fmt.Errorf("writing %s: %w", key, err)
	}
	return revision, nil
}

// refresh returns when a record is seen to be another than the one that a write
// was based on. The watch usually brings it; else it is read.
func (l *Ledger) refresh(ctx context.Context, name string, work chan struct{}, seen func() bool) error {
	locked := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return seen()
	}
	for until := l.cfg.Clock.Now().Add(echoTime); l.cfg.Clock.Now().Before(until); {
		if locked() {
			return nil
		}
		if !l.sleep(ctx, work, until) {
			return ctx.Err()
		}
	}
	return l.reread(ctx, name)
}

// reread takes in a record as it stands.
func (l *Ledger) reread(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	entry, err := l.store.Get(ctx, name)
	if err != nil && !errors.Is(err, jetstream.ErrKeyNotFound) {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		return l.take(name, nil, 0, true)
	}
	return l.take(name, entry.Value(), entry.Revision(), true)
}
