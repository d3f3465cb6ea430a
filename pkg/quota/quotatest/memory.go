// Package quotatest is a store for quota ledgers in the memory of a test. Ledgers that
// are opened on it keep the same promises as on a bucket of NATS.
package quotatest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Memory is a quota.Store in this process. Ledgers opened on the same Memory share it
// as replicas share a bucket.
type Memory struct {
	mu       sync.Mutex
	revision uint64
	entries  map[string]Entry
	watchers map[*memoryWatcher]struct{}
}

// NewMemory is an empty store.
func NewMemory() *Memory {
	return &Memory{entries: map[string]Entry{}, watchers: map[*memoryWatcher]struct{}{}}
}

// Get returns jetstream.ErrKeyNotFound where there is none.
func (m *Memory) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	entry, ok := m.entries[key]
	if !ok {
		return nil, jetstream.ErrKeyNotFound
	}
	return entry, nil
}

// Update writes where the key's revision is the one given, 0 for a new key, and
// returns jetstream.ErrKeyRevisionMismatch otherwise.
func (m *Memory) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if at := m.entries[key].At; at != revision {
		return 0, fmt.Errorf("%w: %s stands at %d", jetstream.ErrKeyRevisionMismatch, key, at)
	}
	m.revision++
	entry := Entry{Name: key, Bytes: append([]byte(nil), value...), At: m.revision}
	m.entries[key] = entry
	for w := range m.watchers {
		w.offer(entry)
	}
	return entry.At, nil
}

// WatchFiltered delivers the present values that match, then nil, then each
// change in order. The options are ignored.
func (m *Memory) WatchFiltered(ctx context.Context, keys []string, _ ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &memoryWatcher{
		store: m, filters: append([]string(nil), keys...),
		wake: make(chan struct{}, 1), done: make(chan struct{}), updates: make(chan jetstream.KeyValueEntry),
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, entry := range m.entries {
		w.offer(entry)
	}
	w.queue = append(w.queue, nil)
	m.watchers[w] = struct{}{}
	go w.deliver()
	context.AfterFunc(ctx, func() { _ = w.Stop() })
	return w, nil
}

// memoryWatcher hands out updates without ever holding up a writer.
type memoryWatcher struct {
	store   *Memory
	filters []string
	updates chan jetstream.KeyValueEntry
	wake    chan struct{}
	done    chan struct{}
	stop    sync.Once
	queue   []jetstream.KeyValueEntry // guarded by store.mu
}

// Updates is closed by Stop.
func (w *memoryWatcher) Updates() <-chan jetstream.KeyValueEntry { return w.updates }

// Stop ends the watch.
func (w *memoryWatcher) Stop() error {
	w.stop.Do(func() {
		w.store.mu.Lock()
		delete(w.store.watchers, w)
		w.store.mu.Unlock()
		close(w.done)
	})
	return nil
}

func (w *memoryWatcher) offer(entry Entry) {
	for _, filter := range w.filters {
		if !matches(filter, entry.Name) {
			continue
		}
		w.queue = append(w.queue, entry)
		select {
		case w.wake <- struct{}{}:
		default:
		}
		return
	}
}

func (w *memoryWatcher) deliver() {
	defer close(w.updates)
	for {
		w.store.mu.Lock()
		batch := w.queue
		w.queue = nil
		w.store.mu.Unlock()
		for _, entry := range batch {
			select {
			case w.updates <- entry:
			case <-w.done:
				return
			}
		}
		if len(batch) > 0 {
			continue
		}
		select {
		case <-w.wake:
		case <-w.done:
			return
		}
	}
}

// Revision is the number of writes so far.
func (m *Memory) Revision() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision
}

// matches knows the wildcards * (one token) and > (the rest) of NATS subjects.
func matches(filter, key string) bool {
	want, have := strings.Split(filter, "."), strings.Split(key, ".")
	for i, t := range want {
		if t == ">" {
			return i < len(have)
		}
		if i >= len(have) || (t != "*" && t != have[i]) {
			return false
		}
	}
	return len(want) == len(have)
}

// Wipe loses everything, and counts again from the beginning: a bucket that was made
// again.
func (m *Memory) Wipe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries, m.revision = map[string]Entry{}, 0
}

// Entry is one stored value.
type Entry struct {
	Name  string
	Bytes []byte
	At    uint64 // its revision
}

// Bucket is that of a jetstream.KeyValueEntry.
func (e Entry) Bucket() string { return "memory" }

// Key is that of a jetstream.KeyValueEntry.
func (e Entry) Key() string { return e.Name }

// Value is that of a jetstream.KeyValueEntry.
func (e Entry) Value() []byte { return e.Bytes }

// Revision is that of a jetstream.KeyValueEntry.
func (e Entry) Revision() uint64 { return e.At }

// Created is that of a jetstream.KeyValueEntry.
func (e Entry) Created() time.Time { return time.Time{} }

// Delta is that of a jetstream.KeyValueEntry.
func (e Entry) Delta() uint64 { return 0 }

// Operation is that of a jetstream.KeyValueEntry.
func (e Entry) Operation() jetstream.KeyValueOp { return jetstream.KeyValuePut }
