package quota

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
)

// budgeted is three keys of 300 calls in days of 100 s: the dead zone is 1 s.
func budgeted() Config {
	return Config{
		Source: "kobis", Keys: []string{"one", "two", "three"}, DailyQuota: 300,
		Rate: Rate{N: 40, Per: time.Second}, Deadline: 500 * time.Millisecond, DayLength: 100 * time.Second,
	}
}

// midnight sleeps until the source's next midnight, and d more.
func (w *world) midnight(d time.Duration) budget.Day {
	day := w.source.cal.Day(time.Now())
	elapse(time.Until(day.End.Add(d)))
	return w.source.cal.Day(day.End)
}

// spent is the answered calls of a day, of all keys and of the one with the most.
func (s *source) spent(day budget.Day) (total, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range s.world.config.Keys {
		n := s.days[key+" "+day.Name]
		total, most = total+n, max(most, n)
	}
	return total, most
}

func (s *source) refusals() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Days follow each other, clocks differ by almost the dead zone: every call is
// used, none refused.
func TestDailyBudgetsAreUsedUp(t *testing.T) {
	t.Parallel()
	for _, replicas := range crowds {
		t.Run(fmt.Sprintf("%d replicas", replicas), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 7, budgeted())
				w.source.latency = quick
				day := w.midnight(0)
				for i := range replicas {
					off := time.Duration(2*i-replicas+1) * 900 * time.Millisecond / time.Duration(replicas)
					w.start(t.Context(), 4, w.skew(0, off))
				}
				for range 2 {
					_, before := w.operations()
					elapse(50 * time.Second)
					total, most := w.source.spent(day)
					_, after := w.operations()
					t.Logf("%d operations for %d calls", after-before, total)
					require.Equal(t, 900, total)
					require.LessOrEqual(t, most, 300)
					told, err := Read(t.Context(), w.memory, w.config.Source, time.Now())
					require.NoError(t, err)
					for _, key := range told.Keys {
						require.Equal(t, []int{300, 0}, []int{key.Spent, key.Leased}, "all was sent, and is told")
					}
					day = w.midnight(0)
				}
				require.Zero(t, w.source.refusals())
				require.Zero(t, w.source.violations(w.config.Rate))
			})
		})
	}
}

// A bucket that is lost in the middle of a day is made again with what replicas remember:
// the calls of that day are not had twice.
func TestBudgetsOutliveTheirBucket(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, seed, budgeted())
			w.source.latency = quick
			day := w.midnight(0)
			for range 3 {
				w.start(t.Context(), 4)
			}
			elapse(w.between(2*time.Second, 20*time.Second))
			w.memory.Wipe()
			elapse(50 * time.Second)
			total, most := w.source.spent(day)
			t.Logf("%d calls of 900", total)
			require.LessOrEqual(t, most, 300)
			require.Zero(t, w.source.refusals())
			require.Zero(t, w.source.violations(w.config.Rate))
		})
	}
}

// While all keys are exhausted replicas ask the store for next to nothing, and
// they resume when the dead zone ends.
func TestExhaustedUntilTheNextDay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 8, budgeted())
		w.source.latency = quick
		w.midnight(0)
		for range 4 {
			w.start(t.Context(), 4)
		}
		elapse(40 * time.Second)
		gate, keys := w.operations()
		calls := w.source.count()
		elapse(40 * time.Second)
		gateAfter, keysAfter := w.operations()
		require.LessOrEqual(t, gateAfter-gate, 4*3)
		require.Equal(t, keys, keysAfter)
		require.Equal(t, calls, w.source.count())
		day := w.midnight(0)
		elapse(day.DeadZone())
		require.Equal(t, calls, w.source.count())
		elapse(time.Second)
		require.Greater(t, w.source.count(), calls+30)
	})
}

// All processes are killed and started again: what was spent stays spent.
func TestKilledAndStartedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 9, budgeted())
		w.source.latency = quick
		day := w.midnight(2 * time.Second)
		for _, life := range []time.Duration{8, 8, 8, 8, 50} {
			for range 3 {
				w.start(t.Context(), 4)
			}
			elapse(life * time.Second)
			w.end()
		}
		total, most := w.source.spent(day)
		t.Logf("%d of 900 after four times", total)
		require.LessOrEqual(t, most, 300)
		require.GreaterOrEqual(t, total, 900-4*3*budget.MaxLease)
		require.Zero(t, w.source.refusals())
	})
}

// Another program has used calls of a key: who hears of it first parks the key
// for all, and the others go on.
func TestAnotherProgramUsesAKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 11, budgeted())
		w.source.latency = quick
		day := w.midnight(0)
		w.source.foreign = map[string]int{"two " + day.Name: 100}
		for range 4 {
			w.start(t.Context(), 4)
		}
		elapse(60 * time.Second)
		total, _ := w.source.spent(day)
		require.Equal(t, 800, total)
		require.LessOrEqual(t, w.source.refusals(), 16, "no worker is refused twice")
		s, err := Read(t.Context(), w.memory, "kobis", time.Now())
		require.NoError(t, err)
		require.Zero(t, s.Remaining)
	})
}

// The source's day begins later than ours: a key refused right after midnight is
// tried again, ever more seldom, and used when it works.
func TestRefusedRightAfterMidnight(t *testing.T) {
	t.Parallel()
	for _, late := range []time.Duration{2 * time.Second, 30 * time.Second} {
		t.Run(late.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 12, budgeted())
				w.source.latency = quick
				today := w.midnight(0)
				for _, key := range w.config.Keys {
					w.source.days[key+" "+w.source.cal.Day(today.End).Name] = 300
				}
				for range 3 {
					w.start(t.Context(), 4)
				}
				tomorrow := w.midnight(late)
				before := w.source.refusals()
				require.Positive(t, before)
				w.source.mu.Lock()
				clear(w.source.days)
				w.source.mu.Unlock()
				elapse(60 * time.Second)
				total, most := w.source.spent(tomorrow)
				t.Logf("%d refused until the source's midnight; then %d calls", before, total)
				require.LessOrEqual(t, most, 300)
				require.GreaterOrEqual(t, total, 900-w.source.refusals()-3*3*budget.MaxLease)
				require.LessOrEqual(t, w.source.refusals(), 12+3*10)
			})
		})
	}
}

// A call that is answered after midnight may count for either day: it is counted
// for both.
func TestCallsAcrossMidnight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := budgeted()
		cfg.Keys, cfg.Deadline, cfg.DailyQuota = cfg.Keys[:1], 5*time.Second, 1000
		w := newWorld(t, 13, cfg)
		w.source.latency = [2]time.Duration{3 * time.Second, 5 * time.Second}
		w.midnight(-10 * time.Second)
		w.start(t.Context(), 40)
		day := w.midnight(0)
		late, _ := w.source.spent(day)
		require.Zero(t, late)
		elapse(80 * time.Second)
		total, _ := w.source.spent(day)
		require.Positive(t, total)
		s, err := Read(t.Context(), w.memory, "kobis", time.Now())
		require.NoError(t, err)
		require.LessOrEqual(t, s.Remaining, 1000-total)
	})
}

// Everything at once, over several midnights: no key above its budget on any day,
// nothing refused.
func TestChaosNeverExceedsABudget(t *testing.T) {
	t.Parallel()
	seeds(t, func(t *testing.T, seed uint64) {
		cfg := budgeted()
		cfg.DailyQuota = []int{300, 40, 700}[seed%3]
		w := newWorld(t, seed, cfg)
		w.skewed = 900 * time.Millisecond
		w.source.latency = [2]time.Duration{time.Millisecond, 90 * time.Millisecond}
		w.source.silence(0.02)
		for range 3 {
			w.start(t.Context(), 4)
		}
		end := w.source.cal.Day(time.Now().Add(3 * cfg.DayLength)).Start
		for time.Now().Before(end) {
			elapse(w.between(0, 3*time.Second))
			w.disturb()
		}
		w.source.mu.Lock()
		t.Log(w.source.days)
		for day, n := range w.source.days {
			require.LessOrEqual(t, n, cfg.DailyQuota, day)
		}
		w.source.mu.Unlock()
		require.Zero(t, w.source.refusals())
		require.Zero(t, w.source.violations(w.config.Rate))
	})
}
