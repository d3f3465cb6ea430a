// Package kv carries the records of one source's ledger between a replica and a NATS
// key-value bucket: reads, compare-and-set writes, and a watch that is set up again
// whatever happens to the connection. It knows nothing of what the records say.
//
// It fails by waiting: while the bucket is away everything is tried again, ever more
// seldom up to once a second, and told once.
package kv

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
)

const (
	// writeTime bounds one read or write of the bucket.
	writeTime = 2 * time.Second

	// maxSleep bounds every wait, so that a clock that was set is noticed.
	maxSleep = 30 * time.Second

	// echoTime is how long the watch may take to bring what a write was
	// refused for, before it is read.
	echoTime = 25 * time.Millisecond

	// retrySpread is within what time a refused write is made again.
	retrySpread = 20 * time.Millisecond

	retryFirst = 100 * time.Millisecond
	retryLast  = time.Second
)

// Store is what is needed of a bucket: a read, a compare-and-set (revision 0 creates)
// and a watch.
type Store interface {
	Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error)
	Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	WatchFiltered(ctx context.Context, keys []string, opts ...jetstream.WatchOpt) (jetstream.KeyWatcher, error)
}

// Clock is the time by which waits are measured.
type Clock interface {
	Now() time.Time
	// NewTimer sends once on c after d, unless stopped before.
	NewTimer(d time.Duration) (c <-chan time.Time, stop func() bool)
}

// Take takes in a record, read or brought by the watch; its value is nil where there
// is none. An error says that it cannot be read.
type Take func(name string, value []byte, revision uint64, read bool) error

// Sync is a replica's access to the records of one source. It is safe for concurrent
// use.
type Sync struct {
	Store  Store
	Source string
	Clock  Clock
	Log    zerolog.Logger
	Take   Take

	mu         sync.Mutex
	deaf       int // reads in a row that knew more than the watch
	stale      int // reads in a row that knew less
	unwatch    context.CancelFunc
	unreadable bool // a record was; it is said once
	unwritten  map[string]unwritten
}

// Write is one write that is due.
type Write func(context.Context) error

// retries is the pace of attempts while the bucket fails.
func retries() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(retryFirst), backoff.WithMaxInterval(retryLast), backoff.WithMaxElapsedTime(0))
}

// Sleep waits for work, or until a time; a zero time is far away. It is false
// when ctx ends.
func (s *Sync) Sleep(ctx context.Context, work <-chan struct{}, at time.Time) bool {
	d := maxSleep
	if !at.IsZero() {
		d = min(d, at.Sub(s.Clock.Now()))
	}
	c, stop := s.Clock.NewTimer(d)
	defer stop()
	select {
	case <-ctx.Done():
		return false
	case <-work:
	case <-c:
	}
	return ctx.Err() == nil
}

// Keep carries out writes as they fall due, until ctx ends; next returns the write
// that is due, or when one will be, and what names the loop. A failure is logged once. What failed is made
// again from what is known by then; what was refused, because another write came
// before it, after a random moment, so that replicas don't keep meeting each other.
func (s *Sync) Keep(ctx context.Context, what string, work <-chan struct{}, next func() (Write, time.Time)) {
	pace := retries()
	for {
		write, due := next()
		if write == nil {
			if !s.Sleep(ctx, work, due) {
				return
			}
			continue
		}
		err := write(ctx)
		if ctx.Err() != nil {
			return
		}
		delay := time.Duration(rand.Int64N(int64(retrySpread)))
		if !errors.Is(err, jetstream.ErrKeyRevisionMismatch) {
			s.noteContact(what, err)
			if err == nil {
				pace.Reset()
				continue
			}
			delay = pace.NextBackOff()
		}
		if !s.Sleep(ctx, nil, s.Clock.Now().Add(delay)) {
			return
		}
	}
}

// unwritten is why a record can't be written, and since when.
type unwritten struct {
	why   error
	since time.Time
}

// TellAfter is how long the ledger may be out of reach before Writable fails.
const TellAfter = 15 * time.Second

// Writable fails while the ledger can't be written for longer than a moment.
func (s *Sync) Writable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.unwritten {
		if took := s.Clock.Now().Sub(u.since); took >= TellAfter {
			return fmt.Errorf("waiting for %s to write the quota ledger: %w", took.Round(time.Second), u.why)
		}
	}
	return nil
}

// noteContact keeps and logs whether what a loop writes can be written.
func (s *Sync) noteContact(what string, err error) {
	s.mu.Lock()
	before, failing := s.unwritten[what]
	if err == nil {
		delete(s.unwritten, what)
	} else {
		if !failing {
			before.since = s.Clock.Now()
		}
		if s.unwritten == nil {
			s.unwritten = make(map[string]unwritten)
		}
		s.unwritten[what] = unwritten{err, before.since}
	}
	s.mu.Unlock()
	switch {
	case err != nil && !failing:
		s.Log.Warn().Err(err).Str("source", s.Source).Msg("cannot write the quota ledger, retrying; sending stops when the lease ends")
	case err == nil && failing:
		s.Log.Info().Str("source", s.Source).Msg("quota ledger writable again")
	}
}

// Update writes a record where its revision is base, and returns the new one. The
// error wraps jetstream.ErrKeyRevisionMismatch where it certainly was not written
// because the revision is another.
func (s *Sync) Update(ctx context.Context, name string, value []byte, base uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	revision, err := s.Store.Update(ctx, name, value, base)
	if err != nil {
		return 0, fmt.Errorf("writing %s: %w", name, err)
	}
	return revision, nil
}

// Refresh returns when a record is seen to be another than the one that a write
// was based on. The watch usually brings it; else it is read.
func (s *Sync) Refresh(ctx context.Context, name string, work <-chan struct{}, seen func() bool) error {
	for until := s.Clock.Now().Add(echoTime); s.Clock.Now().Before(until); {
		if seen() {
			return nil
		}
		if !s.Sleep(ctx, work, until) {
			return ctx.Err()
		}
	}
	return s.read(ctx, name)
}

// Load reads records, as soon as the bucket can be read. The error is that of a record
// that can't be read, or of the last attempt before ctx ended.
func (s *Sync) Load(ctx context.Context, unreadable error, names ...string) error {
	pace := retries()
	failing := false
	for i := 0; i < len(names); {
		err := s.read(ctx, names[i])
		switch {
		case err == nil:
			i++
			continue
		case errors.Is(err, unreadable):
			return err
		case !failing:
			s.Log.Warn().Err(err).Str("source", s.Source).Msg("cannot read the quota ledger yet, retrying")
		}
		failing = true
		if !s.Sleep(ctx, nil, s.Clock.Now().Add(pace.NextBackOff())) {
			return err
		}
	}
	return nil
}

// read takes in a record as it is.
func (s *Sync) read(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	entry, err := s.Store.Get(ctx, name)
	switch {
	case errors.Is(err, jetstream.ErrKeyNotFound):
		return s.Take(name, nil, 0, true)
	case err != nil:
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return s.Take(name, entry.Value(), entry.Revision(), true)
}
