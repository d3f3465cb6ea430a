package kv

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// deafReads is how many reads in a row may know more than the watch before
	// the watch is set up again.
	deafReads = 4

	// staleReads is how many reads in a row must show an older revision than
	// the one known before it is believed. A replica of the store may lag
	// behind; a bucket that was made again begins to count again.
	staleReads = 8

	// stopTime is how long the end of a watch waits for the server.
	stopTime = 250 * time.Millisecond
)

// Watch takes in every change of the source's records, whatever happens to the
// connection. What keeps it from that is told once.
func (s *Sync) Watch(ctx context.Context) {
	pace := retries()
	told := false
	for ctx.Err() == nil {
		brought, err := s.watchOnce(ctx)
		if brought {
			pace.Reset()
		}
		if err != nil && !told && ctx.Err() == nil {
			s.Log.Warn().Err(err).Str("source", s.Source).Msg("quota ledger cannot be watched, retrying")
		}
		told = err != nil
		if !s.Sleep(ctx, nil, s.Clock.Now().Add(pace.NextBackOff())) {
			return
		}
	}
}

// watchOnce watches until the watch ends; it reports whether it brought anything.
// It fails when the watch can't be set up.
func (s *Sync) watchOnce(ctx context.Context) (brought bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	s.unwatch, s.deaf = cancel, 0
	s.mu.Unlock()
	watcher, err := s.Store.WatchFiltered(ctx, []string{s.Source + ".>"})
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
				s.saw(entry)
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
func (s *Sync) saw(entry jetstream.KeyValueEntry) {
	value := entry.Value()
	if entry.Operation() != jetstream.KeyValuePut {
		value = nil
	}
	err := s.Take(entry.Key(), value, entry.Revision(), false)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !s.unreadable {
		s.unreadable = true
		s.Log.Error().Err(err).Str("source", s.Source).Msg("cannot read a record of the quota ledger: upgrade this binary, or remove the record")
	}
}

// News reports whether a revision is worth taking in where another is known. Reads
// that know more than the watch set the watch up again after a few.
func (s *Sync) News(revision, known uint64, read bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !read {
		s.deaf = 0
		return revision > known
	}
	switch {
	case revision == known:
		return false
	case revision < known:
		s.stale++
		return s.stale >= staleReads
	}
	s.stale = 0
	if s.deaf++; s.deaf >= deafReads {
		s.deaf = 0
		if s.unwatch != nil {
			s.unwatch()
		}
	}
	return true
}
