package sim_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/kobis"
)

func open(t testing.TB, o sim.Options) *sim.Sim {
	t.Helper()
	s, err := sim.Open(o)
	require.NoError(t, err)
	return s
}

// both runs a test on the built-in catalogue and on a folder of recorded bodies.
func both(t *testing.T, test func(*testing.T, sim.Options)) {
	t.Helper()
	t.Parallel()
	t.Run("built in", func(t *testing.T) {
		t.Parallel()
		test(t, sim.Options{})
	})
	t.Run("folder", func(t *testing.T) {
		t.Parallel()
		test(t, sim.Options{Data: simtest.Folder(t)})
	})
}

type movieList struct {
	MovieListResult *struct {
		TotCnt    int              `json:"totCnt"`
		MovieList []kobis.FilmJSON `json:"movieList"`
	} `json:"movieListResult"`
}

// list asks for one page; the pairs are parameters in turn with their values.
func list(t testing.TB, s *sim.Sim, pairs ...string) (total int, rows []kobis.FilmJSON) {
	t.Helper()
	status, body := simtest.Get(t, s, "/movie/searchMovieList.json", append([]string{"key", "k", "itemPerPage", "100"}, pairs...)...)
	require.Equal(t, http.StatusOK, status)
	var l movieList
	require.NoError(t, json.Unmarshal(body, &l))
	require.NotNil(t, l.MovieListResult, string(body))
	return l.MovieListResult.TotCnt, l.MovieListResult.MovieList
}

// walk reads a list to its end.
func walk(t testing.TB, s *sim.Sim, pairs ...string) (total int, codes []string) {
	t.Helper()
	for page := 1; ; page++ {
		n, rows := list(t, s, append(pairs, "curPage", strconv.Itoa(page))...)
		total = n
		if len(rows) == 0 {
			return total, codes
		}
		for _, r := range rows {
			codes = append(codes, r.MovieCd)
		}
	}
}

func TestTruthIsWhatTheAPIsGive(t *testing.T) {
	both(t, func(t *testing.T, o sim.Options) {
		s := open(t, o)
		truth := s.Truth()
		total, codes := walk(t, s)
		require.Equal(t, truth.Films, total)
		require.Equal(t, s.Codes(), codes)
		details := 0
		for _, code := range codes {
			if _, body := simtest.Get(t, s, "/movie/searchMovieInfo.json", "key", "k", "movieCd", code); len(body) > 200 {
				details++
			}
		}
		require.Equal(t, truth.WithDetail, details)
		for _, day := range truth.BoxOfficeDays {
			_, body := simtest.Get(t, s, "/boxoffice/searchDailyBoxOfficeList.json", "key", "k", "targetDt", day)
			b, err := kobis.DecodeBoxOffice(body)
			require.NoError(t, err)
			require.Len(t, b.Rows, 10)
			require.Equal(t, day+"~"+day, b.Range)
		}
		require.Equal(t, 10*len(truth.BoxOfficeDays), truth.BoxOfficeRows)
		require.Equal(t, truth.KoreanSeries, discoverAll(t, s, "1900-01-01", "2100-01-01"))
	})
}

// discoverAll counts the distinct Korean series that discover gives for a window.
func discoverAll(t testing.TB, s *sim.Sim, from, to string) int {
	t.Helper()
	seen := map[int]bool{}
	for page := 1; ; page++ {
		_, body := simtest.Get(t, s, "/3/discover/tv", "with_origin_country", "KR", "page", strconv.Itoa(page),
			"first_air_date.gte", from, "first_air_date.lte", to)
		var found struct {
			TotalPages int `json:"total_pages"`
			Results    []struct {
				ID int `json:"id"`
			} `json:"results"`
		}
		require.NoError(t, json.Unmarshal(body, &found))
		for _, r := range found.Results {
			require.False(t, seen[r.ID], "series %d twice", r.ID)
			seen[r.ID] = true
		}
		if page >= found.TotalPages {
			return len(seen)
		}
	}
}

func TestBuiltInCatalogue(t *testing.T) {
	t.Parallel()
	truth := open(t, sim.Options{}).Truth()
	require.GreaterOrEqual(t, truth.Films, 2000)
	require.Greater(t, truth.WithDetail, 900)
	require.Less(t, truth.WithDetail, truth.Films, "some films have no detail")
	require.Len(t, truth.BoxOfficeDays, 7)
	require.Greater(t, truth.TMDBMovies, 1000)
	require.GreaterOrEqual(t, truth.KoreanSeries, 200)
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	_, err := sim.Open(sim.Options{Catalogue: "2018"})
	require.ErrorContains(t, err, "needs a folder")
	_, err = sim.Open(sim.Options{Data: t.TempDir()})
	require.ErrorContains(t, err, "searchMovieList_opened_")
}

func TestControl(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	_, body := simtest.Get(t, s, "/_sim/truth")
	var truth sim.Truth
	require.NoError(t, json.Unmarshal(body, &truth))
	own := s.Truth()
	own.Registered = nil // whom credits are is told to the program alone
	require.Equal(t, own, truth)
	simtest.Get(t, s, "/movie/searchMovieList.json", "key", "a secret key")
	_, body = simtest.Get(t, s, "/_sim/stats")
	require.NotContains(t, string(body), "a secret key")
	require.Contains(t, string(body), `"searchMovieList": 1`)
	require.Equal(t, 1, s.Stats().KOBIS.Requests, "asking for the counters is not counted")
}
