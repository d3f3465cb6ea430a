package planner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestChangesAreFollowedDayByDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(5)...)
	w.settle()
	require.Zero(t, w.count("SELECT count(*) FROM raw.payloads WHERE kind LIKE '%-changes'"), "nothing changed before it was read")

	w.changes["movie"] = map[string][]int{"2026-11-22": {1002, 99}, "2026-11-23": {1003}}
	w.changes["tv"] = map[string][]int{"2026-11-23": {72, 99}}
	calls := len(w.calls)
	w.pass(36 * time.Hour) // 15:00 UTC of the 23rd: the 22nd is over
	w.settle()
	later := texts(w.calls[calls:])
	require.Contains(t, later, "tmdb.movie-changes.2026-11-22.1")
	require.Contains(t, later, "tmdb.series-changes.2026-11-22.1")
	require.Contains(t, later, "tmdb.movie-detail.1002")
	require.NotContains(t, later, "tmdb.movie-detail.99", "what nobody wants is not read")
	require.NotContains(t, later, "tmdb.movie-changes.2026-11-23.1", "the day is not over")

	calls = len(w.calls)
	w.pass(24 * time.Hour)
	w.settle()
	later = texts(w.calls[calls:])
	require.Contains(t, later, "tmdb.movie-detail.1003")
	require.Contains(t, later, "tmdb.series-detail.72")
	require.NotContains(t, later, "tmdb.movie-detail.1002")
	require.NotContains(t, later, "tmdb.movie-changes.2026-11-22.1")
	require.Zero(t, w.count("SELECT count(*) FROM ops.change_pages"), "complete days are not kept")
}

func TestChangesOfALongOutageAreMadeUpForByAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(5)...)
	w.settle()
	calls := len(w.calls)
	w.pass(20 * 24 * time.Hour)
	w.settle()
	later := texts(w.calls[calls:])
	require.NotContains(t, later, "tmdb.movie-changes.2026-11-28.1", "out of reach")
	require.Contains(t, later, "tmdb.movie-changes.2026-11-29.1")
	require.Contains(t, later, "tmdb.movie-changes.2026-12-10.1")
	for _, name := range []string{"tmdb.movie-detail.1000", "tmdb.movie-detail.1004", "tmdb.series-detail.71"} {
		require.Contains(t, later, name, "it may have changed unseen")
	}
	calls = len(w.calls)
	w.pass(24 * time.Hour)
	w.settle()
	require.NotContains(t, texts(w.calls[calls:]), "tmdb.movie-detail.1000", "once is enough")
}

func TestAnOutageWithinReachCostsTheListsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(5)...)
	w.settle()
	calls := len(w.calls)
	w.changes["movie"] = map[string][]int{"2026-11-27": {1001}}
	w.pass(10 * 24 * time.Hour)
	w.settle()
	later := texts(w.calls[calls:])
	for day := 22; day <= 30; day++ {
		require.Contains(t, later, "tmdb.movie-changes.2026-11-"+time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC).Format("02")+".1")
	}
	require.Contains(t, later, "tmdb.movie-detail.1001")
	require.NotContains(t, later, "tmdb.movie-detail.1000")
}
