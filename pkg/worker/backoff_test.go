package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDelayLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{
			Base: time.Duration(rapid.Int64Range(1, int64(time.Minute)).Draw(t, "base")),
			Max:  time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "max")),
		}
		attempt := rapid.IntRange(1, 20).Draw(t, "attempt")
		after := time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "after"))
		delay := b.delay(attempt, after)
		switch {
		case delay < after:
			t.Fatalf("%s is before the source allows it", delay)
		case delay > max(b.Max, after):
			t.Fatalf("%s is above both limits", delay)
		case delay < min(b.Base, b.Max)/2:
			t.Fatalf("%s is too soon", delay)
		}
	})
}

func TestDelayGrows(t *testing.T) {
	t.Parallel()
	b := Backoff{Base: time.Second, Max: 5 * time.Minute}
	for attempt, mean := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 8: 128 * time.Second} {
		for range 100 {
			delay := b.delay(attempt, 0)
			require.GreaterOrEqual(t, delay, mean/2)
			require.LessOrEqual(t, delay, mean*3/2+1)
		}
	}
}

// "Retry-After: 0" means at once, and that would be every attempt at once.
func TestZeroRetryAfterDoesNotBurnAttempts(t *testing.T) {
	t.Parallel()
	b := Backoff{Base: time.Second, Max: time.Minute}
	require.GreaterOrEqual(t, b.delay(6, 0), 16*time.Second)
}
