// Package builtin is the catalogue that the binary carries: facts about some two
// thousand real films and two hundred series, as tables of package table.
//
// The films are chosen so that every peculiarity of the sources' data occurs.
// Some have no detail, and some no counterpart at TMDB; nothing is made up. The
// tables are written by cmd/make-tables from a folder of recorded bodies.
package builtin

import (
	"embed"
	"errors"
	"fmt"
	"sync"

	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/table"
	"github.com/cledit/pipeline/sim/tmdb"
)

//go:generate go run ../cmd/make-tables --out tables

//go:embed tables/*.tsv
var files embed.FS

// records are all tables. They are read once: catalogues share them, and replace
// what they change.
type records struct {
	films   []kobis.Film
	details []kobis.Detail
	days    []table.Day
	movies  []tmdb.Movie
	series  []tmdb.Series
}

var read = sync.OnceValues(func() (r records, err error) {
	var errs [5]error
	r.films, errs[0] = open("films", table.ReadFilms)
	r.details, errs[1] = open("details", table.ReadDetails)
	r.days, errs[2] = open("boxoffice", table.ReadDays)
	r.movies, errs[3] = open("movies", table.ReadMovies)
	r.series, errs[4] = open("series", table.ReadSeries)
	return r, errors.Join(errs[:]...)
})

// Load puts the built-in records into both catalogues. It fails only when a
// table is damaged, and names it.
func Load(films *kobis.Catalogue, movies *tmdb.Catalogue) error {
	r, err := read()
	if err != nil {
		return err
	}
	films.Load(r.films)
	for _, d := range r.details {
		films.SetDetail(d)
	}
	loadDays(films, r.days)
	movies.LoadMovies(r.movies)
	movies.LoadSeries(r.series)
	return nil
}

func open[T any](name string, read func(string) ([]T, error)) ([]T, error) {
	text, err := files.ReadFile("tables/" + name + ".tsv")
	if err != nil {
		return nil, fmt.Errorf("opening the built-in table %s: %w", name, err)
	}
	records, err := read(string(text))
	if err != nil {
		return nil, fmt.Errorf("reading the built-in table %s: %w", name, err)
	}
	return records, nil
}

// loadDays puts rows that follow each other together to rankings.
func loadDays(films *kobis.Catalogue, rows []table.Day) {
	for start := 0; start < len(rows); {
		first := rows[start]
		b := kobis.BoxOffice{Type: first.Type, Range: first.Range, Week: first.Week}
		end := start
		for ; end < len(rows) && rows[end].Date == first.Date && rows[end].Week == first.Week; end++ {
			b.Rows = append(b.Rows, rows[end].Row)
		}
		if b.Week == "" {
			films.SetBoxOffice(first.Date, b)
		} else {
			films.SetWeekly(first.Date, b)
		}
		start = end
	}
}
