package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"

	"github.com/cledit/pipeline/services/loader/record"
)

// film is one film as both sources have it.
type film struct {
	title  string
	detail record.KobisMovieDetail
	movie  record.TmdbMovie
}

type kobisFilm struct {
	MovieNm, OpenDt, PrdtYear string
	Directors                 []struct{ PeopleNm, PeopleNmEn string }
	Actors                    []struct{ PeopleNm, PeopleNmEn, Cast string }
}

func unzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(z); err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return b.Bytes(), nil
}

// plain is a title's letters and digits, in lower case.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func year(s string) int {
	if len(s) < 4 {
		return 0
	}
	n, err := strconv.Atoi(s[:4])
	if err != nil {
		return 0
	}
	return n
}

func near(a, b int) bool { return a != 0 && b != 0 && a-b <= 1 && b-a <= 1 }

// only is the one film of a title and about a year, nil where there are none or
// several.
func only(films []kobisFilm, released string) *kobisFilm {
	var found *kobisFilm
	for i := range films {
		if near(year(films[i].OpenDt), year(released)) || near(year(films[i].PrdtYear), year(released)) {
			if found != nil {
				return nil
			}
			found = &films[i]
		}
	}
	return found
}

func detailOf(k *kobisFilm) record.KobisMovieDetail {
	d := record.KobisMovieDetail{Found: true}
	for _, p := range k.Directors {
		d.Directors = append(d.Directors, record.KobisDirector{Name: p.PeopleNm, NameEn: p.PeopleNmEn})
	}
	for _, p := range k.Actors {
		d.Actors = append(d.Actors, record.KobisActor{Name: p.PeopleNm, NameEn: p.PeopleNmEn, Character: p.Cast})
	}
	return d
}

// readFilms pairs Korean films that have a cast at both sources, by title and year.
func readFilms(dir string) ([]film, error) {
	lines, err := unzip(filepath.Join(dir, "kobis", "searchMovieInfo_mymovieproject_6171.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	byTitle := make(map[string][]kobisFilm)
	scan := bufio.NewScanner(bytes.NewReader(lines))
	scan.Buffer(nil, 1<<24)
	for scan.Scan() {
		var body struct{ MovieInfoResult struct{ MovieInfo kobisFilm } }
		if err := json.Unmarshal(scan.Bytes(), &body); err != nil {
			return nil, fmt.Errorf("reading a detail: %w", err)
		}
		k := body.MovieInfoResult.MovieInfo
		byTitle[plain(k.MovieNm)] = append(byTitle[plain(k.MovieNm)], k)
	}
	text, err := os.ReadFile(filepath.Join(dir, "tmdb", "ko", "tmdb_korean_movies_dev.csv"))
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reading the table of films: %w", err)
	}
	at := make(map[string]int)
	for i, name := range rows[0] {
		at[name] = i
	}
	var films []film
	for _, row := range rows[1:] {
		if k := only(byTitle[plain(row[at["title"]])], row[at["release_date"]]); k != nil && row[at["cast"]] != "" {
			films = append(
				films,
				film{row[at["title"]], detailOf(k), movieOf(strings.Split(row[at["cast"]], "|"), strings.Split(row[at["directors"]], "|"))},
			)
		}
	}
	return films, nil
}

func movieOf(cast, directors []string) record.TmdbMovie {
	m := record.TmdbMovie{TmdbWork: record.TmdbWork{Found: true}}
	for _, part := range cast {
		name, character, _ := strings.Cut(part, "(")
		m.Cast = append(m.Cast, record.TmdbCast{
			TmdbPerson: record.TmdbPerson{ID: int32(len(m.Cast) + 1), Name: strings.TrimSpace(name)}, Character: strings.TrimSuffix(character, ")"),
		})
	}
	for _, name := range directors {
		if name != "" {
			m.Crew = append(m.Crew, record.TmdbCrew{
				TmdbPerson: record.TmdbPerson{ID: int32(len(m.Crew) + 1_000_000), Name: name}, Department: "Directing", Job: "Director",
			})
		}
	}
	return m
}

// readDirected pairs films, most of them foreign, that have one director at either
// source.
func readDirected(dir string) ([]film, error) {
	byTitle := make(map[string][]kobisFilm)
	for page := 1; page <= 7; page++ {
		text, err := unzip(filepath.Join(dir, "kobis", fmt.Sprintf("searchMovieList_2018-01_full_p%d.json.gz", page)))
		if err != nil {
			return nil, err
		}
		var body struct {
			MovieListResult struct{ MovieList []kobisFilm }
		}
		if err := json.Unmarshal(text, &body); err != nil {
			return nil, fmt.Errorf("reading page %d of the list: %w", page, err)
		}
		for _, k := range body.MovieListResult.MovieList {
			byTitle[plain(k.MovieNm)] = append(byTitle[plain(k.MovieNm)], k)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "tmdb", "ko", "tmdb_discover_ko-KR_directors_dev.jsonl"))
	if err != nil {
		return nil, err
	}
	var films []film
	for line := range bytes.Lines(text) {
		var m struct {
			Title, Release string
			ReleaseDate    string   `json:"release_date"`
			Directors      []string `json:"directors"`
		}
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("reading the directors: %w", err)
		}
		k := only(byTitle[plain(m.Title)], m.ReleaseDate)
		if k != nil && len(k.Directors) == 1 && len(m.Directors) == 1 {
			films = append(films, film{m.Title, detailOf(k), movieOf(nil, m.Directors)})
		}
	}
	return films, nil
}
