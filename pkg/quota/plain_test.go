//go:build !race

package quota

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// histories and crowds are how much is simulated; see those with the race detector.
const histories = 12

var crowds = []int{1, 4, 16}

// Two slots at a time go around among those that cannot all have one.
func TestMoreReplicasThanSlots(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, rateOnly("5/1s"))
		w.source.latency = quick
		for range 12 {
			w.start(t.Context(), 2)
		}
		elapse(2 * time.Minute)
		fewest, most := w.perReplica()
		t.Logf("%d calls of 600, %d to %d per replica", w.source.count(), fewest, most)
		require.Zero(t, w.source.violations(w.config.Rate))
		require.Greater(t, w.source.count(), 600*92/100)
		require.Greater(t, fewest, 25)
	})
}

// Crashes lose the rest of a lease, a few calls each.
func TestCrashesLoseLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := budgeted()
		cfg.DailyQuota, cfg.DayLength = 3000, 350*time.Second
		w := newWorld(t, 10, cfg)
		w.source.latency = quick
		day := w.midnight(0)
		for range 4 {
			w.start(t.Context(), 12)
		}
		for i := range 15 {
			elapse(15 * time.Second)
			w.replicas[i].kill()
			w.start(t.Context(), 12)
		}
		elapse(90 * time.Second)
		total, most := w.source.spent(day)
		t.Logf("%d of 9000 with 15 crashes", total)
		require.LessOrEqual(t, most, 3000)
		require.GreaterOrEqual(t, total, 8910)
		require.Zero(t, w.source.refusals())
	})
}
