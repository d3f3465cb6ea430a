package quota

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// budgeted is three keys of 300 calls in days of 100 s: the dead zone is 1 s.
func budgeted() Config {
	return Config{
		Source: "kobis", Keys: []string{"one", "two", "three"}, DailyQuota: 300,
		Rate: Rate{N: 40, Per: time.Second}, Deadline: 500 * time.Millisecond, DayLength: 100 * time.Second,
	}
}

// midnight sleeps until the source's next day, and into.
func (w *world) midnight(into time.Duration) {
	day := w.source.cal.Day(time.Now())
	time.Sleep(time.Until(day.End.Add(into)))
}

func (w *world) spentOn(day Day) (total, most int) {
	w.source.mu.Lock()
	defer w.source.mu.Unlock()
	for _, key := range w.config.Keys {
		n := w.source.days[key+" "+day.Name]
		total, most = total+n, max(most, n)
	}
	return total, most
}

func TestSimBudgets(t *testing.T) {
	t.Parallel()
	for _, replicas := range []int{1, 4, 16} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, 7, budgeted())
			w.source.latency = [2]time.Duration{5 * time.Millisecond, 20 * time.Millisecond}
			w.midnight(-2 * time.Second)
			for i := range replicas {
				w.start(t.Context(), 4, w.skew(0, time.Duration(i-replicas/2)*900*time.Millisecond/time.Duration(replicas)))
			}
			for range 3 {
				w.midnight(0)
				day := w.source.cal.Day(time.Now())
				writes := w.memory.Revision()
				time.Sleep(50 * time.Second)
				total, most := w.spentOn(day)
				t.Logf("%d replicas, day %s: %d of 900, most %d, refused %d, %d writes", replicas, day.Name, total, most, w.source.refused, w.memory.Revision()-writes)
				writes = w.memory.Revision()
				time.Sleep(40 * time.Second)
				t.Logf("   idle: %d writes in 40 s", w.memory.Revision()-writes)
				require.LessOrEqual(t, most, 300)
				require.Equal(t, 900, total)
			}
			require.Zero(t, w.source.refused)
			require.Zero(t, w.source.violations(w.config.Rate))
			w.end()
		})
	}
}
