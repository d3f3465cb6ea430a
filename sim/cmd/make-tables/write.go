package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/table"
	"github.com/cledit/pipeline/sim/tmdb"
)

// selection is what is written.
type selection struct {
	films   []kobis.Film
	details []kobis.Detail
	days    []table.Day
	movies  []tmdb.Movie
	series  []tmdb.Series
}

// String counts the selection.
func (s selection) String() string {
	return fmt.Sprintf("%d films, %d details, %d box office rows, %d movies, %d series",
		len(s.films), len(s.details), len(s.days), len(s.movies), len(s.series))
}

// selected puts the chosen films and what belongs to them together.
func (s *source) selected() selection {
	var out selection
	wanted := map[int]bool{}
	for _, f := range s.list {
		if !s.chosen[f.Code] {
			continue
		}
		out.films = append(out.films, f)
		if d := s.details[f.Code]; d != nil {
			out.details = append(out.details, *d)
		}
		// Movies of the same name are wanted too: a search must find more than one.
		for _, id := range s.byTitle[normal(f.Title)] {
			wanted[id] = true
		}
		for _, id := range s.counterparts(f) {
			wanted[id] = true
		}
	}
	out.days = s.rankings()
	s.addSolo(wanted)
	for _, id := range s.movies.MovieIDs() {
		if wanted[id] {
			m, _ := s.movies.Movie(id)
			out.movies = append(out.movies, m)
		}
	}
	for _, id := range s.movies.SeriesIDs() {
		if t, _ := s.movies.Serial(id); t.Recorded == nil {
			out.series = append(out.series, t)
		}
	}
	return out
}

// addSolo adds movies that no chosen film asked for.
func (s *source) addSolo(wanted map[int]bool) {
	ids := slices.DeleteFunc(s.movies.MovieIDs(), func(id int) bool { return wanted[id] })
	slices.SortFunc(ids, func(a, b int) int { return strings.Compare(draw(strconv.Itoa(a)), draw(strconv.Itoa(b))) })
	for _, id := range ids[:min(soloMovies, len(ids))] {
		wanted[id] = true
	}
}

func (s *source) rankings() []table.Day {
	var rows []table.Day
	for _, day := range s.films.BoxOfficeDays() {
		rows = append(rows, tableRows(day, s.films.Ranking(day, false))...)
	}
	for _, day := range s.films.Weeks() {
		rows = append(rows, tableRows(day, s.films.Ranking(day, true))...)
	}
	return rows
}

func tableRows(day string, b kobis.BoxOffice) []table.Day {
	rows := make([]table.Day, len(b.Rows))
	for i, row := range b.Rows {
		rows[i] = table.Day{Date: day, Type: b.Type, Range: b.Range, Week: b.Week, Row: row}
	}
	return rows
}

func (s selection) write(dir string) error {
	return cmp.Or(
		writeTable(dir, "films", func(w io.Writer) error { return table.WriteFilms(w, s.films) }),
		writeTable(dir, "details", func(w io.Writer) error { return table.WriteDetails(w, s.details) }),
		writeTable(dir, "boxoffice", func(w io.Writer) error { return table.WriteDays(w, s.days) }),
		writeTable(dir, "movies", func(w io.Writer) error { return table.WriteMovies(w, s.movies) }),
		writeTable(dir, "series", func(w io.Writer) error { return table.WriteSeries(w, s.series) }),
	)
}

func writeTable(dir, name string, write func(io.Writer) error) error {
	path := filepath.Join(dir, name+".tsv")
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("creating table %s: %w", name, err)
	}
	if err := write(f); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", path, err)
	}
	return nil
}
