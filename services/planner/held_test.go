package planner

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is answered and waits for the loader to trust its kind again is not asked for
// meanwhile, and holds up nothing.
func TestWhatWaitsToBeLoadedIsNotAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	held := "kobis.movie-detail." + w.films[1].Code
	w.exec("INSERT INTO raw.held (raw_id, source, kind, subject) VALUES (1, 'kobis', 'movie-detail', $1)", held)
	w.settle()
	require.Zero(t, w.count("SELECT count(*) FROM raw.payloads WHERE subject = $1", held))
	require.Equal(t, 2, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
	w.exec("DELETE FROM raw.held")
	w.settle()
	require.Equal(t, 3, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
}
