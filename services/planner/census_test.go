package planner

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/search"
)

// searched is a film with the answers that it has.
type searched struct {
	search.Film
	answers search.Answers
	status  string // of its match; empty without one
}

func drawSearched(t *rapid.T) searched {
	title := rapid.SampledFrom([]string{"기생충", "PARASITE", "Ｐarasite", " parasite ", "1987"})
	other := rapid.SampledFrom([]string{"", "기생충", "parasite", "Ｐarasite", "Para  site", "パラサイト"})
	year := rapid.SampledFrom([]int{0, 194, 1987, 2019, 2222})
	f := searched{answers: search.Answers{}, status: rapid.SampledFrom([]string{"", "none", "review", "matched", "banned"}).Draw(t, "status")}
	f.Film = search.Film{
		Title: title.Draw(t, "title"), TitleEn: other.Draw(t, "English"), TitleOriginal: other.Draw(t, "original"),
		ProductionYear: year.Draw(t, "made"), OpenYear: year.Draw(t, "opened"), Nation: rapid.SampledFrom([]string{"", "한국", "미국"}).Draw(t, "nation"),
	}
	for range rapid.IntRange(0, 4).Draw(t, "answered") {
		q, more := f.Next(f.answers)
		if !more {
			break
		}
		f.answers[q.Variant] = rapid.SampledFrom([]int{0, 1, search.PageSize, search.PageSize + 1}).Draw(t, string(q.Variant))
	}
	return f
}

// store puts a film into the tables, its detail only where that tells a title.
func (f searched) store(b *pgx.Batch, code string) {
	b.Queue(`INSERT INTO staging.kobis_movies (movie_cd, title, title_en, production_year, open_date, main_nation, nations, genres, directors, companies, fetched_at, raw_id, updated_at)
		VALUES ($1, $2, nullif($3, ''), nullif($4::int, 0), CASE WHEN $5::int > 0 THEN make_date($5::int, 5, 30) END, nullif($6, ''), '[]', '[]', '[]', '[]', now(), 1, now())`,
		code, f.Title, f.TitleEn, f.ProductionYear, f.OpenYear, f.Nation)
	if f.TitleOriginal != "" {
		b.Queue(`INSERT INTO staging.kobis_movie_details (movie_cd, title_original, fetched_at, raw_id, updated_at) VALUES ($1, $2, now(), 1, now())`, code, f.TitleOriginal)
	}
	for variant, hits := range f.answers {
		b.Queue(`INSERT INTO staging.tmdb_searches (movie_cd, variant, query, total_results, candidates, fetched_at, expires_at, raw_id, updated_at)
			VALUES ($1, $2, 'asked', $3, '[]', now(), now(), 1, now())`, code, variant, hits)
	}
	if f.status != "" {
		b.Queue(`INSERT INTO production.matches (movie_cd, tmdb_id, status, score, evidence, rule_version, decided_at)
			VALUES ($1, CASE WHEN $2 = 'matched' THEN 1 END, $2, 1, '{}', 1, now())`, code, f.status)
	}
}

func (f searched) open() bool { return slices.Contains([]string{"", "none", "review"}, f.status) }

// The forecast counts in SQL what the planner asks in Go.
func TestTheCensusCountsTheSearchesThatAreAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rapid.Check(t, func(rt *rapid.T) {
		films := rapid.SliceOfN(rapid.Custom(drawSearched), 1, 6).Draw(rt, "films")
		batch := &pgx.Batch{}
		batch.Queue("TRUNCATE staging.kobis_movies, staging.kobis_movie_details, staging.tmdb_searches, production.matches CASCADE")
		variants, left, made := 0, 0, 0
		for i, f := range films {
			f.store(batch, fmt.Sprintf("%08d", i))
			questions := f.Questions(f.answers)
			variants += len(questions)
			made += len(f.answers)
			for _, q := range questions {
				if _, answered := f.answers[q.Variant]; !answered && f.open() && len(f.answers) > 0 {
					left++
				}
			}
		}
		require.NoError(rt, w.db.SendBatch(t.Context(), batch).Close())
		census, err := store.New(w.db).Reports.Census(t.Context())
		require.NoError(rt, err)
		require.Equal(rt, len(films), census.Films)
		require.Equal(rt, made, census.Searches)
		require.Equal(rt, left, census.SearchesLeft)
		require.InDelta(rt, float64(variants), census.Variants*float64(len(films)), 1e-6)
	})
}
