package budget

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Replicas that know different things of a bucket that was lost make its record again
// together: in whatever order they learn of each other, each lease counts once.
func TestARecordMadeAgainCountsEachLeaseOnce(t *testing.T) {
	t.Parallel()
	now := time.Now()
	calendar := Calendar{}
	open := func() *Keys { return New(calendar, 300, []string{"secret"}, 0) }
	ahead, behind := open(), open()
	fingerprint := ahead.Fingerprints()[0]
	day := calendar.Day(now).Name
	granted := func(k *Keys) int {
		rec, _ := k.Seen(fingerprint)
		return rec.On(day).Granted
	}
	tell := func(from, to *Keys, revision uint64) {
		w := from.Report(now)
		if w == nil {
			w = from.nextWrite(from.keys[0], now)
		}
		w.Written(revision)
		rec, err := Decode(w.Encode())
		require.NoError(t, err)
		to.Learn(fingerprint, rec, revision)
	}
	lease := func(k *Keys, n int, revision uint64) {
		w := k.nextWrite(k.keys[0], now)
		w.lease(calendar.Day(now), n, false)
		w.Written(revision)
	}

	lease(behind, 100, 50)
	tell(behind, ahead, 51)
	old, _ := ahead.Seen(fingerprint)
	lease(ahead, 10, 52) // which the other never hears of

	// The bucket is lost. The one that knows less makes the record and leases from it.
	behind.Learn(fingerprint, Record{}, 0)
	require.Equal(t, 100, granted(behind))
	lease(behind, 20, 51) // a revision that there was in the other bucket, too
	tell(behind, ahead, 52)
	require.Equal(t, 130, granted(ahead))
	require.NotNil(t, ahead.Report(now), "what it knew besides is told")
	tell(ahead, behind, 53)
	require.Equal(t, 130, granted(behind))
	require.Nil(t, ahead.Report(now))
	require.Nil(t, behind.Report(now))

	// Late news of the bucket that was lost change nothing.
	current, revision := behind.Seen(fingerprint)
	behind.Learn(fingerprint, old, 54)
	require.Equal(t, 130, granted(behind))
	behind.Learn(fingerprint, current, revision)
	require.Equal(t, 130, granted(behind))
	require.Nil(t, behind.Report(now))
}

// What is remembered of days past pushes out no day that is known now.
func TestRememberedDaysMakeRoom(t *testing.T) {
	t.Parallel()
	var lost, now Record
	for _, day := range []string{"1", "2", "3", "4"} {
		lost.set(DayRecord{Day: day, Granted: 10})
	}
	lost.Origin, now.Origin = "before", "now"
	now.set(DayRecord{Day: "5", Granted: 290})
	merged := now.remembering(lost)
	require.Len(t, merged.Days, keptDays)
	require.Equal(t, 290, merged.On("5").Granted)
	full := Record{Origin: "now", Days: []DayRecord{{Day: "5", Granted: 290}, {Day: "6"}, {Day: "7"}, {Day: "8"}}}
	require.Equal(t, full, full.remembering(lost), "and nothing more is to be told")
}
