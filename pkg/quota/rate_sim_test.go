package quota

import (
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/quota/internal/slots"
)

func rateOnly(rate string) Config {
	r, err := slots.ParseRate(rate)
	if err != nil {
		panic(err)
	}
	return Config{Source: "tmdb", Keys: []string{"token"}, Rate: r, Deadline: 2 * time.Second}
}

var quick = [2]time.Duration{5 * time.Millisecond, 20 * time.Millisecond}

var (
	seedCount = flag.Int("seeds", histories, "how many random histories to simulate")
	firstSeed = flag.Uint64("seed", 1, "the first of them")
)

// seeds runs a simulation once with each seed.
func seeds(t *testing.T, simulate func(t *testing.T, seed uint64)) {
	for i := range *seedCount {
		seed := *firstSeed + uint64(i)
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { simulate(t, seed) })
		})
	}
}

// perReplica is the fewest and the most calls of any replica.
func (w *world) perReplica() (fewest, most int) {
	fewest = 1 << 30
	for _, r := range w.replicas {
		fewest, most = min(fewest, r.calls()), max(most, r.calls())
	}
	return fewest, most
}

func TestRateIsUsedAndShared(t *testing.T) {
	t.Parallel()
	for _, replicas := range crowds {
		t.Run(fmt.Sprintf("%d replicas", replicas), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1, rateOnly("40/1s"))
				w.source.latency = quick
				for range replicas {
					w.start(t.Context(), 41/replicas+1)
				}
				elapse(8 * time.Second)
				from := time.Now()
				before, _ := w.operations()
				elapse(20 * time.Second)
				calls := w.source.since(from)
				fewest, most := w.perReplica()
				after, _ := w.operations()
				t.Logf("%d calls of 800, %d to %d per replica, %d operations", calls, fewest, most, after-before)
				require.Zero(t, w.source.violations(w.config.Rate))
				require.GreaterOrEqual(t, calls, 800*97/100) // 1/(1 + latency) at best
				require.LessOrEqual(t, most, 3*fewest)       // 2 or 3 slots each, and the first had all
				require.LessOrEqual(t, after-before, 20*replicas)
			})
		})
	}
}

func TestLoneBusyReplicaGetsTheWholeRate(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, rateOnly("40/1s"))
		w.source.latency = quick
		for range 7 {
			w.start(t.Context(), 8)
		}
		busy := w.start(t.Context(), 45)
		elapse(10 * time.Second)
		for _, r := range w.replicas[:7] {
			r.idle()
		}
		elapse(8 * time.Second)
		before := busy.calls()
		elapse(30 * time.Second)
		require.GreaterOrEqual(t, busy.calls()-before, 1170, "of 1,200")
		for _, r := range w.replicas[:7] {
			require.Zero(t, r.slots())
		}
		require.Zero(t, w.source.violations(w.config.Rate))
	})
}

// Who needs little gets it, and the others share the rest.
func TestUnequalWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, rateOnly("40/1s"))
		w.source.latency = quick
		modest := w.start(t.Context(), 0)
		modest.every(200 * time.Millisecond)
		first, second := w.start(t.Context(), 42), w.start(t.Context(), 42)
		elapse(12 * time.Second)
		m, a, b, from := modest.calls(), first.calls(), second.calls(), time.Now()
		elapse(40 * time.Second)
		m, a, b = modest.calls()-m, first.calls()-a, second.calls()-b
		t.Logf("modest %d, busy %d and %d of %d", m, a, b, w.source.since(from))
		require.Greater(t, m, 190, "one call in 200 ms")
		require.InDelta(t, a, b, 0.1*float64(a))
		require.Greater(t, a+b+m, 1600*95/100)
		require.Zero(t, w.source.violations(w.config.Rate))
	})
}

func TestTightestRegisteredLimitHolds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, rateOnly("40/1s"))
		w.source.latency = quick
		w.start(t.Context(), 42)
		elapse(5 * time.Second)
		tight := Rate{N: 10, Per: 2 * time.Second}
		strict := w.start(t.Context(), 0, func(c *Config) { c.Rate = tight })
		elapse(5 * time.Second) // what was begun under the old limit has ended
		from := time.Now()
		elapse(20 * time.Second)
		require.Zero(t, audit(w.source.after(from), tight))
		require.Greater(t, w.source.since(from), 90)
		strict.leave()
		elapse(5 * time.Second)
		from = time.Now()
		elapse(10 * time.Second)
		require.Greater(t, w.source.since(from), 380)
		require.Zero(t, w.source.violations(w.config.Rate))
	})
}

// Without the store nothing is sent once the lease has ended, and everything goes
// on when it is back.
func TestStoreAwayForAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, rateOnly("40/1s"))
		w.source.latency = quick
		for range 4 {
			w.start(t.Context(), 12)
		}
		elapse(10 * time.Second)
		for _, r := range w.replicas {
			r.sever(true)
		}
		elapse(slots.ActiveTTL)
		from := time.Now()
		elapse(time.Minute - slots.ActiveTTL)
		require.Zero(t, w.source.since(from))
		for _, r := range w.replicas {
			r.sever(false)
		}
		elapse(20 * time.Second)
		from = time.Now()
		elapse(30 * time.Second)
		require.Greater(t, w.source.since(from), 1140, "of 1,200; turns between replicas cost some")
		require.Zero(t, w.source.violations(w.config.Rate))
	})
}

// A bucket that is lost and made again holds nothing, and its revisions begin
// again. What was sent before counts all the same.
func TestBucketMadeAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 4, rateOnly("40/1s"))
		w.source.latency = quick
		for range 3 {
			w.start(t.Context(), 15)
		}
		elapse(10 * time.Second)
		w.memory.Wipe()
		elapse(15 * time.Second)
		from := time.Now()
		elapse(30 * time.Second)
		require.Greater(t, w.source.since(from), 1140, "of 1,200; turns between replicas cost some")
		require.Zero(t, w.source.violations(w.config.Rate))
	})
}

// disturb does one random harm to the replicas. It returns at once; a harm may last
// while others follow.
func (w *world) disturb() {
	w.mu.Lock()
	var alive []*replica
	for _, r := range w.replicas {
		if !r.isGone() {
			alive = append(alive, r)
		}
	}
	action := w.random.IntN(9)
	var victim *replica
	if len(alive) > 0 {
		victim = alive[w.random.IntN(len(alive))]
	}
	drift := (w.random.Float64() - 0.5) * 0.0008
	w.mu.Unlock()
	if len(alive) < 2 || action < 2 && len(alive) < 6 {
		w.start(w.t.Context(), 10, w.skew(drift, w.between(-w.skewed, w.skewed)))
		return
	}
	w.background.Go(func() { w.harm(victim, action) })
}

func (w *world) harm(victim *replica, action int) {
	switch {
	case action < 3:
		victim.leave()
	case action < 4:
		victim.kill()
	case action < 5:
		victim.freeze(w.between(0, 9*time.Second))
	case action < 6:
		victim.sever(true)
		elapse(w.between(0, 9*time.Second))
		victim.sever(false)
	case action < 7:
		victim.rest(w.between(4*time.Second, 9*time.Second))
	default:
		victim.lose(0.5)
		elapse(w.between(0, 5*time.Second))
		victim.lose(0)
	}
}

func (w *world) skew(drift float64, offset time.Duration) func(*Config) {
	return func(c *Config) { c.Clock = skewed{began: w.began, offset: offset, drift: drift} }
}

// Replicas come, leave, die, freeze and lose contact, answers get lost, clocks
// differ: never more than the rate, and all of it soon after.
func TestChaosNeverExceedsTheRate(t *testing.T) {
	t.Parallel()
	rates := []string{"40/1s", "5/1s", "40/10s", "3/200ms", "1/1s"}
	seeds(t, func(t *testing.T, seed uint64) {
		w := newWorld(t, seed, rateOnly(rates[seed%uint64(len(rates))]))
		w.skewed = time.Hour
		w.source.latency = [2]time.Duration{time.Millisecond, 300 * time.Millisecond}
		w.source.silence(0.02)
		for range 3 {
			w.start(t.Context(), 10)
		}
		for range 40 {
			elapse(w.between(0, 3*time.Second))
			w.disturb()
		}
		w.source.silence(0)
		elapse(20*time.Second + w.config.Rate.Per)
		from, quiet := time.Now(), 20*w.config.Rate.Per+10*time.Second
		elapse(quiet)
		calls := w.source.since(from)
		possible := float64(w.config.Rate.N) * float64(quiet) / float64(w.config.Rate.Per+180*time.Millisecond)
		t.Logf("%v: %d calls in all, %d of %.0f in the quiet", w.config.Rate, w.source.count(), calls, possible)
		require.Zero(t, w.source.violations(w.config.Rate))
		require.Greater(t, float64(calls), 0.85*possible)
	})
}
