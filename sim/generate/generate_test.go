package generate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
)

func catalogues(o generate.Options) (*kobis.Catalogue, *tmdb.Catalogue) {
	films, movies := kobis.NewCatalogue(), tmdb.NewCatalogue(nil)
	generate.Extend(films, movies, o)
	return films, movies
}

func TestASeedGivesTheSameRecords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seed, n := rapid.Uint64().Draw(t, "seed"), rapid.IntRange(0, 9_999_999).Draw(t, "n")
		film, detail := generate.Film(seed, n)
		again, detailAgain := generate.Film(seed, n)
		require.Equal(t, film, again)
		require.Equal(t, detail, detailAgain)
		require.Len(t, film.Code, 8)
		require.Equal(t, film, detail.Listed())
		require.True(t, strings.HasPrefix(film.Title, "생성 영화 "))
		series := generate.Series(seed, n)
		require.Equal(t, series, generate.Series(seed, n))
		added, _ := generate.NewFilm(seed)(n)
		require.NotEqual(t, film.Code, added.Code)
	})
}

func TestExtend(t *testing.T) {
	t.Parallel()
	films, movies := catalogues(generate.Options{Films: 300, Series: 40, Seed: 5, BoxOffice: true})
	listed, withDetail, unlisted := films.Counts()
	require.Equal(t, []int{300, 300, 0}, []int{listed, withDetail, unlisted})
	require.Equal(t, 200, movies.MovieCount())
	require.Equal(t, 40, movies.OriginCount("KR"))
	smaller, _ := catalogues(generate.Options{Films: 10, Seed: 5})
	small, _ := smaller.Film("90000007")
	large, _ := films.Film("90000007")
	require.Equal(t, small, large, "the n-th film doesn't depend on how many there are")
}

func TestBoxOffice(t *testing.T) {
	t.Parallel()
	films, _ := catalogues(generate.Options{Films: 100, Seed: 5, BoxOffice: true})
	rows := films.BoxOffice("20261120")
	require.Len(t, rows, 10)
	require.Equal(t, rows, films.BoxOffice("20261120"))
	require.NotEqual(t, rows, films.BoxOffice("20261121"))
	seen := map[string]bool{}
	for _, r := range rows {
		_, listed := films.Film(r.Code)
		require.True(t, listed)
		require.False(t, seen[r.Code])
		seen[r.Code] = true
	}
	require.Empty(t, films.BoxOfficeDays(), "made-up days are not truth to be complete about")
	few, _ := catalogues(generate.Options{Films: 3, BoxOffice: true})
	require.Len(t, few.BoxOffice("20261120"), 3)
}
