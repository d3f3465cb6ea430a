package quotabench

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/quota"
)

// until returns when the source has seen n requests.
func (f *field) until(n int) {
	for f.judge.count() < n {
		<-time.After(time.Millisecond)
	}
}

// All processes are killed and started again, twice: what is spent stays spent.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	f := newField(t, order{
		Method: "ledger", Keys: []string{"one", "two"}, Quota: 150, Day: 24 * time.Hour,
		Rate: quota.Rate{N: 40, Per: 500 * time.Millisecond}, Workers: 4,
	})
	for life := range 3 {
		for range 3 {
			f.start()
		}
		f.until(60 * (life + 1))
		f.killAll()
	}
	last := f.start()
	f.until(300 - 9*10) // nine processes died, each with at most ten calls leased
	require.Eventually(t, func() bool {
		s, err := quota.Read(t.Context(), f.bind(), "bench", time.Now())
		return err == nil && s.Known && s.Remaining == 0
	}, time.Minute, 20*time.Millisecond)
	f.end(last, syscall.SIGTERM)
	total, most := f.judge.spent(f.order.Keys, f.judge.cal.Day(time.Now()))
	t.Logf("%d of 300 calls", total)
	require.LessOrEqual(t, most, 150)
	require.Zero(t, f.judge.refused)
	require.Zero(t, f.judge.violations(f.order.Rate))
}

// A process stands still for longer than its lease, and goes on as if nothing had
// happened.
func TestFrozenProcess(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	f := newField(t, perSecond)
	f.order.Method = "ledger"
	frozen := f.start()
	f.until(40)
	for range 2 {
		f.start()
	}
	f.until(120)
	require.NoError(t, frozen.Process.Signal(syscall.SIGSTOP))
	<-time.After(6 * time.Second)
	require.NoError(t, frozen.Process.Signal(syscall.SIGCONT))
	f.until(f.judge.count() + 200)
	require.Zero(t, f.judge.violations(f.order.Rate))
}
