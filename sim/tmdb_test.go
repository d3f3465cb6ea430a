package sim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/tmdb"
	"github.com/cledit/pipeline/sim/traffic"
)

type found struct {
	Page         int `json:"page"`
	TotalPages   int `json:"total_pages"`
	TotalResults int `json:"total_results"`
	Results      []struct {
		ID            int    `json:"id"`
		Title         string `json:"title"`
		OriginalTitle string `json:"original_title"`
		ReleaseDate   string `json:"release_date"`
	} `json:"results"`
}

func search(t *testing.T, s *sim.Sim, pairs ...string) found {
	t.Helper()
	status, body := simtest.Get(t, s, "/3/search/movie", pairs...)
	require.Equal(t, http.StatusOK, status, string(body))
	var f found
	require.NoError(t, json.Unmarshal(body, &f))
	return f
}

func (f found) ids() []int {
	ids := []int{}
	for _, r := range f.Results {
		ids = append(ids, r.ID)
	}
	return ids
}

func TestSearchFindsByEveryTitle(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	c := s.TMDB.Catalogue()
	c.LoadMovies([]tmdb.Movie{
		{ID: 901, Original: "Le Fabuleux", TitleKO: "아멜리에 이야기", Alternative: []string{"Amelie Tale"}, Released: "2001-04-25"},
		{ID: 902, Original: "아멜리에 이야기 2", Released: "2011-04-25", Popularity: 50},
		{ID: 903, Original: "비밀의 아멜리에 이야기", Adult: true},
	})
	require.Equal(t, []int{901, 902}, search(t, s, "query", "아멜리에 이야기").ids(), "the equal title comes first")
	require.Equal(t, []int{901}, search(t, s, "query", "le fabuleux").ids())
	require.Equal(t, []int{901}, search(t, s, "query", "amelie").ids())
	require.Equal(t, []int{901}, search(t, s, "query", "아멜리에이야기").ids(), "spaces don't matter for a whole title")
	require.Equal(t, []int{902}, search(t, s, "query", "아멜리에", "primary_release_year", "2011").ids())
	require.Equal(t, []int{901}, search(t, s, "query", "아멜리에", "year", "2001").ids())
	require.Len(t, search(t, s, "query", "아멜리에", "include_adult", "true").ids(), 3)
	none := search(t, s, "query", "어디에도 없는 제목 xyz")
	require.Equal(t, found{Page: 1, TotalPages: 1, Results: none.Results}, none)
	require.NotNil(t, none.Results)
	c.EditMovie(901, func(m *tmdb.Movie) { m.TitleKO = "고친 제목" })
	require.Equal(t, []int{902}, search(t, s, "query", "아멜리에 이야기").ids())
	c.RemoveMovie(902)
	require.Empty(t, search(t, s, "query", "아멜리에 이야기").ids())
}

func TestSearchBringsSeveralCandidates(t *testing.T) {
	both(t, func(t *testing.T, o sim.Options) {
		s := open(t, o)
		f := search(t, s, "query", "괴물", "language", "ko-KR")
		require.Greater(t, len(f.Results), 1)
		for _, r := range f.Results {
			require.Contains(t, r.Title+r.OriginalTitle, "괴물")
		}
	})
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{Generate: generate.Options{Films: 200}})
	seen := map[int]bool{}
	first := search(t, s, "query", "생성 영화")
	require.Len(t, first.Results, 20)
	for page := 1; page <= first.TotalPages; page++ {
		for _, id := range search(t, s, "query", "생성 영화", "page", strconv.Itoa(page)).ids() {
			require.False(t, seen[id])
			seen[id] = true
		}
	}
	require.Len(t, seen, first.TotalResults)
	require.Empty(t, search(t, s, "query", "생성 영화", "page", "500").Results)
}

func TestLanguageFallsBackToTheOriginal(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	s.TMDB.Catalogue().LoadMovies([]tmdb.Movie{
		{ID: 901, Original: "Varjoja", TitleKO: "천국의 그림자", TitleEN: "Shadows", Overview: "한 줄", Language: "fi"},
		{ID: 902, Original: "Ariel", Language: "fi", TitleEN: "Ariel in English"},
	})
	for _, c := range []struct {
		id              int
		language, title string
		overview        string
	}{
		{901, "ko-KR", "천국의 그림자", "한 줄"},
		{901, "en-US", "Shadows", ""},
		{901, "", "Shadows", ""},
		{901, "fr-FR", "Varjoja", ""},
		{902, "ko-KR", "Ariel", ""},
	} {
		_, body := simtest.Get(t, s, "/3/movie/"+strconv.Itoa(c.id), "language", c.language)
		var m struct{ Title, Overview string }
		require.NoError(t, json.Unmarshal(body, &m))
		require.Equal(t, c.title, m.Title, "%d in %q", c.id, c.language)
		require.Equal(t, c.overview, m.Overview)
	}
}

const appended = "translations,alternative_titles,credits,external_ids,release_dates,images,videos,keywords,watch/providers"

func TestAppendedBlocks(t *testing.T) {
	both(t, func(t *testing.T, o sim.Options) {
		s := open(t, o)
		_, body := simtest.Get(t, s, "/3/movie/496243", "language", "ko-KR", "append_to_response", appended+",unknown")
		var movie map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(body, &movie))
		for name, inner := range map[string]string{
			"translations": "translations", "alternative_titles": "titles", "credits": "cast", "external_ids": "imdb_id",
			"release_dates": "results", "images": "posters", "videos": "results", "keywords": "keywords", "watch/providers": "results",
		} {
			var block map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(movie[name], &block), name)
			require.Contains(t, block, inner, name)
			require.NotContains(t, block, "id", "an appended block has no id of its own")
			_, alone := simtest.Get(t, s, "/3/movie/496243/"+name)
			require.True(t, strings.HasPrefix(string(alone), `{"id":496243,`), name)
		}
		require.NotContains(t, movie, "unknown")
		require.JSONEq(t, `"기생충"`, string(movie["title"]))

		_, body = simtest.Get(t, s, "/3/tv/206693", "append_to_response", "aggregate_credits,content_ratings,keywords,alternative_titles")
		for _, part := range []string{`"content_ratings":{"results"`, `"keywords":{"results"`, `"alternative_titles":{"results"`, `"roles":[`, `"jobs":[`, `"남궁민"`} {
			require.Contains(t, string(body), part)
		}
	})
}

func TestTMDBFailures(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{TMDB: tmdb.Options{Tokens: []string{"token"}}})
	tooMany := strings.TrimSuffix(strings.Repeat("images,", 21), ",")
	for _, c := range []struct {
		path   string
		pairs  []string
		status int
		body   string
	}{
		{"/3/movie/999999999", nil, 404, `{"status_code":34,"status_message":"The resource you requested could not be found.","success":false}`},
		{"/3/tv/999999999", nil, 404, ""},
		{"/3/movie/abc", nil, 404, ""},
		{"/3/nothing", nil, 404, ""},
		{"/3/movie/496243/nothing", nil, 404, ""},
		{"/3/search/movie", nil, 422, `{"status_code":5,"status_message":"Invalid parameters: Your request parameters are incorrect.","success":false}`},
		{"/3/search/tv", nil, 422, ""},
		{"/3/search/movie", []string{"query", "a", "page", "501"}, 400, `{"status_code":22,"status_message":"Invalid page: Pages start at 1 and max at 500. They are expected to be an integer.","success":false}`},
		{"/3/search/tv", []string{"query", "a", "page", "0"}, 400, ""},
		{"/3/discover/tv", []string{"page", "501"}, 400, ""},
		{"/3/discover/tv", []string{"page", "x"}, 400, ""},
		{"/3/discover/tv", []string{"first_air_date.gte", "2020"}, 400, `{"status_code":23,"status_message":"Invalid date: Format needs to be YYYY-MM-DD.","success":false}`},
		{"/3/movie/changes", []string{"page", "x"}, 400, ""},
		{"/3/movie/changes", []string{"start_date", "x"}, 400, ""},
		{"/3/movie/changes", []string{"start_date", "2025-01-01", "end_date", "2025-01-16"}, 422, `{"status_code":20,"status_message":"Invalid date range: Should be a range no longer than 14 days.","success":false}`},
		{"/3/movie/changes", []string{"start_date", "2025-01-01", "end_date", "2025-01-15"}, 200, ""},
		{"/3/movie/496243", []string{"append_to_response", tooMany}, 400, `{"status_code":27,"status_message":"Too many append to response objects: The maximum number of remote calls is 20.","success":false}`},
		{"/3/configuration", nil, 200, ""},
	} {
		status, body := simtest.Get(t, s, c.path, c.pairs...)
		require.Equal(t, c.status, status, "%s %v", c.path, c.pairs)
		require.True(t, json.Valid(body))
		if c.body != "" {
			require.Equal(t, c.body, string(body))
		}
	}
	s.TMDB.SetTokens([]string{"another"})
	status, body := simtest.Get(t, s, "/3/configuration")
	require.Equal(t, http.StatusUnauthorized, status)
	require.JSONEq(t, `{"status_code":7,"status_message":"Invalid API key: You must be granted a valid key.","success":false}`, string(body))
	status, _ = simtest.Get(t, s, "/3/configuration", "api_key", "another")
	require.Equal(t, http.StatusUnauthorized, status, "the header stands above the parameter")
}

func TestDiscoverSlices(t *testing.T) {
	both(t, func(t *testing.T, o sim.Options) {
		s := open(t, o)
		sum := 0
		for year := 1980; year <= 2030; year += 5 {
			sum += discoverAll(t, s, strconv.Itoa(year)+"-01-01", strconv.Itoa(year+4)+"-12-31")
		}
		require.Equal(t, s.Truth().KoreanSeries, sum, "every series is in one slice")
	})
}

func TestDiscoverFiltersAndSorts(t *testing.T) {
	t.Parallel()
	c := tmdb.NewCatalogue(nil)
	c.LoadSeries([]tmdb.Series{
		{ID: 1, Original: "가", Origin: []string{"KR"}, Language: "ko", FirstAired: "2020-05-05", Popularity: 1},
		{ID: 2, Original: "나", Origin: []string{"KR"}, Language: "ko", FirstAired: "2019-05-05", Popularity: 9},
		{ID: 3, Original: "다", Origin: []string{"US"}, Language: "en", FirstAired: "2020-05-05", Popularity: 5},
		{ID: 4, NameKO: "라", Shelf: "2020-01-01"},
	})
	s := &sim.Sim{TMDB: tmdb.NewServer(c, tmdb.Options{})}
	ask := func(pairs ...string) []int {
		_, body := simtest.Get(t, s, "/3/discover/tv", pairs...)
		var f found
		require.NoError(t, json.Unmarshal(body, &f))
		return f.ids()
	}
	require.Equal(t, []int{2, 1, 4}, ask("with_origin_country", "KR"), "the popular first; an origin that isn't known passes")
	require.Equal(t, []int{2, 4, 1}, ask("with_origin_country", "KR", "sort_by", "first_air_date.asc"))
	require.Equal(t, []int{1, 4}, ask("with_origin_country", "KR", "first_air_date.gte", "2020-01-01"))
	require.Equal(t, []int{2}, ask("with_origin_country", "KR", "first_air_date.lte", "2019-12-31"))
	require.Equal(t, []int{3, 4}, ask("with_original_language", "en"))
	require.Equal(t, []int{3, 1, 4}, ask("first_air_date_year", "2020"))
	_, body := simtest.Get(t, s, "/3/tv/4", "language", "ko-KR")
	require.Contains(t, string(body), `"first_air_date":"","genres"`, "the shelf date is never served")
}

func TestChanges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	s := open(t, sim.Options{Clock: func() time.Time { return now }, Generate: generate.Options{Films: 600, Series: 5}})
	c := s.TMDB.Catalogue()
	changed := func(kind string, pairs ...string) (ids []int, total int) {
		_, body := simtest.Get(t, s, "/3/"+kind+"/changes", pairs...)
		var f found
		require.NoError(t, json.Unmarshal(body, &f))
		return f.ids(), f.TotalResults
	}
	ids, _ := changed("movie")
	require.Empty(t, ids)
	all := c.MovieIDs()
	for _, id := range all[:250] {
		require.True(t, c.EditMovie(id, func(m *tmdb.Movie) { m.Minutes++ }))
	}
	c.EditMovie(all[0], func(m *tmdb.Movie) { m.Minutes++ })
	first, total := changed("movie")
	require.Len(t, first, 100)
	require.Equal(t, 250, total, "an id stands once, however often it changed")
	require.Equal(t, all[0], first[0], "the latest first")
	third, _ := changed("movie", "page", "3")
	require.Len(t, third, 50)

	now = now.AddDate(0, 0, 3)
	ids, _ = changed("movie")
	require.Empty(t, ids, "by default the last day alone")
	ids, _ = changed("movie", "start_date", "2026-03-10", "end_date", "2026-03-10")
	require.Len(t, ids, 100, "a window of one day")
	ids, _ = changed("tv", "start_date", "2026-03-01", "end_date", "2026-03-13")
	require.Empty(t, ids)
	require.True(t, c.EditSeries(c.SeriesIDs()[0], func(s *tmdb.Series) { s.Episodes++ }))
	require.True(t, c.RemoveSeries(c.SeriesIDs()[1]))
	ids, _ = changed("tv")
	require.Len(t, ids, 2, "removals are changes too")
}

func TestTooManyRequests(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	s := open(t, sim.Options{Clock: func() time.Time { return now }, TMDB: tmdb.Options{
		Limits: traffic.Limits{Rate: traffic.Rate{N: 2, Per: 10 * time.Second}, EnforceRate: true},
	}})
	ask := func() int {
		status, body := simtest.Get(t, s, "/3/configuration")
		if status == http.StatusTooManyRequests {
			require.JSONEq(t, `{"status_code":25,"status_message":"Your request count (3) is over the allowed limit of 2.","success":false}`, string(body))
		}
		return status
	}
	require.Equal(t, []int{200, 200, 429}, []int{ask(), ask(), ask()})
	now = now.Add(10 * time.Second)
	require.Equal(t, 200, ask())
	require.Equal(t, traffic.WindowStats{Limit: "2/10s", Max: 3, Violations: 1, Refused: 1}, s.TMDB.Stats().Window)
	require.Equal(t, map[int]int{200: 3, 429: 1}, s.TMDB.Stats().Statuses)
}

func TestRecordedBodiesAreServed(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{Data: simtest.Folder(t)})
	for _, path := range []string{"/3/movie/550", "/3/movie/348", "/3/tv/1399", "/3/tv/1396"} {
		status, english := simtest.Get(t, s, path, "append_to_response", "translations")
		require.Equal(t, http.StatusOK, status, path)
		require.True(t, json.Valid(english))
		status, korean := simtest.Get(t, s, path, "language", "ko-KR")
		require.Equal(t, http.StatusOK, status, path)
		require.True(t, json.Valid(korean))
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"", "7"} {
		s := open(t, sim.Options{TMDB: tmdb.Options{RetryAfter: want}})
		s.TMDB.FailNext(traffic.TooMany, 1)
		w := httptest.NewRecorder()
		s.TMDBHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/3/configuration", nil))
		require.Equal(t, http.StatusTooManyRequests, w.Code)
		require.Equal(t, want, w.Header().Get("Retry-After"))
	}
}

func TestPeopleHaveNumbers(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	_, body := simtest.Get(t, s, "/3/tv/206693", "append_to_response", "aggregate_credits")
	var series struct {
		Credits struct {
			Cast []struct {
				ID   int
				Name string
			}
		} `json:"aggregate_credits"`
	}
	require.NoError(t, json.Unmarshal(body, &series))
	numbers := map[int]string{}
	for _, p := range series.Credits.Cast {
		require.Positive(t, p.ID)
		numbers[p.ID] = p.Name
	}
	require.NotEmpty(t, numbers)
	require.Len(t, numbers, len(series.Credits.Cast), "each another")
	require.Greater(t, s.Truth().SeriesPeople, len(numbers))
}
