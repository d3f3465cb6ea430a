package freshness_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// at is a time in Seoul.
func at(day, hour, minute int) time.Time {
	return time.Date(2026, time.March, day, hour, minute, 0, 0, policy.Seoul)
}

func date(day int) time.Time { return time.Date(2026, time.March, day, 0, 0, 0, 0, time.UTC) }

// of is the state of one set.
func of(t testing.TB, f freshness.Facts, set freshness.Set) freshness.State {
	t.Helper()
	states := freshness.Judge(f)
	require.Len(t, states, len(freshness.Sets()))
	for i, state := range states {
		require.Equal(t, freshness.Sets()[i], state.Set)
		if state.Set == set {
			return state
		}
	}
	require.Fail(t, "no such set", set)
	return freshness.State{}
}

func TestTheBoxOfficeIsLateFromItsDeadlineOn(t *testing.T) {
	t.Parallel()
	landed := at(9, 10, 4)
	f := freshness.Facts{Days: []freshness.Day{{Date: date(8), LandedAt: &landed}, {Date: date(9)}}}
	for _, c := range []struct {
		now     time.Time
		word    freshness.Word
		overdue int64
	}{
		{at(10, 0, 5), freshness.Running, 0},
		{at(10, 10, 30), freshness.Running, 0},
		{at(10, 10, 31), freshness.Late, 60},
		{at(10, 13, 0), freshness.Late, 9000},
	} {
		f.At = c.now
		got := of(t, f, freshness.BoxOffice)
		require.Equal(t, c.word, got.Word, c.now)
		require.Equal(t, c.overdue, got.OverdueSeconds, c.now)
		require.Equal(t, &landed, got.LandedAt, "the newest that is there")
	}
	f.Days[1].LandedAt = new(at(10, 13, 5))
	f.At = at(10, 13, 6)
	got := of(t, f, freshness.BoxOffice)
	require.Equal(t, freshness.OnTime, got.Word)
	require.Zero(t, got.OverdueSeconds)
	require.True(t, got.Deadline.Equal(at(11, 10, 30)), "the next one, of %s", got.Deadline)
}

// Whatever is fetched for other days, and whenever, a day that is missing stays as late
// as it is, and landed is the newest day's time.
func TestABackfillMakesNoLateDayFresh(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := freshness.Facts{At: at(20, 12, 0)}
		missing := rapid.IntRange(13, 19).Draw(rt, "missing")
		for day := 13; day <= 19; day++ {
			d := freshness.Day{Date: date(day)}
			if day != missing {
				d.LandedAt = new(at(20, 0, 0).Add(time.Duration(rapid.IntRange(0, 12*60).Draw(rt, "fetched")) * time.Minute))
			}
			f.Days = append(f.Days, d)
		}
		got := of(t, f, freshness.BoxOffice)
		require.Equal(rt, freshness.Late, got.Word)
		require.Equal(rt, int64(f.At.Sub(at(missing+1, 10, 30))/time.Second), got.OverdueSeconds)
		newest := f.Days[len(f.Days)-1]
		if newest.LandedAt == nil {
			newest = f.Days[len(f.Days)-2]
		}
		require.Equal(rt, newest.LandedAt, got.LandedAt)
	})
}

func TestEverySetHasItsDeadline(t *testing.T) {
	t.Parallel()
	now := at(10, 12, 0)
	for _, c := range []struct {
		set     freshness.Set
		allowed time.Duration
		facts   func(since time.Time) freshness.Facts
	}{
		{freshness.ListHead, 2 * time.Hour, func(t time.Time) freshness.Facts { return freshness.Facts{ListDue: &t} }},
		{freshness.Openings, 6 * time.Hour, func(t time.Time) freshness.Facts { return freshness.Facts{OpeningDue: &t} }},
		{freshness.TMDBChanges, 48 * time.Hour, func(t time.Time) freshness.Facts { return freshness.Facts{ChangesNext: &t} }},
		{freshness.Series, 48 * time.Hour, func(t time.Time) freshness.Facts { return freshness.Facts{SeriesDue: &t} }},
		{freshness.People, 48 * time.Hour, func(t time.Time) freshness.Facts {
			return freshness.Facts{PeopleHead: &t, PeopleRead: new(t.AddDate(0, 0, -20))}
		}},
		{freshness.People, 45 * 24 * time.Hour, func(t time.Time) freshness.Facts {
			return freshness.Facts{PeopleRead: &t, PeopleHead: new(t.AddDate(0, 0, 45))}
		}},
		{freshness.Derivation, 15 * time.Minute, func(t time.Time) freshness.Facts { return freshness.Facts{Stale: &t} }},
		{freshness.Expiry, -7 * 24 * time.Hour, func(t time.Time) freshness.Facts { return freshness.Facts{Expires: &t} }},
		{freshness.Review, 24 * time.Hour, func(t time.Time) freshness.Facts { return freshness.Facts{InReview: &t} }},
	} {
		f := c.facts(now.Add(-c.allowed))
		f.At = now
		require.Zero(t, of(t, f, c.set).OverdueSeconds, c.set)
		require.NotEqual(t, freshness.Late, of(t, f, c.set).Word, c.set)
		f = c.facts(now.Add(-c.allowed - time.Minute))
		f.At = now
		require.Equal(t, int64(60), of(t, f, c.set).OverdueSeconds, c.set)
		require.Equal(t, freshness.Late, of(t, f, c.set).Word, c.set)
		require.Equal(t, freshness.OnTime, of(t, freshness.Facts{At: now}, c.set).Word, "%s: nothing is wanted", c.set)
	}
}

func TestWhatCannotBeAskedForWaitsOrHasFailed(t *testing.T) {
	t.Parallel()
	now, midnight := at(10, 12, 0), at(11, 0, 0)
	f := freshness.Facts{At: now, OpeningDue: new(now.Add(-9 * time.Hour)), Days: []freshness.Day{{Date: date(9)}}}
	f.KOBIS = freshness.Supply{Stopped: true, Until: &midnight}
	got := of(t, f, freshness.Openings)
	require.Equal(t, freshness.Waiting, got.Word, "no call is left")
	require.Equal(t, &midnight, got.Until)
	require.Equal(t, freshness.Late, of(t, f, freshness.BoxOffice).Word, "a day's figures are late whatever the reason")
	f.KOBIS = freshness.Supply{Refused: true}
	require.Equal(t, freshness.Failed, of(t, f, freshness.BoxOffice).Word)
	require.Positive(t, of(t, f, freshness.BoxOffice).OverdueSeconds)
}

func TestTheFirstReadingOfTheListHasNoDeadline(t *testing.T) {
	t.Parallel()
	now := at(10, 12, 0)
	got := of(t, freshness.Facts{At: now, ListDue: new(now.Add(-72 * time.Hour)), ReadingListed: true}, freshness.ListHead)
	require.Equal(t, freshness.Running, got.Word)
	require.Zero(t, got.OverdueSeconds)
}
