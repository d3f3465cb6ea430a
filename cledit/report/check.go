package report

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/sim"
)

// Check is one count of the tables, beside the source's own where it has one.
type Check struct {
	Layer  string `json:"layer"`
	What   string `json:"what"`
	Landed int64  `json:"landed"`
	Source *int64 `json:"source,omitempty"` // nil: shown, not compared
	OK     bool   `json:"ok"`
}

// Complete says whether every compared count is right.
func Complete(checks []Check) bool {
	for _, c := range checks {
		if !c.OK {
			return false
		}
	}
	return true
}

// count is a query of one number and what it must be.
type count struct {
	layer, what, sql string
	want             func(sim.Truth) int64 // nil: must not be zero
}

func exactly(f func(sim.Truth) int) func(sim.Truth) int64 {
	return func(t sim.Truth) int64 { return int64(f(t)) }
}

var counts = []count{
	{"raw", "payloads", `SELECT count(*) FROM raw.payloads`, nil},
	{"staging", "films", `SELECT count(*) FROM staging.kobis_movies`, exactly(func(t sim.Truth) int { return t.Films })},
	{"staging", "film details", `SELECT count(*) FROM staging.kobis_movie_details WHERE missing_since IS NULL`, exactly(func(t sim.Truth) int { return t.WithDetail })},
	{"staging", "tombstones of details", `SELECT count(*) FROM staging.kobis_movie_details WHERE missing_since IS NOT NULL`, exactly(func(t sim.Truth) int { return t.Films - t.WithDetail })},
	{"staging", "box office days with rows", `SELECT count(*) FROM staging.kobis_box_office_days WHERE row_count > 0`, exactly(func(t sim.Truth) int { return len(t.BoxOfficeDays) })},
	{"staging", "box office rows", `SELECT count(*) FROM staging.kobis_box_office`, exactly(func(t sim.Truth) int { return t.BoxOfficeRows })},
	{"staging", "films searched in TMDB", `SELECT count(DISTINCT movie_cd) FROM staging.tmdb_searches`, exactly(func(t sim.Truth) int { return t.Films })},
	{"staging", "TMDB films", `SELECT count(*) FROM staging.tmdb_movies WHERE missing_since IS NULL`, nil},
	{"staging", "TMDB series", `SELECT count(*) FROM staging.tmdb_series WHERE missing_since IS NULL`, exactly(func(t sim.Truth) int { return t.KoreanSeries })},
	{"production", "titles of films", `SELECT count(*) FROM production.titles WHERE kind = 'movie'`, exactly(func(t sim.Truth) int { return t.Films })},
	{"production", "titles of series", `SELECT count(*) FROM production.titles WHERE kind = 'series'`, exactly(func(t sim.Truth) int { return t.KoreanSeries })},
	{"production", "verdicts on films", `SELECT count(*) FROM production.matches`, exactly(func(t sim.Truth) int { return t.Films })},
	{"production", "matched films", `SELECT count(*) FROM production.matches WHERE status = 'matched'`, nil},
	{"production", "matched films that lack TMDB's fields", `SELECT count(*) FROM production.titles t JOIN production.matches m ON m.movie_cd = t.kobis_movie_cd
		WHERE m.status IN ('matched', 'pinned') AND t.tmdb_id IS DISTINCT FROM m.tmdb_id`, func(sim.Truth) int64 { return 0 }},
	{"production", "credits", `SELECT count(*) FROM production.credits`, nil},
	{"production", "people", `SELECT count(*) FROM production.people`, nil},
	{"production", "companies", `SELECT count(*) FROM production.companies`, nil},
	{"production", "box office rows", `SELECT count(*) FROM production.box_office`, exactly(func(t sim.Truth) int { return t.BoxOfficeRows })},
	{"ops", "titles waiting to be derived", `SELECT count(*) FROM ops.stale_titles`, func(sim.Truth) int64 { return 0 }},
	{"ops", "dead letters", `SELECT count(*) FROM ops.dead_letters WHERE resolved_at IS NULL`, func(sim.Truth) int64 { return 0 }},
}

// Checks counts the tables. truth is nil when the sources are the real ones:
// then nothing is compared.
func Checks(ctx context.Context, conn *pgx.Conn, truth *sim.Truth) ([]Check, error) {
	checks := make([]Check, 0, len(counts))
	for _, c := range counts {
		check := Check{Layer: c.layer, What: c.what, OK: true}
		if err := conn.QueryRow(ctx, c.sql).Scan(&check.Landed); err != nil {
			return nil, fmt.Errorf("counting %s in %s: %w", c.what, c.layer, err)
		}
		switch {
		case truth == nil:
		case c.want == nil:
			check.OK = check.Landed > 0
		default:
			want := c.want(*truth)
			check.Source, check.OK = &want, check.Landed == want
		}
		checks = append(checks, check)
	}
	return checks, nil
}
