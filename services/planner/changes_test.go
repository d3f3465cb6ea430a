package planner

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestChangesAreFollowedDayByDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(5)...)
	w.noon() // three hours into a day of TMDB
	w.settle()
	require.Zero(t, w.count("SELECT count(*) FROM raw.payloads WHERE kind LIKE '%-changes'"), "nothing changed before it was read")

	w.changes["movie"] = map[string][]int{w.date(0): {1002, 99}, w.date(1): {1003}}
	w.changes["tv"] = map[string][]int{w.date(1): {72, 99}}
	calls := len(w.calls)
	w.pass(36 * time.Hour) // 15:00 UTC of the next day: the first is over
	w.settle()
	later := texts(w.calls[calls:])
	require.Contains(t, later, "tmdb.movie-changes."+w.date(0)+".1")
	require.Contains(t, later, "tmdb.series-changes."+w.date(0)+".1")
	require.Contains(t, later, "tmdb.movie-detail.1002")
	require.NotContains(t, later, "tmdb.movie-detail.99", "what nobody wants is not read")
	require.NotContains(t, later, "tmdb.movie-changes."+w.date(1)+".1", "the day is not over")

	calls = len(w.calls)
	w.pass(24 * time.Hour)
	w.settle()
	later = texts(w.calls[calls:])
	require.Contains(t, later, "tmdb.movie-detail.1003")
	require.Contains(t, later, "tmdb.series-detail.72")
	require.NotContains(t, later, "tmdb.movie-detail.1002")
	require.NotContains(t, later, "tmdb.movie-changes."+w.date(0)+".1")
	require.Zero(t, w.count("SELECT count(*) FROM ops.change_pages"), "complete days are not kept")
}

func TestChangesOfALongOutageAreMadeUpForByAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(5)...)
	w.noon() // three hours into a day of TMDB
	w.settle()
	calls := len(w.calls)
	w.pass(20 * 24 * time.Hour)
	w.settle()
	later := texts(w.calls[calls:])
	require.NotContains(t, later, "tmdb.movie-changes."+w.date(6)+".1", "out of reach")
	require.Contains(t, later, "tmdb.movie-changes."+w.date(7)+".1")
	require.Contains(t, later, "tmdb.movie-changes."+w.date(18)+".1")
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
	w.noon() // three hours into a day of TMDB
	w.settle()
	calls := len(w.calls)
	w.changes["movie"] = map[string][]int{w.date(5): {1001}}
	w.pass(10 * 24 * time.Hour)
	w.settle()
	later := texts(w.calls[calls:])
	for day := range 9 {
		require.Contains(t, later, "tmdb.movie-changes."+w.date(day)+".1")
	}
	require.Contains(t, later, "tmdb.movie-detail.1001")
	require.NotContains(t, later, "tmdb.movie-detail.1000")
}

// A day's list without changes may be a fault of the moment: it is asked for again an
// hour and a day later, and what it has then is followed.
func TestAnEmptyChangeListIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(5)...)
	w.noon() // three hours into a day of TMDB
	w.settle()
	name := "tmdb.movie-changes." + w.date(0) + ".1"
	times := func() (n int) {
		for _, call := range texts(w.calls) {
			if call == name {
				n++
			}
		}
		return n
	}
	w.pass(36 * time.Hour)
	w.settle()
	require.Equal(t, 1, times())
	w.pass(59 * time.Minute)
	w.settle()
	require.Equal(t, 1, times())
	w.changes["movie"] = map[string][]int{w.date(0): {1002}}
	w.pass(time.Minute)
	w.settle()
	require.Equal(t, 2, times())
	require.Contains(t, texts(w.calls), "tmdb.movie-detail.1002")
	require.Equal(t, 1, w.count("SELECT count(*) FROM ops.change_pages WHERE ask_again_at IS NOT NULL"), "that of series")
	w.pass(24 * time.Hour)
	w.settle()
	require.Equal(t, 2, times(), "once it is told")
	require.Zero(t, w.count("SELECT count(*) FROM ops.change_pages WHERE subject LIKE '%'||$1||'%'", w.date(0)), "the day is complete")
}

// Most of what changed on a day is read again as soon as the day is over, and once more
// when neither the list nor a detail can come from a cache of before its end.
func TestChangesAreReadAtTheEndOfADayAndOnceMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(5)...)
	w.noon() // three hours into a day of TMDB
	w.settle()
	w.changes["movie"] = map[string][]int{w.date(0): {1002}}
	w.changes["tv"] = map[string][]int{w.date(0): {72}}
	list, first, late, series := "tmdb.movie-changes."+w.date(0)+".1", "tmdb.movie-detail.1002", "tmdb.movie-detail.1003", "tmdb.series-detail.72"
	since := func(begin int) []string {
		return slices.DeleteFunc(texts(w.calls[begin:]), func(name string) bool {
			return !slices.Contains([]string{list, first, late, series}, name)
		})
	}

	calls := len(w.calls)
	w.pass(21*time.Hour + 5*time.Minute)
	w.settle()
	require.NotContains(t, since(calls), list, "five minutes after the end")
	w.pass(5 * time.Minute)
	w.settle()
	for _, name := range []string{list, first, series} {
		require.Contains(t, since(calls), name)
	}

	calls = len(w.calls)
	w.changes["movie"] = map[string][]int{w.date(0): {1002, 1003}} // the list was not whole
	w.pass(8 * time.Hour)
	w.settle()
	require.Empty(t, since(calls), "nothing is asked for before a cache has forgotten")
	w.pass(time.Hour)
	w.settle()
	for _, name := range []string{list, first, late, series} {
		require.Contains(t, since(calls), name)
	}
	require.Zero(t, w.count("SELECT count(*) FROM ops.change_pages"), "the day is complete")

	calls = len(w.calls)
	w.pass(time.Hour)
	w.settle()
	require.Empty(t, since(calls), "and that is enough")
}
