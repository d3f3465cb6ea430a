package recorded

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cledit/pipeline/sim/tmdb"
)

// loadTMDB reads the tables from the oldest to the newest: what a newer one says
// stands above the older.
func loadTMDB(dir string, catalogue *tmdb.Catalogue) error {
	movies := map[int]*tmdb.Movie{}
	for _, read := range []func(string, map[int]*tmdb.Movie) error{readTopPage, readDiscovered, readTopRated, readKorean, readMovieBodies} {
		if err := read(dir, movies); err != nil {
			return err
		}
	}
	ordered := make([]tmdb.Movie, 0, len(movies))
	for _, id := range slices.Sorted(maps.Keys(movies)) {
		m := movies[id]
		settle(m)
		ordered = append(ordered, *m)
	}
	catalogue.LoadMovies(ordered)
	series, err := readSeries(dir)
	if err != nil {
		return err
	}
	catalogue.LoadSeries(series)
	return nil
}

// settle draws the conclusions that always hold: a Korean title that equals the
// original is not a translation, and a title in Hangul or kana tells its language.
func settle(m *tmdb.Movie) {
	if m.TitleKO == m.Original {
		m.TitleKO = ""
	}
	if m.Language == "" {
		m.Language = languageOf(m.Original)
	}
}

func languageOf(title string) string {
	for _, r := range title {
		switch {
		case unicode.Is(unicode.Hangul, r):
			return "ko"
		case unicode.Is(unicode.Hiragana, r), unicode.Is(unicode.Katakana, r):
			return "ja"
		}
	}
	return ""
}

func at(movies map[int]*tmdb.Movie, id int) *tmdb.Movie {
	if movies[id] == nil {
		movies[id] = &tmdb.Movie{ID: id}
	}
	return movies[id]
}

// set replaces a value by one that is known.
func set[T comparable](old *T, value T) {
	var unknown T
	if value != unknown {
		*old = value
	}
}

// row is a list item, from the API or from a table made of such.
type row struct {
	ID               int     `json:"id"`
	Title            string  `json:"title"`
	OriginalTitle    string  `json:"original_title"`
	OriginalLanguage string  `json:"original_language"`
	ReleaseDate      string  `json:"release_date"`
	GenreIDs         []int   `json:"genre_ids"`
	Overview         string  `json:"overview"`
	PosterPath       string  `json:"poster_path"`
	BackdropPath     string  `json:"backdrop_path"`
	VoteAverage      loosely `json:"vote_average"`
	Popularity       loosely `json:"popularity"`
	VoteCount        int     `json:"vote_count"`
	Adult            bool    `json:"adult"`
	// These are in one of the tables alone.
	OriginCountry string   `json:"origin_country"`
	Runtime       int      `json:"runtime"`
	Directors     []string `json:"directors"`
}

// loosely is a number, or a number in quotes.
type loosely float64

// UnmarshalJSON reads both forms.
func (l *loosely) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err != nil {
		return fmt.Errorf("reading the number %s: %w", text, err)
	}
	*l = loosely(f)
	return nil
}

func (r row) into(m *tmdb.Movie) {
	set(&m.TitleKO, r.Title)
	set(&m.Original, r.OriginalTitle)
	set(&m.Language, r.OriginalLanguage)
	set(&m.Released, r.ReleaseDate)
	set(&m.Overview, r.Overview)
	set(&m.Poster, r.PosterPath)
	set(&m.Backdrop, r.BackdropPath)
	set(&m.VoteAverage, float64(r.VoteAverage))
	set(&m.Popularity, float64(r.Popularity))
	set(&m.VoteCount, r.VoteCount)
	set(&m.Adult, r.Adult)
	set(&m.Minutes, r.Runtime)
	if len(r.GenreIDs) > 0 {
		m.Genres = r.GenreIDs
	}
	if len(r.Directors) > 0 {
		m.Directors = r.Directors
	}
	if r.OriginCountry != "" {
		m.Origin = []string{r.OriginCountry}
	}
}

func readTopPage(dir string, movies map[int]*tmdb.Movie) error {
	var page struct {
		Results []row `json:"results"`
	}
	if err := readJSON(filepath.Join(dir, "ko", "movie_top_rated_page1_ko-KR.json"), &page); err != nil {
		return err
	}
	for _, r := range page.Results {
		r.into(at(movies, r.ID))
	}
	return nil
}

func readTopRated(dir string, movies map[int]*tmdb.Movie) error {
	return eachLine(filepath.Join(dir, "ko", "tmdb_top_rated_ko-KR_dev.jsonl"), func(r row) { r.into(at(movies, r.ID)) })
}

func readDiscovered(dir string, movies map[int]*tmdb.Movie) error {
	return eachLine(filepath.Join(dir, "ko", "tmdb_discover_ko-KR_directors_dev.jsonl"), func(r row) { r.into(at(movies, r.ID)) })
}

func eachLine[T any](path string, use func(T)) error {
	text, err := readFile(path)
	if err != nil {
		return err
	}
	for n, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			return fmt.Errorf("reading line %d of %s: %w", n+1, path, err)
		}
		use(v)
	}
	return nil
}

// readKorean reads the table of Korean films.
func readKorean(dir string, movies map[int]*tmdb.Movie) error {
	path := filepath.Join(dir, "ko", "tmdb_korean_movies_dev.csv")
	text, err := readFile(path)
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	for n, fields := range rows[1:] {
		line := map[string]string{}
		for i, name := range rows[0] {
			line[name] = fields[i]
		}
		id, err := strconv.Atoi(line["tmdb_id"])
		if err != nil {
			return fmt.Errorf("%w: row %d of %s: %w", ErrRow, n+1, path, err)
		}
		korean(at(movies, id), line)
	}
	return nil
}

func korean(m *tmdb.Movie, line map[string]string) {
	set(&m.IMDBID, line["imdb_id"])
	set(&m.TitleKO, line["title"])
	set(&m.Original, line["original_title"])
	set(&m.Language, line["original_language"])
	set(&m.Released, line["release_date"])
	set(&m.Status, line["status"])
	set(&m.Tagline, line["tagline"])
	set(&m.Overview, line["overview"])
	set(&m.Homepage, line["homepage"])
	set(&m.Minutes, number(line["runtime"]))
	set(&m.Budget, number(line["budget"]))
	set(&m.Revenue, number(line["revenue"]))
	set(&m.VoteCount, number(line["vote_count"]))
	set(&m.Popularity, decimal(line["popularity"]))
	set(&m.VoteAverage, decimal(line["vote_average"]))
	set(&m.Adult, line["adult"] == "True")
	set(&m.Poster, imagePath(line["poster_url"]))
	set(&m.Backdrop, imagePath(line["backdrop_url"]))
	m.Companies, m.Countries = parts(line["production_companies"]), parts(line["production_countries"])
	m.Spoken, m.Keywords = parts(line["spoken_languages"]), parts(line["keywords"])
	m.Directors, m.Cast, m.Genres = parts(line["directors"]), roles(line["cast"]), nil
	for _, id := range parts(line["genre_ids"]) {
		m.Genres = append(m.Genres, number(id))
	}
}

func parts(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "|")
}

// roles reads "name(character)|name".
func roles(text string) []tmdb.Role {
	var cast []tmdb.Role
	for _, one := range parts(text) {
		name, character, _ := strings.Cut(one, "(")
		cast = append(cast, tmdb.Role{Name: strings.TrimSpace(name), Character: strings.TrimSuffix(character, ")")})
	}
	return cast
}

// imagePath keeps the path of an image's address.
func imagePath(address string) string {
	i := strings.LastIndexByte(address, '/')
	if i < 0 {
		return ""
	}
	return address[i:]
}

// number and decimal read what can be read; anything else is unknown.
func number(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

func decimal(text string) float64 {
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

type seriesRow struct {
	ID        int      `json:"tmdb_id"`
	Name      string   `json:"name"`
	Network   string   `json:"network"`
	Genre     string   `json:"genre"`
	Directors []string `json:"directors"`
	Writers   []string `json:"writers"`
	Actors    []string `json:"actors"`
}

// seriesGenres are TMDB's numbers of the genres that a Korean streaming service
// names; the others have none that would say the same.
var seriesGenres = map[string]int{"드라마": 18, "애니메이션": 16, "키즈": 10762}

// domestic are the genres under which that service lists Korean series alone.
var domestic = map[string]bool{"드라마": true, "예능": true, "시사교양": true}

func readSeries(dir string) ([]tmdb.Series, error) {
	var all []tmdb.Series
	err := eachLine(filepath.Join(dir, "ko", "korean_series_dev.jsonl"), func(r seriesRow) {
		all = append(all, r.series())
	})
	if err != nil {
		return nil, err
	}
	bodies, err := readSeriesBodies(dir)
	if err != nil {
		return nil, err
	}
	all = append(all, bodies...)
	shelve(all)
	return all, nil
}

func (r seriesRow) series() tmdb.Series {
	s := tmdb.Series{ID: r.ID, NameKO: r.Name, Directors: r.Directors, Writers: r.Writers}
	for name := range strings.SplitSeq(r.Network, ",") {
		if name = strings.TrimSpace(name); name != "" {
			s.Networks = append(s.Networks, name)
		}
	}
	for _, name := range r.Actors {
		s.Cast = append(s.Cast, tmdb.Role{Name: name})
	}
	if domestic[r.Genre] {
		s.Origin, s.Language, s.Original, s.NameKO = []string{"KR"}, "ko", r.Name, ""
	}
	// 해외시리즈 says where a series is from, not what it is.
	if r.Genre != "" && r.Genre != "해외시리즈" {
		s.Genres = []tmdb.Genre{{ID: seriesGenres[r.Genre], Name: r.Genre}}
	}
	return s
}

// shelve spreads series without a date evenly over the years 2000 to 2024, in the
// order of their ids, in which they came to TMDB. See tmdb.Series.Shelf.
func shelve(series []tmdb.Series) {
	slices.SortFunc(series, func(a, b tmdb.Series) int { return a.ID - b.ID })
	var undated []*tmdb.Series
	for i := range series {
		if series[i].FirstAired == "" {
			undated = append(undated, &series[i])
		}
	}
	first := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
	const days = 25 * 365
	for i, s := range undated {
		s.Shelf = first.AddDate(0, 0, i*days/len(undated)).Format(time.DateOnly)
	}
}
