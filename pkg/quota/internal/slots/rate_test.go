package slots

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Rate{
		"40/10s":    {40, 10 * time.Second},
		"1/1m":      {1, time.Minute},
		"1000/1s":   {1000, time.Second},
		"10/100ms":  {10, 100 * time.Millisecond},
		"3000/1m0s": {3000, time.Minute},
	} {
		got, err := ParseRate(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		var again Rate
		written, err := got.MarshalText()
		require.NoError(t, err)
		require.NoError(t, again.UnmarshalText(written))
		require.Equal(t, want, again)
	}
	spaced, err := ParseRate(" 5/1s\n")
	require.NoError(t, err)
	require.Equal(t, Rate{5, time.Second}, spaced)
	require.Equal(t, "1/1m", Rate{1, time.Minute}.String())
	require.Equal(t, "40/10s", Rate{40, 10 * time.Second}.String())
}

func TestBadRates(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "40", "40/", "/10s", "40/10", "x/1s", "0/1s", "-1/1s", "1/0s", "1/-1s", "1/2m", "1001/1s", "2000/1s", "1/1h", "1/1ms", "40/10s/1s",
	} {
		_, err := ParseRate(text)
		require.ErrorIs(t, err, ErrBadRate, text)
		var r Rate
		require.ErrorIs(t, r.UnmarshalText([]byte(text)), ErrBadRate)
	}
}

// A client that keeps the tightest of two rates keeps both.
func TestTightestKeepsBoth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) Rate {
			return Rate{rapid.IntRange(1, 20).Draw(t, name), time.Duration(rapid.IntRange(1, 20).Draw(t, name+" window"))}
		}
		a, b := draw("a"), draw("b")
		both := tightest(a, b)
		require.Equal(t, both, tightest(b, a))
		var arrivals []time.Duration
		at := time.Duration(0)
		for range 60 {
			at += time.Duration(rapid.IntRange(0, 5).Draw(t, "gap"))
			if len(arrivals) >= both.N && at-arrivals[len(arrivals)-both.N] < both.Per {
				at = arrivals[len(arrivals)-both.N] + both.Per
			}
			arrivals = append(arrivals, at)
		}
		for _, r := range []Rate{a, b} {
			for i := r.N; i < len(arrivals); i++ {
				require.GreaterOrEqual(t, arrivals[i]-arrivals[i-r.N], r.Per, "%v kept, %v broken", both, r)
			}
		}
	})
	require.Equal(t, Rate{4, 1}, tightest(Rate{4, 1}, Rate{40, 10}), "implied: no slower than it")
	require.Equal(t, Rate{30, 10}, tightest(Rate{30, 1}, Rate{40, 10}))
}
