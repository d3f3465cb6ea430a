package quota

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/quota/quotatest"
)

// world is a source, a store and replicas in simulated time: it lives inside a
// synctest bubble, whose clock is the source's own.
type world struct {
	t      *testing.T
	random *rand.Rand
	began  time.Time
	memory *quotatest.Memory
	source *source
	config Config        // of the replicas
	skewed time.Duration // how far clocks may be off

	background sync.WaitGroup // what outlives those who began it

	mu       sync.Mutex
	replicas []*replica
	names    int
	states   map[string][]state // of each record, in order
}

// state is how a record stands from a time on.
type state struct {
	quotatest.Entry
	from time.Time
}

func (w *world) stands(e quotatest.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.states[e.Name] = append(w.states[e.Name], state{e, time.Now()})
}

// stood is how a record stood at a time.
func (w *world) stood(key string, at time.Time) (jetstream.KeyValueEntry, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	states := w.states[key]
	for len(states) > 0 && states[len(states)-1].from.After(at) {
		states = states[:len(states)-1]
	}
	if len(states) == 0 {
		return nil, jetstream.ErrKeyNotFound
	}
	return states[len(states)-1].Entry, nil
}

func newWorld(t *testing.T, seed uint64, cfg Config) *world {
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), began: time.Now(), memory: quotatest.NewMemory(), config: cfg, states: map[string][]state{},
	}
	w.source = &source{world: w, cal: cfg.calendar(), quota: cfg.DailyQuota, days: map[string]int{}, invalid: map[string]bool{}}
	t.Cleanup(w.end)
	return w
}

// between is a random duration, safe for all goroutines.
func (w *world) between(low, high time.Duration) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return low + time.Duration(w.random.Int64N(int64(high-low)+1))
}

func (w *world) chance(p float64) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.random.Float64() < p
}

// skewed is a clock that stands and runs differently from the source's.
type skewed struct {
	began  time.Time
	offset time.Duration
	drift  float64
}

func (c skewed) Now() time.Time {
	elapsed := time.Since(c.began)
	return c.began.Add(elapsed + time.Duration(float64(elapsed)*c.drift) + c.offset)
}

func (c skewed) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(time.Duration(float64(d)/(1+c.drift)) + 1)
	return t.C, t.Stop
}

// elapse lets simulated time pass.
func elapse(d time.Duration) { <-time.After(d) }

// end ends every replica that is left.
func (w *world) end() {
	w.mu.Lock()
	replicas := w.replicas
	w.mu.Unlock()
	for _, r := range replicas {
		r.kill()
	}
	w.background.Wait()
}

// operations counts what all replicas have asked of the store: for the rate, and
// for budgets.
func (w *world) operations() (gate, keys int) {
	for _, r := range w.replicas {
		r.line.mu.Lock()
		gate += r.line.gate
		keys += r.line.keys
		r.line.mu.Unlock()
	}
	return gate, keys
}
