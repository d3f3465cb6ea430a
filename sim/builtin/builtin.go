// Package builtin is the catalogue that the binary carries: facts about some two
// thousand real films and two hundred series, as tables of package table.
//
// The films are chosen so that every peculiarity of the sources' data occurs.
// Some have no detail, and some no counterpart at TMDB; nothing is made up. The
// tables are written by cmd/make-tables from a folder of recorded bodies.
package builtin

import (
	"embed"
	"fmt"

	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/table"
	"github.com/cledit/pipeline/sim/tmdb"
)

//go:generate go run ../cmd/make-tables --out tables

//go:embed tables/*.tsv
var files embed.FS

// Load puts the built-in records into both catalogues. It fails only when a
// table is damaged, and names it.
func Load(films *kobis.Catalogue, movies *tmdb.Catalogue) error {
	list, err := open("films", table.ReadFilms)
	if err != nil {
		return err
	}
	films.Load(list)
	details, err := open("details", table.ReadDetails)
	if err != nil {
		return err
	}
	for _, d := range details {
		films.SetDetail(d)
	}
	days, err := open("boxoffice", table.ReadDays)
	if err != nil {
		return err
	}
	loadDays(films, days)
	return loadTMDB(movies)
}

func loadTMDB(movies *tmdb.Catalogue) error {
	list, err := open("movies", table.ReadMovies)
	if err != nil {
		return err
	}
	movies.LoadMovies(list)
	series, err := open("series", table.ReadSeries)
	if err != nil {
		return err
	}
	movies.LoadSeries(series)
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
