package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func newTestBreaker(concurrency int) *breaker {
	return newBreaker(Config{
		Concurrency: concurrency, Now: time.Now,
		Backoff: Backoff{Base: time.Second, Max: time.Minute, Attempts: 8},
	})
}

// fail fails so often in a row that the breaker opens.
func (b *breaker) fail(t *testing.T) {
	t.Helper()
	for range b.streak - 1 {
		require.False(t, b.failure(b.now(), 0))
	}
	require.True(t, b.failure(b.now(), 0))
}

func TestBreakerStaysClosedBelowItsStreak(t *testing.T) {
	t.Parallel()
	b := newTestBreaker(4)
	for range 5 {
		for range b.streak - 1 {
			require.False(t, b.failure(time.Now(), 0))
		}
		require.False(t, b.answer())
	}
	admitted, err := b.admit(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, 4, admitted)
}

func TestBreakerAdmitsOneCallAfterGrowingPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newTestBreaker(4)
		b.fail(t)
		var total time.Duration
		for range 12 {
			began := time.Now()
			admitted, err := b.admit(t.Context(), 4)
			require.NoError(t, err)
			require.Equal(t, 1, admitted)
			require.LessOrEqual(t, time.Since(began), time.Minute)
			total += time.Since(began)
			require.False(t, b.failure(time.Now(), 0))
		}
		require.Greater(t, total, 3*time.Minute, "the pauses have grown")

		require.True(t, b.answer())
		admitted, err := b.admit(t.Context(), 4)
		require.NoError(t, err)
		require.Equal(t, 4, admitted)
	})
}

// What was in flight when the breaker opened must not lengthen the pause.
func TestBreakerForgivesWhatWasInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newTestBreaker(50)
		began := time.Now()
		<-time.After(time.Second)
		b.fail(t)
		for range 49 {
			require.False(t, b.failure(began, 0))
		}
		require.Equal(t, 1, b.trips)
	})
}

func TestBreakerWaitsAsLongAsTheSourceSays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newTestBreaker(1)
		for range b.streak {
			b.failure(time.Now(), 40*time.Second)
		}
		began := time.Now()
		_, err := b.admit(t.Context(), 1)
		require.NoError(t, err)
		require.Equal(t, 40*time.Second, time.Since(began))
	})
}

func TestBreakerThatClosesWakesWhoWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newTestBreaker(4)
		b.fail(t)
		began, done := time.Now(), make(chan int)
		go func() {
			admitted, _ := b.admit(context.Background(), 4)
			done <- admitted
		}()
		synctest.Wait()
		require.True(t, b.answer())
		require.Equal(t, 4, <-done)
		require.Equal(t, began, time.Now())
	})
}

func TestBreakerEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newTestBreaker(4)
		b.fail(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := b.admit(ctx, 4)
		require.ErrorIs(t, err, context.Canceled)
	})
}
