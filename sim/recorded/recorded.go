// Package recorded reads a folder of recorded bodies into the catalogues.
//
// The folder has two parts. kobis/ holds lists of films (of the years 2021 to
// 2024, and the whole catalogue of January 2018), details one a line, and box
// office days; tmdb/ holds tables of Korean fields under ko/ and whole bodies
// under recorded_2025/, recorded_2022/ and official_examples/. A file ending in
// .gz is gzip. Whatever is an answer of the API is kept as its bytes; what is a
// table becomes facts, from which answers are made.
//
// A file that is missing or can't be read is an error which names it.
package recorded

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
)

// The choices of films that are listed.
const (
	// Recent are the films that opened from 2021 to 2024.
	Recent = "2021-2024"
	// Whole2018 is the whole catalogue of January 2018.
	Whole2018 = "2018"
	// All is Recent, and behind it what only Whole2018 has.
	All = "all"
)

// Load reads the folder dir. The catalogue is one of the choices above; empty
// means Recent. ErrCatalogue is returned for any other.
func Load(dir, catalogue string, films *kobis.Catalogue, movies *tmdb.Catalogue) error {
	if catalogue == "" {
		catalogue = Recent
	}
	if catalogue != Recent && catalogue != Whole2018 && catalogue != All {
		return fmt.Errorf("%w: %q", ErrCatalogue, catalogue)
	}
	k := filepath.Join(dir, "kobis")
	if catalogue != Whole2018 {
		if err := loadYears(k, films); err != nil {
			return err
		}
	}
	if catalogue != Recent {
		if err := loadWhole(k, films); err != nil {
			return err
		}
	}
	if err := loadDetails(k, films); err != nil {
		return err
	}
	if err := loadBoxOffice(k, films); err != nil {
		return err
	}
	return loadTMDB(filepath.Join(dir, "tmdb"), movies)
}

// loadYears reads one list per year of opening. The latest year comes first: the
// order inside a year is recorded, that between years is not.
func loadYears(dir string, films *kobis.Catalogue) error {
	paths, err := matching(dir, "searchMovieList_opened_*_merged.json.gz")
	if err != nil {
		return err
	}
	for _, path := range slices.Backward(paths) {
		var year struct {
			MovieList []kobis.FilmJSON `json:"movieList"`
		}
		if err := readJSON(path, &year); err != nil {
			return err
		}
		films.Load(filmsOf(year.MovieList))
	}
	return nil
}

func loadWhole(dir string, films *kobis.Catalogue) error {
	paths, err := matching(dir, "searchMovieList_2018-01_full_p*.json.gz")
	if err != nil {
		return err
	}
	for _, path := range paths {
		var page struct {
			MovieListResult struct {
				MovieList []kobis.FilmJSON `json:"movieList"`
			} `json:"movieListResult"`
		}
		if err := readJSON(path, &page); err != nil {
			return err
		}
		films.Load(filmsOf(page.MovieListResult.MovieList))
	}
	return nil
}

func filmsOf(rows []kobis.FilmJSON) []kobis.Film {
	films := make([]kobis.Film, len(rows))
	for i, row := range rows {
		films[i] = row.Film()
	}
	return films
}

// loadDetails reads one body a line. Some were kept without the source that the
// API puts behind movieInfo; it is put back.
func loadDetails(dir string, films *kobis.Catalogue) error {
	paths, err := matching(dir, "searchMovieInfo_*.jsonl.gz")
	if err != nil {
		return err
	}
	for _, path := range paths {
		text, err := readFile(path)
		if err != nil {
			return err
		}
		for n, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
			code, err := detailCode(line)
			if err != nil {
				return fmt.Errorf("reading line %d of %s: %w", n+1, path, err)
			}
			films.SetDetailBody(code, withSource(line))
		}
	}
	return nil
}

func detailCode(body []byte) (string, error) {
	var detail struct {
		MovieInfoResult struct {
			MovieInfo struct {
				MovieCd string `json:"movieCd"`
			} `json:"movieInfo"`
		} `json:"movieInfoResult"`
	}
	if err := json.Unmarshal(body, &detail); err != nil {
		return "", fmt.Errorf("decoding a detail: %w", err)
	}
	if detail.MovieInfoResult.MovieInfo.MovieCd == "" {
		return "", kobis.ErrNotDetail
	}
	return detail.MovieInfoResult.MovieInfo.MovieCd, nil
}

func withSource(body []byte) []byte {
	const source = `,"source":"영화진흥위원회"}}`
	if bytes.HasSuffix(body, []byte(source)) {
		return body
	}
	return append(bytes.TrimSuffix(bytes.Clone(body), []byte("}}")), source...)
}

func loadBoxOffice(dir string, films *kobis.Catalogue) error {
	for prefix, set := range map[string]func(string, kobis.BoxOffice){
		"searchDailyBoxOfficeList_": films.SetBoxOffice, "searchWeeklyBoxOfficeList_": films.SetWeekly,
	} {
		paths, err := matching(dir, prefix+"*.json")
		if err != nil {
			return err
		}
		for _, path := range paths {
			body, err := readFile(path)
			if err != nil {
				return err
			}
			b, err := kobis.DecodeBoxOffice(body)
			if err != nil {
				return fmt.Errorf("reading %s: %w", path, err)
			}
			day := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), prefix), ".json")
			set(day, b)
		}
	}
	return nil
}

// matching gives the paths of a pattern in order; none is an error.
func matching(dir, pattern string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return nil, fmt.Errorf("looking for %s: %w", pattern, err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%w: %s in %s", ErrMissing, pattern, dir)
	}
	return paths, nil
}

func readJSON(path string, into any) error {
	text, err := readFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("decoding %s: %w", path, err)
	}
	return nil
}

// readFile reads a file, through gzip where it ends in .gz.
func readFile(path string) ([]byte, error) {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a recording: %w", err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return body, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", path, err)
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", path, err)
	}
	return text, nil
}
