package loader

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// health is what the workers last saw of something that they depend on. It is
// told by all of them and logs only when the whole changes: five workers that
// lose one database are one event.
type health struct {
	name string
	log  zerolog.Logger

	mu      sync.Mutex
	known   map[int]error     // by worker; nil is well
	since   map[int]time.Time // by worker; when what it is at began
	workers int
	failing bool
	put     map[string]late // payloads that took too long to land, by their keys
}

// late is a payload that took too long to land.
type late struct {
	subject string
	last    time.Time // it was tried
	times   int
	gone    time.Time // once it is not here any more: it has landed elsewhere, or was removed
}

// newHealth starts with nothing seen yet, which is not ready.
func newHealth(name string, workers int, log zerolog.Logger) *health {
	return &health{
		name: name, log: log, known: make(map[int]error), since: make(map[int]time.Time), put: make(map[string]late),
		workers: workers,
	}
}

// set tells what a worker saw.
func (h *health) set(worker int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known[worker] = err
	failing := h.failure() != nil
	if failing == h.failing {
		return
	}
	h.failing = failing
	if failing {
		h.log.Warn().Err(err).Msg(h.name + " is not usable; trying again")
	} else {
		h.log.Info().Msg(h.name + " is usable again")
	}
}

// begin and end tell when a worker asks something that may take long.
func (h *health) begin(worker int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.since[worker] = time.Now()
}

func (h *health) end(worker int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.since, worker)
}

// tooLong is how long a worker may wait for an answer without being named.
const tooLong = time.Minute

func (h *health) waiting() error {
	for worker, since := range h.since {
		if took := time.Since(since); took > tooLong {
			return fmt.Errorf("worker %d has waited %s for an answer", worker, took.Round(time.Second))
		}
	}
	return nil
}

// late tells of a payload that took too long to land and comes again after a while,
// and returns how often that was so. settled tells that it has landed or gone to DEAD.
func (h *health) late(m *message, now time.Time, again time.Duration) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget()
	key := m.key()
	h.put[key] = late{m.Subject(), now, h.put[key].times + 1, time.Now().Add(2*again + tooLong)}
	return h.put[key].times
}

func (h *health) settled(chunk ...*message) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range chunk {
		if len(h.put) == 0 {
			return
		}
		delete(h.put, m.key())
	}
}

// forget removes the payloads that should have come again, and have not.
func (h *health) forget() {
	maps.DeleteFunc(h.put, func(_ string, l late) bool { return time.Now().After(l.gone) })
}

func (h *health) waits() error {
	h.forget()
	if len(h.put) == 0 {
		return nil
	}
	l := slices.MinFunc(slices.Collect(maps.Values(h.put)), func(a, b late) int { return cmp.Compare(a.subject, b.subject) })
	return fmt.Errorf(
		"%d payloads take longer to land than a transaction may, such as %s, tried last at %s", len(h.put), l.subject,
		l.last.UTC().Format(time.RFC3339),
	)
}

func (h *health) failure() error {
	for worker := range h.workers {
		if err := h.known[worker]; err != nil {
			return err
		}
	}
	return nil
}

// check is for /readyz. It asks nobody: the workers' connections are all there are.
func (h *health) check(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.failure(); err != nil {
		return err
	}
	if err := h.waiting(); err != nil {
		return err
	}
	if err := h.waits(); err != nil {
		return err
	}
	if seen := len(h.known); seen < h.workers {
		return fmt.Errorf("%d of %d workers have reached it", seen, h.workers)
	}
	return nil
}
