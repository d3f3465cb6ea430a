package quota

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// world is a source, a store and replicas in simulated time: it lives inside a
// synctest bubble, whose clock is the source's own.
type world struct {
	t      *testing.T
	random *rand.Rand
	began  time.Time
	memory *Memory
	source *source
	config Config // of the replicas

	mu       sync.Mutex
	replicas []*replica
	names    int
}

func newWorld(t *testing.T, seed uint64, cfg Config) *world {
	w := &world{
		t: t, random: rand.New(rand.NewPCG(seed, 1)), began: time.Now(), memory: NewMemory(), config: cfg,
	}
	w.source = &source{world: w, cal: cfg.calendar(), quota: cfg.DailyQuota, days: map[string]int{}, invalid: map[string]bool{}}
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

// source is the judge: it counts what arrives, by its own clock.
type source struct {
	world *world
	cal   Calendar
	quota int

	mu       sync.Mutex
	arrivals []time.Time
	days     map[string]int // answered calls, by key and day
	refused  int
	foreign  map[string]int // calls of another program, by key and day
	invalid  map[string]bool
	silent   float64 // share of requests that get no answer
	latency  [2]time.Duration
}

// call is one request: it arrives after a part of the latency, and is given up at
// the deadline. The outcome is what the client learns.
func (s *source) call(key string, deadline time.Duration) Outcome {
	w := s.world
	there := w.between(s.latency[0]/2, s.latency[1]/2)
	back := w.between(s.latency[0]/2, s.latency[1]/2)
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	if w.chance(silent) {
		// It may be given up at once, and arrive long after.
		late := w.between(0, deadline)
		go func() {
			time.Sleep(late)
			s.arrive(key)
		}()
		time.Sleep(w.between(0, deadline))
		return Unknown
	}
	time.Sleep(there)
	outcome := s.arrive(key)
	time.Sleep(back)
	return outcome
}

func (s *source) arrive(key string) Outcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.arrivals = append(s.arrivals, now)
	day := key + " " + s.cal.Day(now).Name
	switch {
	case s.invalid[key]:
		return Invalid
	case s.quota > 0 && s.days[day]+s.foreign[day] >= s.quota:
		s.refused++
		return Exhausted
	}
	s.days[day]++
	return Spent
}

// audit returns the requests beyond the rate in any window.
func audit(arrivals []time.Time, r Rate) int {
	sorted := slices.Clone(arrivals)
	slices.SortFunc(sorted, func(a, b time.Time) int { return a.Compare(b) })
	violations := 0
	for i := r.N; i < len(sorted); i++ {
		if sorted[i].Sub(sorted[i-r.N]) < r.Per {
			violations++
		}
	}
	return violations
}

// silence sets the share of requests that get no answer.
func (s *source) silence(share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = share
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.arrivals)
}

func (s *source) violations(r Rate) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return audit(s.arrivals, r)
}

// since counts what has arrived from t on.
func (s *source) since(t time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, at := range s.arrivals {
		if !at.Before(t) {
			n++
		}
	}
	return n
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
	reads  int
	writes int
}

var errCut = errors.New("line is cut")

func (l *line) state() (cut bool, freeze chan struct{}, slow [2]time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut, l.freeze, l.slow
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
	l.mu.Lock()
	l.reads++
	l.mu.Unlock()
	cut, _, slow := l.state()
	if cut {
		<-ctx.Done()
		return nil, errors.Join(errCut, ctx.Err())
	}
	time.Sleep(l.world.between(slow[0], slow[1]))
	return l.store.Get(ctx, key)
}

func (l *line) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	l.pass()
	defer l.pass()
	l.mu.Lock()
	l.writes++
	l.mu.Unlock()
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
	go func() { // a write that is under way arrives, whatever becomes of the writer
		time.Sleep(delay)
		revision, err := l.store.Update(context.Background(), key, value, revision)
		done <- result{revision, err}
	}()
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
	go w.forward(ctx, l)
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
			time.Sleep(l.world.between(slow[0], slow[1]))
			if !cut || ctx.Err() != nil {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		select {
		case w.updates <- entry:
		case <-ctx.Done():
			return
		}
	}
}

// replica is one process: a ledger, and workers that call the source.
type replica struct {
	world  *world
	line   *line
	ledger *Ledger
	stop   context.CancelFunc
	work   sync.WaitGroup

	mu     sync.Mutex
	gone   bool
	sent   int
	halted int
}

// start opens a replica, with changes to the world's configuration.
func (w *world) start(ctx context.Context, workers int, change ...func(*Config)) *replica {
	w.mu.Lock()
	w.names++
	cfg := w.config
	cfg.Replica = fmt.Sprintf("r%d", w.names)
	w.mu.Unlock()
	for _, c := range change {
		c(&cfg)
	}
	r := &replica{world: w, line: &line{world: w, store: w.memory, slow: [2]time.Duration{time.Millisecond, 3 * time.Millisecond}}}
	var err error
	r.ledger, err = Open(ctx, r.line, cfg)
	require.NoError(w.t, err)
	life, stop := context.WithCancel(context.Background())
	r.stop = stop
	for range workers {
		r.work.Go(func() { r.run(life, cfg) })
	}
	w.mu.Lock()
	w.replicas = append(w.replicas, r)
	w.mu.Unlock()
	return r
}

// run calls the source as often as it may.
func (r *replica) run(ctx context.Context, cfg Config) {
	for {
		permits, err := r.ledger.Acquire(ctx, 1)
		r.line.pass()
		switch {
		case errors.Is(err, ErrHalted):
			r.mu.Lock()
			r.halted++
			r.mu.Unlock()
			if r.ledger.WaitRevived(ctx) != nil {
				return
			}
			continue
		case err != nil:
			return
		}
		for _, p := range permits {
			r.call(p, cfg.Deadline)
		}
	}
}

func (r *replica) call(p *Permit, deadline time.Duration) {
	r.line.pass()
	if p.Start() != nil {
		p.Settle(Cancelled)
		return
	}
	r.mu.Lock()
	r.sent++
	r.mu.Unlock()
	outcome := r.world.source.call(p.Secret(), deadline)
	r.line.pass()
	p.Settle(outcome)
}

func (r *replica) calls() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sent
}

// leave ends the replica in order.
func (r *replica) leave() {
	r.mu.Lock()
	r.gone = true
	r.mu.Unlock()
	r.stop()
	r.work.Wait()
	require.NoError(r.world.t, r.ledger.Close())
}

// kill ends the replica as SIGKILL does: calls in flight arrive, nothing is
// given back.
func (r *replica) kill() {
	r.mu.Lock()
	r.gone = true
	r.mu.Unlock()
	r.stop()
	r.ledger.abort()
	r.work.Wait()
}

// freeze stops the process for a while.
func (r *replica) freeze(d time.Duration) {
	ch := make(chan struct{})
	r.line.mu.Lock()
	r.line.freeze = ch
	r.line.mu.Unlock()
	time.Sleep(d)
	r.line.mu.Lock()
	r.line.freeze = nil
	r.line.mu.Unlock()
	close(ch)
}

func (r *replica) sever(cut bool) {
	r.line.mu.Lock()
	defer r.line.mu.Unlock()
	r.line.cut = cut
}

// lose makes the replica lose the answers to a share of its writes.
func (r *replica) lose(share float64) {
	r.line.mu.Lock()
	defer r.line.mu.Unlock()
	r.line.lossy = share
}

func (r *replica) isGone() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone
}

// end ends every replica that is left.
func (w *world) end() {
	w.mu.Lock()
	replicas := w.replicas
	w.mu.Unlock()
	for _, r := range replicas {
		if !r.isGone() {
			r.kill()
		}
	}
}
