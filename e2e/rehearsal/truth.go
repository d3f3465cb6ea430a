package rehearsal

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim/generate"
)

// shown is how many differences a failure lists.
const shown = 10

// RequireTruth compares the tables with what the sources hold at this moment,
// row by row: films, their details, the box office of the days given (YYYYMMDD),
// the matched films of TMDB and the series of Korean origin.
func (s *Stage) RequireTruth(days []string) {
	s.tb.Helper()
	s.requireRows("films", s.films(), `
		SELECT movie_cd, concat_ws('|', title, coalesce(title_en, ''), coalesce(production_year::text, ''),
		       coalesce(to_char(open_date, 'YYYYMMDD'), ''), coalesce(status_name, ''))
		FROM staging.kobis_movies WHERE missing_since IS NULL`)
	s.requireRows("details", s.details(), `
		SELECT movie_cd, CASE WHEN missing_since IS NULL
		       THEN concat_ws('|', title, coalesce(runtime_minutes::text, ''), coalesce(status_name, '')) ELSE 'missing' END
		FROM staging.kobis_movie_details`)
	s.requireRows("box office", s.boxOffice(days), `
		SELECT to_char(date, 'YYYYMMDD') || ' ' || rank, movie_cd || '|' || audience FROM staging.kobis_box_office`)
	s.requireRows("matched films of TMDB", s.movies(), `
		SELECT DISTINCT m.tmdb_id::text, CASE WHEN m.missing_since IS NULL
		       THEN concat_ws('|', m.title_original, m.runtime_minutes) ELSE 'missing' END
		FROM staging.tmdb_movies m JOIN production.matches p ON p.tmdb_id = m.tmdb_id AND p.status IN ('matched', 'pinned')`)
	s.requireRows("series", s.series(), `
		SELECT tmdb_id::text, concat_ws('|', name_original, episode_count) FROM staging.tmdb_series WHERE missing_since IS NULL`)
	require.Equal(s.tb, s.Count(`SELECT count(*) FROM staging.kobis_movies`), s.Count(`SELECT count(*) FROM production.matches`),
		"every film has a verdict")
	require.Zero(s.tb, s.Count(`SELECT count(*) FROM ops.dead_letters`))
}

// requireRows compares rows by their key.
func (s *Stage) requireRows(what string, want map[string]string, sql string) {
	s.tb.Helper()
	rows, err := s.DB.Query(s.tb.Context(), sql)
	require.NoError(s.tb, err)
	have := map[string]string{}
	var id, value string
	_, err = pgx.ForEachRow(rows, []any{&id, &value}, func() error {
		have[id] = line(strings.Split(value, "|")...)
		return nil
	})
	require.NoError(s.tb, err)
	var wrong []string
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if have[id] != want[id] {
			wrong = append(wrong, fmt.Sprintf("%s is %q, should be %q", id, have[id], want[id]))
		}
		delete(have, id)
	}
	for _, id := range slices.Sorted(maps.Keys(have)) {
		wrong = append(wrong, fmt.Sprintf("%s (%s) should not be there", id, have[id]))
	}
	require.Empty(s.tb, wrong[:min(len(wrong), shown)], "%s: %d of %d differ", what, len(wrong), len(want))
}

func (s *Stage) films() map[string]string {
	rows := map[string]string{}
	for _, f := range s.Sim.KOBIS.Catalogue().Films() {
		rows[f.Code] = line(f.Title, f.TitleEN, year(f.ProductionYear), date(f.OpenDate), f.Status)
	}
	return rows
}

func (s *Stage) details() map[string]string {
	rows := map[string]string{}
	catalogue := s.Sim.KOBIS.Catalogue()
	for _, code := range catalogue.Codes() {
		rows[code] = "missing"
		if d, ok := catalogue.Detail(code); ok {
			rows[code] = line(d.Title, d.Minutes, d.Status)
		}
	}
	return rows
}

func (s *Stage) boxOffice(days []string) map[string]string {
	rows := map[string]string{}
	for _, day := range days {
		for _, r := range s.Sim.KOBIS.Catalogue().BoxOffice(day) {
			rows[day+" "+r.Rank] = r.Code + "|" + r.Audience
		}
	}
	return rows
}

// movies are those that films are matched with; which these are is the matcher's
// affair, but most films that were made up for both sources have to be among them.
func (s *Stage) movies() map[string]string {
	s.tb.Helper()
	matched, err := s.DB.Query(s.tb.Context(), `SELECT DISTINCT tmdb_id FROM production.matches WHERE status IN ('matched', 'pinned')`)
	require.NoError(s.tb, err)
	ids, err := pgx.CollectRows(matched, pgx.RowTo[int])
	require.NoError(s.tb, err)
	rows := map[string]string{}
	catalogue := s.Sim.TMDB.Catalogue()
	for _, id := range ids {
		rows[strconv.Itoa(id)] = "missing"
		if m, ok := catalogue.Movie(id); ok {
			rows[strconv.Itoa(id)] = line(m.Original, strconv.Itoa(m.Minutes))
		}
	}
	made := slices.IndexFunc(catalogue.MovieIDs(), func(id int) bool { return id >= generate.FirstID })
	require.Greater(s.tb, 2*len(rows), catalogue.MovieCount()-made, "films of TMDB that are matched")
	return rows
}

func (s *Stage) series() map[string]string {
	rows := map[string]string{}
	catalogue := s.Sim.TMDB.Catalogue()
	for _, id := range catalogue.SeriesIDs() {
		if one, _ := catalogue.Serial(id); slices.Contains(one.Origin, "KR") {
			rows[strconv.Itoa(id)] = line(one.Original, strconv.Itoa(one.Episodes))
		}
	}
	return rows
}

// line joins values without the white space that the loader normalises.
func line(values ...string) string {
	for i, value := range values {
		values[i] = strings.Join(strings.Fields(value), " ")
	}
	return strings.Join(values, "|")
}

// year is what can be read as one.
func year(text string) string {
	if _, err := time.Parse("2006", text); err != nil {
		return ""
	}
	return text
}

// date is what can be read as one.
func date(text string) string {
	if _, err := time.Parse("20060102", text); err != nil {
		return ""
	}
	return text
}
