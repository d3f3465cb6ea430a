package worker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// tellAfter is how long something may take without being named in /readyz.
const tellAfter = 15 * time.Second

// waiting is what the worker waits for, by name, and since when.
type waiting struct {
	mu    sync.Mutex
	since map[string]time.Time
}

// begin notes that a wait begins; end ends it. One of a name is told.
func (w *waiting) begin(what string, now time.Time) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.since == nil {
		w.since = make(map[string]time.Time)
	}
	w.since[what] = now
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.since, what)
	}
}

// check names the wait that began first, once it takes long.
func (w *waiting) check(now time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.since) == 0 {
		return nil
	}
	what := slices.MinFunc(slices.Sorted(maps.Keys(w.since)), func(a, b string) int { return w.since[a].Compare(w.since[b]) })
	if took := now.Sub(w.since[what]); took >= tellAfter {
		return fmt.Errorf("waiting for %s to %s", took.Round(time.Second), what)
	}
	return nil
}

// Working is for /readyz: it fails while what a job needs of NATS before its call takes
// long.
func (w *Worker) Working(context.Context) error { return w.waiting.check(w.cfg.Now()) }

// Halted is for /readyz: it tells why no job is called for, nil while they are.
func (w *Worker) Halted(context.Context) error {
	if cause := w.halted.Load(); cause != nil {
		return fmt.Errorf("halted: %w", *cause)
	}
	return nil
}
