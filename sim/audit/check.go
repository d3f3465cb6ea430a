package audit

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

func none(sim.Truth) int64 { return 0 }

var counts = []count{
	{layer: "raw", what: "payloads", sql: `SELECT count(*) FROM raw.payloads`},
	{
		layer: "staging", what: "films", sql: `SELECT count(*) FROM staging.kobis_movies`,
		want: exactly(func(t sim.Truth) int { return t.Films }),
	},
	{
		layer: "staging", what: "film details", sql: `SELECT count(*) FROM staging.kobis_movie_details WHERE missing_since IS NULL`,
		want: exactly(func(t sim.Truth) int { return t.WithDetail }),
	},
	{
		layer: "staging", what: "details that KOBIS does not have",
		sql:  `SELECT count(*) FROM staging.kobis_movie_details WHERE missing_since IS NOT NULL`,
		want: exactly(func(t sim.Truth) int { return t.Films - t.WithDetail }),
	},
	{
		layer: "staging", what: "box office days with rows", sql: `SELECT count(*) FROM staging.kobis_box_office_days WHERE row_count > 0`,
		want: exactly(func(t sim.Truth) int { return len(t.BoxOfficeDays) }),
	},
	{
		layer: "staging", what: "box office rows", sql: `SELECT count(*) FROM staging.kobis_box_office`,
		want: exactly(func(t sim.Truth) int { return t.BoxOfficeRows }),
	},
	{
		layer: "staging", what: "films searched in TMDB", sql: `SELECT count(DISTINCT movie_cd) FROM staging.tmdb_searches`,
		want: exactly(func(t sim.Truth) int { return t.Films }),
	},
	{layer: "staging", what: "TMDB films", sql: `SELECT count(*) FROM staging.tmdb_movies WHERE missing_since IS NULL`},
	{
		layer: "staging", what: "TMDB series", sql: `SELECT count(*) FROM staging.tmdb_series WHERE missing_since IS NULL`,
		want: exactly(func(t sim.Truth) int { return t.KoreanSeries }),
	},
	{
		layer: "staging", what: "TMDB seasons of series with several",
		sql:  `SELECT count(*) FROM staging.tmdb_seasons WHERE missing_since IS NULL`,
		want: exactly(func(t sim.Truth) int { return t.Seasons }),
	},
	{
		layer: "staging", what: "people of KOBIS", sql: `SELECT count(*) FROM staging.kobis_people`,
		want: exactly(func(t sim.Truth) int { return t.People }),
	},
	{
		layer: "production", what: "films and their editions", sql: `SELECT count(*) FROM production.editions`,
		want: exactly(func(t sim.Truth) int { return t.Films }),
	},
	{layer: "production", what: "titles of films", sql: `SELECT count(*) FROM production.titles WHERE kind = 'movie'`},
	{
		layer: "production", what: "titles without exactly one main edition",
		sql: `SELECT count(*) FROM production.titles t WHERE t.kind = 'movie'
			AND (SELECT array_agg(e.movie_cd) FROM production.editions e WHERE e.title_id = t.id AND e.is_main)
				IS DISTINCT FROM ARRAY[t.kobis_movie_cd]`,
		want: none,
	},
	{
		layer: "production", what: "titles of series", sql: `SELECT count(*) FROM production.titles WHERE kind = 'series'`,
		want: exactly(func(t sim.Truth) int { return t.KoreanSeries }),
	},
	{
		layer: "production", what: "verdicts on films", sql: `SELECT count(*) FROM production.matches`,
		want: exactly(func(t sim.Truth) int { return t.Films }),
	},
	{layer: "production", what: "matched films", sql: `SELECT count(*) FROM production.matches WHERE status = 'matched'`},
	{
		layer: "production", what: "matched films without TMDB's fields",
		sql: `SELECT count(*) FROM production.matches m
			LEFT JOIN production.editions e ON e.movie_cd = m.movie_cd
			LEFT JOIN production.titles t ON t.id = e.title_id
			LEFT JOIN staging.tmdb_movies s ON s.tmdb_id = m.tmdb_id
			WHERE m.status IN ('matched', 'pinned') AND (s.tmdb_id IS NULL
				OR (t.tmdb_id, t.poster_path) IS DISTINCT FROM (s.tmdb_id, s.poster_path))`,
		want: none,
	},
	{layer: "production", what: "credits", sql: `SELECT count(*) FROM production.credits`},
	{layer: "production", what: "credits that KOBIS has", sql: `SELECT count(*) FROM production.credits WHERE source = 'kobis'`},
	{
		layer: "production", what: "of these, with a person of KOBIS",
		sql: `SELECT count(*) FROM production.credits WHERE source = 'kobis' AND kobis_people_cd IS NOT NULL`,
	},
	{layer: "production", what: "people", sql: `SELECT count(*) FROM production.people`},
	{
		layer: "production", what: "people of series",
		sql: `SELECT count(DISTINCT c.person_id) FROM production.credits c
			JOIN production.titles t ON t.id = c.title_id WHERE t.kind = 'series'`,
		want: exactly(func(t sim.Truth) int { return t.SeriesPeople }),
	},
	{
		layer: "production", what: "people credited by both sources under two names",
		sql: `SELECT count(*) FROM production.credits c JOIN production.people p ON p.id = c.person_id
			WHERE c.merged_by = 'name' AND c.name_ko IS DISTINCT FROM p.name_ko AND replace(c.name_ko, ' ', '') <> replace(p.name_ko, ' ', '')`,
		want: none,
	},
	{layer: "production", what: "companies", sql: `SELECT count(*) FROM production.companies`},
	{
		layer: "production", what: "box office rows", sql: `SELECT count(*) FROM production.box_office`,
		want: exactly(func(t sim.Truth) int { return t.BoxOfficeRows }),
	},
	{layer: "ops", what: "titles waiting to be derived", sql: `SELECT count(*) FROM ops.stale_titles`, want: none},
	{layer: "ops", what: "dead letters", sql: `SELECT count(*) FROM ops.dead_letters WHERE resolved_at IS NULL`, want: none},
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
	if truth == nil || truth.Registered == nil {
		return checks, nil
	}
	wrong, err := wrongPeople(ctx, conn, truth.Registered)
	return append(checks, wrong), err
}
