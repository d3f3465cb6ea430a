package budget

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

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
	require.False(t, day.Open(day.closes()))
	require.True(t, day.Open(day.closes().Add(-1)))

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
