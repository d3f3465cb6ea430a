package quota

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// deafReads is how many reads in a row may know more than the watch before
	// the watch is set up anew.
	deafReads = 4

	// staleReads is how many reads in a row must show an older revision than
	// the one known before it is believed. A replica of the store may lag
	// behind; a bucket that was made anew begins to count again.
	staleReads = 8

	// stopTime is how long the end of a watch waits for the server.
	stopTime = 250 * time.Millisecond
)

// seenKey is a key's record as last seen.
type seenKey struct {
	rec      keyRecord
	revision uint64
}

func (l *Ledger) keyPrefix() string { return l.cfg.Source + ".key." }

// load reads the gate and the configured keys, as soon as the store can be read.
func (l *Ledger) load(ctx context.Context) error {
	names := []string{l.gateName()}
	for _, b := range l.budgets {
		names = append(names, l.keyPrefix()+b.fingerprint)
	}
	pace := retries()
	failing := false
	for i := 0; i < len(names); {
		err := l.reread(ctx, names[i])
		switch {
		case err == nil:
			i++
			continue
		case errors.Is(err, ErrBadRecord):
			return err
		case !failing:
			l.cfg.Log.Warn().Err(err).Str("source", l.cfg.Source).Msg("The quota ledger cannot be read yet")
		}
		failing = true
		if !l.sleep(ctx, nil, l.cfg.Clock.Now().Add(pace.NextBackOff())) {
			return err
		}
	}
	return nil
}

// watch takes in every change of the source's records, whatever happens to the
// connection. What keeps it from that is told once.
func (l *Ledger) watch(ctx context.Context) {
	pace := retries()
	told := false
	for ctx.Err() == nil {
		brought, err := l.watchOnce(ctx)
		if brought {
			pace.Reset()
		}
		if err != nil && !told && ctx.Err() == nil {
			l.cfg.Log.Warn().Err(err).Str("source", l.cfg.Source).Msg("The quota ledger cannot be watched")
		}
		told = err != nil
		if !l.sleep(ctx, nil, l.cfg.Clock.Now().Add(pace.NextBackOff())) {
			return
		}
	}
}

// watchOnce watches until the watch ends; it tells whether it brought anything.
// It fails when the watch can't be set up.
func (l *Ledger) watchOnce(ctx context.Context) (brought bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.mu.Lock()
	l.unwatch, l.deaf = cancel, 0
	l.mu.Unlock()
	watcher, err := l.store.WatchFiltered(ctx, []string{l.cfg.Source + ".>"})
	if err != nil {
		return false, err
	}
	defer unwatch(watcher)
	for {
		select {
		case <-ctx.Done():
			return brought, nil
		case entry, ok := <-watcher.Updates():
			if !ok {
				return brought, nil
			}
			if entry != nil {
				brought = true
				l.saw(entry)
			}
		}
	}
}

// unwatch tells the server that the watch has ended, without waiting long for a
// server that does not answer.
func unwatch(watcher jetstream.KeyWatcher) {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = watcher.Stop() // it may have ended by itself
	}()
	select {
	case <-stopped:
	case <-time.After(stopTime):
	}
}

// saw takes in what the watch brings.
func (l *Ledger) saw(entry jetstream.KeyValueEntry) {
	value := entry.Value()
	if entry.Operation() != jetstream.KeyValuePut {
		value = nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.take(entry.Key(), value, entry.Revision(), false); err != nil && !l.unreadable {
		l.unreadable = true
		l.cfg.Log.Error().Err(err).Str("source", l.cfg.Source).Msg("The quota ledger holds what this version cannot read")
	}
}

// news tells whether a revision is worth taking in. Callers hold mu.
func (l *Ledger) news(revision, known uint64, read bool) bool {
	if !read {
		l.deaf = 0
		return revision > known
	}
	switch {
	case revision == known:
		return false
	case revision < known:
		l.stale++
		return l.stale >= staleReads
	}
	l.stale = 0
	if l.deaf++; l.deaf >= deafReads {
		l.deaf = 0
		l.unwatch()
	}
	return true
}

// take takes in a record, read or brought by the watch; nil where there is none.
// Callers hold mu.
func (l *Ledger) take(name string, value []byte, revision uint64, read bool) error {
	if name == l.gateName() {
		return l.takeGate(value, revision, read)
	}
	fingerprint, ok := strings.CutPrefix(name, l.keyPrefix())
	if !ok {
		return nil
	}
	return l.takeKey(fingerprint, value, revision, read)
}

func (l *Ledger) takeGate(value []byte, revision uint64, read bool) error {
	if !l.news(revision, l.tenure.revision, read) {
		return nil
	}
	g := newGate()
	if value != nil {
		var err error
		if g, err = decodeGate(value); err != nil {
			return fmt.Errorf("reading %s: %w", l.gateName(), err)
		}
	}
	if revision < l.tenure.revision && l.tenure.unsure != nil {
		// A replica of the store that lags says nothing of a write whose fate is
		// unknown: what that gave away may be somebody's by now.
		l.tenure.forfeit()
	}
	l.tenure.observe(g, revision, l.cfg.Clock.Now())
	l.announce()
	return nil
}

func (l *Ledger) takeKey(fingerprint string, value []byte, revision uint64, read bool) error {
	if !l.news(revision, l.keys[fingerprint].revision, read) {
		return nil
	}
	var rec keyRecord
	if value != nil {
		var err error
		if rec, err = decodeKeyRecord(value); err != nil {
			return fmt.Errorf("reading %s%s: %w", l.keyPrefix(), fingerprint, err)
		}
	}
	if before := l.keys[fingerprint]; revision < before.revision { // the bucket was made anew
		rec = rec.atLeast(before.rec)
	}
	l.learn(fingerprint, rec, revision)
	return nil
}

// learn notes a key's record.
func (l *Ledger) learn(fingerprint string, rec keyRecord, revision uint64) {
	l.keys[fingerprint] = seenKey{rec, revision}
	for _, b := range l.budgets {
		if b.fingerprint == fingerprint {
			b.rec, b.revision = rec, revision
		}
	}
	l.announce()
}
