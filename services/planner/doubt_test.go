package planner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// A film that TMDB had, and then does not find, is asked for again after an hour, a
// day and a week; what is believed to be gone since then and was matched once is
// looked at every week, later every month, until TMDB has it again.
func TestANotFoundOfSomethingKnownIsAskedAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	const name = "tmdb.movie-detail.1000"
	w := newWorld(t, catalogueOf(1)...)
	asked := 0
	w.lie = func(n messages.Name, body said) said {
		if n.String() == name {
			asked++
		}
		return body
	}
	w.settle()
	require.Equal(t, 1, asked)
	missing := func() bool {
		return w.count("SELECT count(*) FROM staging.tmdb_movies WHERE tmdb_id = 1000 AND missing_since IS NOT NULL") == 1
	}
	// after passes nearly the wait, in which nothing is asked, and then the rest.
	after := func(wait time.Duration) {
		t.Helper()
		before := asked
		// TMDB's lists go back 14 days.
		const step = 3 * 24 * time.Hour
		for ; wait > step; wait -= step {
			w.pass(step)
			w.settle()
		}
		w.pass(wait - 5*time.Minute)
		w.settle()
		require.Equal(t, before, asked, "asked before %s", wait)
		w.pass(10 * time.Minute)
		w.settle()
		require.Equal(t, before+1, asked, "not asked after %s", wait)
	}

	w.gone = map[int]bool{1000: true}
	w.exec("UPDATE staging.tmdb_movies SET expires_at = $1", w.now().AddDate(0, 0, 1))
	w.pass(2 * time.Hour)
	w.settle()
	require.Equal(t, 2, asked, "TMDB's rows are read again before they expire")
	w.exec("UPDATE staging.tmdb_movies SET expires_at = $1", w.now().AddDate(1, 0, 0))
	for _, wait := range []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		require.False(t, missing(), "one not-found is not believed")
		after(wait)
	}
	require.True(t, missing())

	// As the loader decides, which has it no longer.
	w.exec(`UPDATE production.matches SET status = 'none', tmdb_id = NULL, evidence = '{"wanted":[1000]}'`)
	for range 4 {
		after(7 * 24 * time.Hour)
	}
	w.gone = nil
	after(30 * 24 * time.Hour)
	require.False(t, missing())
	for range 3 {
		w.pass(3 * 24 * time.Hour)
		w.settle()
	}
	require.Equal(t, 10, asked, "it has what it asked for")
}
