// Package simtest gives tests a folder of recorded bodies: the real one, which
// CLEDIT_DATA names, or else a small one in the same layout, written from the
// built-in catalogue. The same assertions hold on both.
package simtest

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/tmdb"
)

var (
	once   sync.Once
	folder string
)

// Main runs the tests of a package that uses Folder, and removes the folder.
func Main(m *testing.M) {
	code := m.Run()
	if folder != "" {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}

// Folder is the path of a folder of recorded bodies. Tests share it: none may
// change a file.
func Folder(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("CLEDIT_DATA"); dir != "" {
		return dir
	}
	once.Do(func() {
		dir, err := outliving()
		require.NoError(t, err)
		folder = dir
		s, err := sim.Open(sim.Options{})
		require.NoError(t, err)
		w := &writer{t: t, dir: dir, sim: s}
		w.lists()
		w.details()
		w.rankings()
		w.movies()
		w.series()
		w.bodies()
	})
	require.NotEmpty(t, folder, "the folder could not be written")
	return folder
}

// Get answers a path of either source in this process. The pairs are parameters
// in turn with their values.
func Get(t testing.TB, s *sim.Sim, path string, pairs ...string) (status int, body []byte) {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	query := request.URL.Query()
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	request.URL.RawQuery = query.Encode()
	request.Header.Set("Authorization", "Bearer token")
	recorder := httptest.NewRecorder()
	s.Handler().ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.Bytes()
}

// outliving is a folder for all tests: t.TempDir would end with the first.
func outliving() (string, error) { return os.MkdirTemp("", "recorded-bodies-") }

type writer struct {
	t   testing.TB
	dir string
	sim *sim.Sim
}

func (w *writer) file(name string, body []byte) {
	path := filepath.Join(w.dir, filepath.FromSlash(name))
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o750))
	if strings.HasSuffix(name, ".gz") {
		var packed bytes.Buffer
		zw := gzip.NewWriter(&packed)
		_, err := zw.Write(body)
		require.NoError(w.t, err)
		require.NoError(w.t, zw.Close())
		body = packed.Bytes()
	}
	require.NoError(w.t, os.WriteFile(path, body, 0o600))
}

func (w *writer) json(name string, v any) {
	body, err := json.Marshal(v)
	require.NoError(w.t, err)
	w.file(name, body)
}

// lists splits the films as the recorded lists are split: one file a year, and
// the others as pages of one catalogue.
func (w *writer) lists() {
	years := map[string][]json.RawMessage{"2021": nil, "2022": nil, "2023": nil, "2024": nil}
	var others []json.RawMessage
	for page := 1; ; page++ {
		_, body := Get(w.t, w.sim, "/movie/searchMovieList.json", "key", "k", "itemPerPage", "100", "curPage", strconv.Itoa(page))
		var list struct {
			MovieListResult struct {
				MovieList []json.RawMessage `json:"movieList"`
			} `json:"movieListResult"`
		}
		require.NoError(w.t, json.Unmarshal(body, &list))
		if len(list.MovieListResult.MovieList) == 0 {
			break
		}
		for _, row := range list.MovieListResult.MovieList {
			if year := openYear(w.t, row); hasKey(years, year) {
				years[year] = append(years[year], row)
			} else {
				others = append(others, row)
			}
		}
	}
	for year, rows := range years {
		w.json("kobis/searchMovieList_opened_"+year+"_merged.json.gz", map[string]any{"movieList": rows})
	}
	w.json("kobis/searchMovieList_2018-01_full_p1.json.gz", map[string]any{"movieListResult": map[string]any{"movieList": others}})
}

func hasKey[V any](m map[string]V, key string) bool {
	_, found := m[key]
	return found
}

func openYear(t testing.TB, row json.RawMessage) string {
	var film struct {
		OpenDt string `json:"openDt"`
	}
	require.NoError(t, json.Unmarshal(row, &film))
	if len(film.OpenDt) < 4 {
		return ""
	}
	return film.OpenDt[:4]
}

// details leaves the source out of every second body, as the recording does.
func (w *writer) details() {
	var all bytes.Buffer
	for i, code := range w.sim.Codes() {
		if _, found := w.sim.KOBIS.Catalogue().Detail(code); !found {
			continue
		}
		_, body := Get(w.t, w.sim, "/movie/searchMovieInfo.json", "key", "k", "movieCd", code)
		if i%2 == 0 {
			body = bytes.Replace(body, []byte(`,"source":"영화진흥위원회"`), nil, 1)
		}
		all.Write(body)
		all.WriteByte('\n')
	}
	w.file("kobis/searchMovieInfo_all.jsonl.gz", all.Bytes())
}

func (w *writer) rankings() {
	for _, day := range w.sim.KOBIS.Catalogue().BoxOfficeDays() {
		_, body := Get(w.t, w.sim, "/boxoffice/searchDailyBoxOfficeList.json", "key", "k", "targetDt", day)
		w.file("kobis/searchDailyBoxOfficeList_"+day+".json", body)
	}
	for _, day := range w.sim.KOBIS.Catalogue().Weeks() {
		_, body := Get(w.t, w.sim, "/boxoffice/searchWeeklyBoxOfficeList.json", "key", "k", "targetDt", day)
		w.file("kobis/searchWeeklyBoxOfficeList_"+day+".json", body)
	}
}

// movies writes Korean films to one table, others to the second, and one page.
func (w *writer) movies() {
	var table bytes.Buffer
	korean := csv.NewWriter(&table)
	require.NoError(w.t, korean.Write([]string{
		"tmdb_id", "title", "original_title", "original_language", "release_date", "popularity", "vote_average",
		"vote_count", "adult", "genre_ids", "runtime", "status", "tagline", "budget", "revenue", "homepage", "imdb_id",
		"production_companies", "production_countries", "spoken_languages", "cast", "directors", "keywords",
		"overview", "poster_url", "backdrop_url",
	}))
	var rated, discovered bytes.Buffer
	for _, id := range w.sim.TMDB.Catalogue().MovieIDs() {
		m, _ := w.sim.TMDB.Catalogue().Movie(id)
		switch {
		case m.Language == "ko":
			require.NoError(w.t, korean.Write(koreanRow(m)))
		case len(m.Directors) > 0:
			w.line(&discovered, map[string]any{
				"id": id, "title": m.TitleKO, "release_date": m.Released, "runtime": m.Minutes, "directors": m.Directors,
				"vote_average": "8.2030",
			})
		default:
			w.line(&rated, map[string]any{
				"id": id, "title": m.TitleKO, "original_title": m.Original, "release_date": m.Released, "vote_average": 8.2,
				"poster_path": nil,
			})
		}
	}
	korean.Flush()
	w.file("tmdb/ko/tmdb_korean_movies_dev.csv", table.Bytes())
	w.file("tmdb/ko/tmdb_top_rated_ko-KR_dev.jsonl", rated.Bytes())
	w.file("tmdb/ko/tmdb_discover_ko-KR_directors_dev.jsonl", discovered.Bytes())
	_, page := Get(w.t, w.sim, "/3/search/movie", "query", "괴물", "language", "ko-KR")
	w.file("tmdb/ko/movie_top_rated_page1_ko-KR.json", page)
}

func koreanRow(m tmdb.Movie) []string {
	var cast []string
	for _, r := range m.Cast {
		cast = append(cast, r.Name+"("+r.Character+")")
	}
	title := m.TitleKO
	if title == "" {
		title = m.Original
	}
	return []string{
		strconv.Itoa(m.ID), title, m.Original, m.Language, m.Released, "1.5", "6.5", "9", "False", "18|53",
		strconv.Itoa(m.Minutes), m.Status, "", "0", "0", "", m.IMDBID, strings.Join(m.Companies, "|"),
		strings.Join(m.Countries, "|"), strings.Join(m.Spoken, "|"), strings.Join(cast, "|"),
		strings.Join(m.Directors, "|"), strings.Join(m.Keywords, "|"), "", "https://host/t/p/original/a.jpg", "",
	}
}

func (w *writer) line(to *bytes.Buffer, v any) {
	require.NoError(w.t, json.NewEncoder(to).Encode(v))
}

func (w *writer) series() {
	var all bytes.Buffer
	for _, id := range w.sim.TMDB.Catalogue().SeriesIDs() {
		s, _ := w.sim.TMDB.Catalogue().Serial(id)
		genre := "해외시리즈"
		if len(s.Genres) > 0 {
			genre = s.Genres[0].Name
		}
		w.line(&all, map[string]any{
			"tmdb_id": id, "name": s.NameKO + s.Original, "network": strings.Join(s.Networks, ", "), "genre": genre,
			"directors": s.Directors, "writers": s.Writers, "actors": castNames(s.Cast),
		})
	}
	w.file("tmdb/ko/korean_series_dev.jsonl", all.Bytes())
}

func castNames(cast []tmdb.Role) []string {
	names := []string{}
	for _, r := range cast {
		names = append(names, r.Name)
	}
	return names
}

// bodies writes whole bodies under the ids that were recorded, from answers about
// other records.
func (w *writer) bodies() {
	renumber := func(name, path string, id, as int, pairs ...string) {
		_, body := Get(w.t, w.sim, path, pairs...)
		old, now := `"id":`+strconv.Itoa(id)+",", `"id":`+strconv.Itoa(as)+","
		require.Contains(w.t, string(body), old)
		w.file("tmdb/"+name, bytes.Replace(body, []byte(old), []byte(now), 1))
	}
	const movie, series = 496243, 206693
	appended := []string{"append_to_response", "credits,release_dates,external_ids,keywords,images"}
	m, s := "/3/movie/"+strconv.Itoa(movie), "/3/tv/"+strconv.Itoa(series)
	renumber("recorded_2025/movie_550_append_credits_release_dates_external_ids_keywords_images.json", m, movie, 550, appended...)
	renumber("recorded_2025/movie_348_details.json", m, movie, 348)
	renumber("official_examples/movie-details.json", m, movie, 11)
	renumber("recorded_2022/movie_translations.json", m+"/translations", movie, 550)
	renumber("recorded_2022/movie_alternative_titles.json", m+"/alternative_titles", movie, 550)
	renumber("official_examples/movie-watch-providers.json", m+"/watch/providers", movie, 550)
	renumber("official_examples/movie-videos.json", m+"/videos", movie, 550)
	appended[1] = "aggregate_credits,content_ratings,credits,external_ids,keywords"
	renumber("recorded_2025/tv_1399_append_aggregate_credits_content_ratings_credits_external_ids_keywords.json", s, series, 1399, appended...)
	w.file("tmdb/recorded_2025/tv_1399_season_1_append.json", []byte(
		`{"_id":"x","air_date":null,"episodes":[{"show_id":1399}],"name":"Season 1","overview":"","id":5,`+
			`"poster_path":null,"season_number":1,"vote_average":0,"aggregate_credits":{"cast":[],"crew":[]},"credits":{"cast":[],"crew":[]}}`))
	renumber("recorded_2022/tv_detail.json", s, series, 1396)
	renumber("official_examples/tv-series-translations.json", s+"/translations", series, 1399)
	renumber("official_examples/tv-series-alternative-titles.json", s+"/alternative_titles", series, 1399)
	renumber("official_examples/tv-series-watch-providers.json", s+"/watch/providers", series, 1399)
	renumber("official_examples/tv-series-videos.json", s+"/videos", series, 1399)
}
