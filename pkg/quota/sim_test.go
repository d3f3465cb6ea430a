package quota

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func rateOnly(rate string) Config {
	r, err := ParseRate(rate)
	if err != nil {
		panic(err)
	}
	return Config{Source: "tmdb", Keys: []string{"token"}, Rate: r, Deadline: 2 * time.Second}
}

// seeds runs a simulation with each of n seeds, in parallel bubbles.
func seeds(t *testing.T, n int, simulate func(t *testing.T, seed uint64)) {
	t.Helper()
	for seed := range n {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { simulate(t, uint64(seed)) })
		})
	}
}

func TestSimSteady(t *testing.T) {
	t.Parallel()
	for _, replicas := range []int{1, 4, 16, 32} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 1, rateOnly("40/1s"))
			w.source.latency = [2]time.Duration{5 * time.Millisecond, 20 * time.Millisecond}
			for range replicas {
				w.start(t.Context(), 8)
			}
			time.Sleep(30 * time.Second)
			from := time.Now()
			writes := w.memory.Revision()
			time.Sleep(60 * time.Second)
			n := w.source.since(from)
			t.Logf("%d replicas: %d calls of 2400, %.1f %%, %d writes/s", replicas, n, float64(n)/24, (w.memory.Revision()-writes)/60)
			require.Zero(t, w.source.violations(w.config.Rate))
			lo, hi := 1<<30, 0
			for _, r := range w.replicas {
				lo, hi = min(lo, r.calls()), max(hi, r.calls())
			}
			t.Logf("per replica: %d to %d", lo, hi)
			w.end()
		})
	}
}

// disturb does one random harm to the replicas, and returns when it is over.
func (w *world) disturb(t *testing.T) {
	w.mu.Lock()
	var alive []*replica
	for _, r := range w.replicas {
		if !r.isGone() {
			alive = append(alive, r)
		}
	}
	action := w.random.IntN(8)
	var victim *replica
	if len(alive) > 0 {
		victim = alive[w.random.IntN(len(alive))]
	}
	drift := (w.random.Float64() - 0.5) * 0.0008
	w.mu.Unlock()
	switch {
	case len(alive) < 2 || action < 2 && len(alive) < 6:
		w.start(t.Context(), 4, w.skew(drift, w.between(0, time.Hour)))
	case action < 3:
		victim.leave()
	case action < 4:
		victim.kill()
	case action < 5:
		victim.freeze(w.between(0, 9*time.Second))
	case action < 6:
		victim.sever(true)
		time.Sleep(w.between(0, 9*time.Second))
		victim.sever(false)
	default:
		victim.lose(0.5)
		time.Sleep(w.between(0, 5*time.Second))
		victim.lose(0)
	}
}

func (w *world) skew(drift float64, offset time.Duration) func(*Config) {
	return func(c *Config) { c.Clock = skewed{began: w.began, offset: offset, drift: drift} }
}

func TestSimChaos(t *testing.T) {
	t.Parallel()
	rates := []string{"40/1s", "5/1s", "40/10s", "3/200ms", "1/1s"}
	seeds(t, 10, func(t *testing.T, seed uint64) {
		w := newWorld(t, seed, rateOnly(rates[seed%uint64(len(rates))]))
		w.source.latency = [2]time.Duration{time.Millisecond, 300 * time.Millisecond}
		w.source.silent = 0.02
		for range 3 {
			w.start(t.Context(), 4)
		}
		for range 40 {
			time.Sleep(w.between(0, 3*time.Second))
			w.disturb(t)
		}
		w.source.silence(0)
		time.Sleep(30 * time.Second)
		from, quiet := time.Now(), 20*w.config.Rate.Per+10*time.Second
		time.Sleep(quiet)
		n := w.source.since(from)
		possible := float64(w.config.Rate.N) * float64(quiet) / float64(w.config.Rate.Per+180*time.Millisecond)
		t.Logf("%v: %d calls in all, %d of %.0f in the quiet", w.config.Rate, w.source.count(), n, possible)
		require.Zero(t, w.source.violations(w.config.Rate))
		require.Greater(t, float64(n), 0.8*possible)
		w.end()
	})
}
