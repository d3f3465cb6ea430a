package schema_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/pgtest"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// believes says what the functions of the schema have to, step by step: since when
// something is believed to be gone, and when it is asked for again; zero for neither.
func believes(found bool, times []time.Time) (since, again time.Time) {
	if len(times) == 0 {
		return since, again
	}
	if !found {
		return times[0], again
	}
	counted := times[0]
	for _, wait := range []time.Duration{time.Hour, day, week} {
		i := 0
		for i < len(times) && times[i].Sub(counted) < wait {
			i++
		}
		if i == len(times) {
			return since, counted.Add(wait)
		}
		counted = times[i]
	}
	last := times[len(times)-1]
	if last.Sub(counted) < 4*week {
		return times[0], last.Add(week)
	}
	return times[0], last.Add(30 * day)
}

func TestANotFoundIsBelievedOnlyAfterItWasAskedAgain(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Migrated(t))
	_, err := conn.Exec(t.Context(), "SET TIME ZONE 'America/New_York'") // of days with 23 hours
	require.NoError(t, err)
	begin := clocktest.At()
	believed := 0
	rapid.Check(t, func(t *rapid.T) {
		found := rapid.SampledFrom([]*time.Time{nil, &begin}).Draw(t, "found")
		at, times := begin, []time.Time{}
		for range rapid.IntRange(0, 12).Draw(t, "answers") {
			at = at.Add(rapid.SampledFrom([]time.Duration{time.Minute, time.Hour - time.Microsecond, time.Hour, day - time.Microsecond, day, week, 30 * day}).Draw(t, "wait"))
			times = append(times, at)
		}
		since, again := believes(found != nil, times)
		var gotSince, gotAgain time.Time
		require.NoError(t, conn.QueryRow(context.Background(), `SELECT coalesce(staging.believed_since($1, $2), $3), coalesce(staging.ask_again_at($1, $2), $3)`,
			found, times, time.Time{}).Scan(&gotSince, &gotAgain))
		require.Equal(t, since.UTC(), gotSince.UTC(), "%v", times)
		require.Equal(t, again.UTC(), gotAgain.UTC(), "%v", times)
		if found != nil && !since.IsZero() {
			believed++
		}
	})
	require.Positive(t, believed)
}
