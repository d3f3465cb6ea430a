package quota

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/quota/quotatest"
)

// line is a replica's connection to the store: it can be cut, slow, and lose the
// answer to a write that was carried out.
type line struct {
	world *world
	store Store

	mu     sync.Mutex
	cut    bool
	freeze chan struct{} // closed at the end of a freeze; nil when there is none
	slow   [2]time.Duration
	lossy  float64
	late   time.Duration // at most, of what the watch brings
	behind time.Duration // of what a read shows, as from a replica of the store that lags
	gate   int           // operations on the gate
	keys   int           // and on keys
}

var errCut = errors.New("line is cut")

func (l *line) state() (cut bool, freeze chan struct{}, slow [2]time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut, l.freeze, l.slow
}

func (l *line) count(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasSuffix(key, ".gate") {
		l.gate++
		return
	}
	l.keys++
}

// pass waits while the process is frozen.
func (l *line) pass() {
	for {
		_, freeze, _ := l.state()
		if freeze == nil {
			return
		}
		<-freeze
	}
}

func (l *line) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	l.pass()
	defer l.pass()
	l.count(key)
	cut, _, slow := l.state()
	if cut {
		<-ctx.Done()
		return nil, errors.Join(errCut, ctx.Err())
	}
	elapse(l.world.between(slow[0], slow[1]))
	l.mu.Lock()
	behind := l.behind
	l.mu.Unlock()
	if behind > 0 {
		return l.world.stood(key, time.Now().Add(-behind))
	}
	return l.store.Get(ctx, key)
}

func (l *line) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	l.pass()
	defer l.pass()
	l.count(key)
	cut, _, slow := l.state()
	l.mu.Lock()
	lossy := l.lossy
	l.mu.Unlock()
	if cut {
		<-ctx.Done()
		return 0, errors.Join(errCut, ctx.Err())
	}
	type result struct {
		revision uint64
		err      error
	}
	done := make(chan result, 1)
	delay := l.world.between(slow[0], slow[1])
	l.world.background.Go(func() { // a write that is under way arrives, whatever becomes of the writer
		elapse(delay)
		revision, err := l.store.Update(context.Background(), key, value, revision)
		if err == nil {
			l.world.stands(quotatest.Entry{Name: key, Bytes: value, At: revision})
		}
		done <- result{revision, err}
	})
	if l.world.chance(lossy) {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	select {
	case r := <-done:
		return r.revision, r.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (l *line) WatchFiltered(ctx context.Context, keys []string, opts ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	l.pass()
	cut, _, _ := l.state()
	if cut {
		return nil, errCut
	}
	inner, err := l.store.WatchFiltered(ctx, keys, opts...)
	if err != nil {
		return nil, err
	}
	w := &lineWatcher{KeyWatcher: inner, updates: make(chan jetstream.KeyValueEntry, 1024)}
	l.world.background.Go(func() { w.forward(ctx, l) })
	return w, nil
}

// lineWatcher delays what the watch brings, and brings it after a cut has ended.
type lineWatcher struct {
	jetstream.KeyWatcher
	updates chan jetstream.KeyValueEntry
}

func (w *lineWatcher) Updates() <-chan jetstream.KeyValueEntry { return w.updates }

func (w *lineWatcher) forward(ctx context.Context, l *line) {
	defer close(w.updates)
	for entry := range w.KeyWatcher.Updates() {
		for {
			l.pass()
			cut, _, slow := l.state()
			l.mu.Lock()
			late := l.late
			l.mu.Unlock()
			elapse(l.world.between(slow[0], slow[1]) + l.world.between(0, late))
			if !cut || ctx.Err() != nil {
				break
			}
			elapse(100 * time.Millisecond)
		}
		select {
		case w.updates <- entry:
		case <-ctx.Done():
			return
		}
	}
}
