package planner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A fetcher whose clock is behind answers what was asked, and its answers don't
// count as newer than those that are known.
func TestAClockThatIsBehindDoesNotEatTheBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t, catalogueOf(250)...)
	w.settle()
	w.exec("UPDATE staging.kobis_list_pages SET fetched_at = fetched_at + interval '48 hours' WHERE scope = 'all'")
	w.pass(24 * time.Hour)
	pages := func() (n int) {
		for _, call := range w.calls {
			if call.String() == "kobis.movie-list.all.1" {
				n++
			}
		}
		return n
	}
	before := pages()
	tick := func() {
		for range 30 {
			w.tick()
			w.fetch()
			w.load()
		}
	}
	tick()
	require.Equal(t, 10, pages()-before)
	w.pass(time.Hour)
	tick()
	require.Equal(t, 20, pages()-before, "and again an hour later")
	w.pass(24 * time.Hour)
	w.settle()
}
