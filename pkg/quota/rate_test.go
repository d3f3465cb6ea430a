package quota

import (
	"slices"
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

// Whoever keeps the tightest of two rates keeps both.
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

func TestCalendar(t *testing.T) {
	t.Parallel()
	seoul, err := time.LoadLocation("Asia/Seoul")
	require.NoError(t, err)
	day := Calendar{Zone: seoul}.Day(time.Date(2026, 11, 22, 15, 0, 30, 0, time.UTC))
	require.Equal(t, "2026-11-23", day.Name)
	require.Equal(t, 30*time.Second, day.DeadZone())
	require.True(t, day.Start.Equal(time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)))
	require.True(t, day.Open(day.Opens()))
	require.False(t, day.Open(day.Opens().Add(-1)))
	require.False(t, day.Open(day.Closes()))
	require.True(t, day.Open(day.Closes().Add(-1)))

	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for at, hours := range map[time.Time]float64{
		time.Date(2026, 3, 29, 12, 0, 0, 0, berlin):  23,
		time.Date(2026, 10, 25, 12, 0, 0, 0, berlin): 25,
		time.Date(2026, 6, 1, 0, 0, 0, 0, berlin):    24,
	} {
		day := Calendar{Zone: berlin}.Day(at)
		require.InDelta(t, hours, day.End.Sub(day.Start).Hours(), 0, at)
	}
}

// Days follow each other without gaps, whatever their length, and each time is in
// its own.
func TestDaysFollowEachOther(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Asia/Seoul", "America/New_York", "Australia/Lord_Howe"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		require.NoError(t, err)
		length := rapid.SampledFrom([]time.Duration{0, time.Second, 30 * time.Second, time.Hour, 24 * time.Hour}).Draw(t, "length")
		at := time.Unix(rapid.Int64Range(1e6, 4e9).Draw(t, "at"), 0)
		c := Calendar{Zone: zone, Length: length}
		day := c.Day(at)
		require.False(t, at.Before(day.Start))
		require.True(t, at.Before(day.End))
		require.Equal(t, day, c.Day(day.Start))
		require.True(t, c.Day(day.End).Start.Equal(day.End))
		require.NotEqual(t, day.Name, c.Day(day.End).Name)
		require.LessOrEqual(t, 100*day.DeadZone(), day.End.Sub(day.Start))
	})
}

func TestConfigNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), NewMemory(), Config{
		Source: "a.b", Keys: []string{"secret", "secret"}, DailyQuota: -1, Rate: Rate{0, time.Second}, Zone: time.Local,
	})
	require.ErrorIs(t, err, ErrBadConfig)
	require.ErrorIs(t, err, ErrBadRate)
	for _, part := range []string{`"a.b"`, "stands twice", "negative", "zone"} {
		require.ErrorContains(t, err, part)
	}
	require.NotContains(t, err.Error(), "secret")
	_, err = Open(t.Context(), NewMemory(), Config{Source: "a", Rate: Rate{1, time.Second}})
	require.ErrorContains(t, err, "at least one key")
}

func TestMemoryMatchesSubjects(t *testing.T) {
	t.Parallel()
	for filter, keys := range map[string][]string{
		">": {"a", "a.b"}, "a.>": {"a.b", "a.b.c"}, "a.*": {"a.b"}, "*.b": {"a.b"}, "a": {"a"},
	} {
		var matched []string
		for _, key := range []string{"a", "a.b", "a.b.c"} {
			if matches(filter, key) {
				matched = append(matched, key)
			}
		}
		require.Subset(t, matched, keys)
		if filter != ">" {
			require.True(t, slices.Equal(keys, matched), "%s matches %v", filter, matched)
		}
	}
}
