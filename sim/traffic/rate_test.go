package traffic

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Rate{
		"": {}, "40/10s": {40, 10 * time.Second}, "1/1m0s": {1, time.Minute}, "1000/1s": {1000, time.Second},
	} {
		r, err := ParseRate(text)
		require.NoError(t, err)
		require.Equal(t, want, r)
		require.Equal(t, text, r.String())
	}
	for _, text := range []string{"40", "0/1s", "-1/1s", "a/1s", "4/", "4/x", "4/0s", "4/-1s"} {
		_, err := ParseRate(text)
		require.ErrorContains(t, err, text)
	}
}

// TestWindowAudit compares the rings with a count over all arrivals, window by
// window.
func TestWindowAudit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate{N: rapid.IntRange(1, 5).Draw(t, "n"), Per: time.Duration(rapid.IntRange(1, 20).Draw(t, "per"))}
		w := window{rate: rate}
		var at []time.Time
		now := time.Unix(0, 0)
		enforce := rapid.Bool().Draw(t, "enforce")
		var accepted []time.Time
		for _, gap := range rapid.SliceOfN(rapid.IntRange(0, 8), 1, 80).Draw(t, "gaps") {
			now = now.Add(time.Duration(gap))
			at = append(at, now)
			if !w.arrive(now, enforce) {
				accepted = append(accepted, now)
			}
		}
		most, violations := 0, 0
		for i := range at {
			inside := inWindow(at[:i+1], at[i], rate.Per)
			most = max(most, inside)
			if inside > rate.N {
				violations++
			}
		}
		if w.stats.Max != most || w.stats.Violations != violations {
			t.Fatalf("counted %+v, not max %d and %d violations", w.stats, most, violations)
		}
		for i := range accepted {
			if inside := inWindow(accepted[:i+1], accepted[i], rate.Per); enforce && inside > rate.N {
				t.Fatalf("let %d in at %v", inside, accepted[i])
			}
		}
		if w.stats.Refused != len(at)-len(accepted) {
			t.Fatalf("refused %d of %d, accepted %d", w.stats.Refused, len(at), len(accepted))
		}
	})
}

// inWindow counts arrivals less than per before end.
func inWindow(at []time.Time, end time.Time, per time.Duration) int {
	n := 0
	for _, t := range at {
		if end.Sub(t) < per {
			n++
		}
	}
	return n
}

func TestRatesText(t *testing.T) {
	t.Parallel()
	var r Rates
	require.NoError(t, r.UnmarshalText([]byte("timeout=0.25, 500=0.5")))
	require.Equal(t, Rates{Timeout: 0.25, ServerError: 0.5}, r)
	text, err := r.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "500=0.5,timeout=0.25", string(text))
	for text, why := range map[string]string{
		"flood=0.1": "flood", "none=0.1": "none", "500=x": `"x"`, "500=-1": `"-1"`, "500=0.6,429=0.6": "more than 1", "500": `""`,
	} {
		require.ErrorContains(t, r.UnmarshalText([]byte(text)), why)
	}
}

func TestLatencyText(t *testing.T) {
	t.Parallel()
	var l Latency
	require.NoError(t, l.UnmarshalText([]byte("5ms-20ms")))
	require.Equal(t, Latency{5 * time.Millisecond, 20 * time.Millisecond}, l)
	text, err := l.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "5ms-20ms", string(text))
	require.NoError(t, l.UnmarshalText([]byte("7ms")))
	require.Equal(t, Latency{7 * time.Millisecond, 7 * time.Millisecond}, l)
	require.NoError(t, l.UnmarshalText(nil))
	require.Zero(t, l)
	for _, text := range []string{"x", "5ms-", "20ms-5ms", "-5ms"} {
		require.Error(t, l.UnmarshalText([]byte(text)), text)
	}
}
