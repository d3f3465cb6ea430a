package e2e_test

import (
	"os"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/rehearsal"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/services/planner"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/recorded"
)

// Drift of a crawl: before every fifth page a film is edited, which moves it to
// page 1, and before every tenth another appears there.
var crawlDrift = kobis.Drift{Edits: 0.2, Adds: 0.1, Seed: 3}

// TestCatalogueIsReadWithoutHolesWhileItDrifts reads a list of all films that
// moves while it is read.
func TestCatalogueIsReadWithoutHolesWhileItDrifts(t *testing.T) {
	t.Parallel()
	requireCrawl(t, sim.Options{Generate: generate.Options{Alone: true, Films: 1500, Seed: 5}, KOBIS: kobis.Options{Drift: crawlDrift}}, "1989")
}

// BenchmarkCatalogue is the same with a whole catalogue: that of January 2018, as it
// was recorded in the folder CLEDIT_DATA, or made-up films, as many.
func BenchmarkCatalogue(b *testing.B) {
	source := sim.Options{Generate: generate.Options{Alone: true, Films: 63_069, Seed: 5}}
	if data := os.Getenv("CLEDIT_DATA"); data != "" {
		source = sim.Options{Data: data, Catalogue: recorded.Whole2018}
	}
	source.KOBIS.Drift = crawlDrift
	for b.Loop() {
		requireCrawl(b, source, "1919")
	}
}

// detailsWatched are how many details tell the order in which they are asked for.
const detailsWatched = 5000

// requireCrawl reads the catalogue: nothing is missing at the end, few pages are
// read twice, and details are asked for newest first.
func requireCrawl(tb testing.TB, source sim.Options, from string) {
	tb.Helper()
	s := rehearsal.New(tb, rehearsal.Options{
		Start: time.Date(2026, time.March, 2, 0, 30, 0, 0, time.UTC), DailyQuota: 100_000, Sim: source,
		Env: map[string]string{"BACKFILL_FROM_YEAR": from, "BACKFILL_TO_YEAR": "2026", "PLANNER_HIGH_WATER": "500"},
	})
	details := listen(tb, s)
	films := len(s.Sim.Codes())
	started := time.Now()
	s.Start(rehearsal.Planner, rehearsal.KOBIS, rehearsal.Loader)
	s.Until(func(planner.Status) bool { return details.count() >= min(films/2, detailsWatched) })
	seconds := time.Since(started).Seconds()

	calls, total := s.Sim.Stats().KOBIS.Kinds["searchMovieList"], len(s.Sim.Codes())
	windows := s.Count(`SELECT count(*) FROM ops.windows`)
	tb.Logf("%d films, %d of them new; %d list calls, %d windows, %.0f s", total, total-films, calls, windows, seconds)
	require.LessOrEqual(tb, float64(calls), 1.05*float64((total+99)/100)+float64(windows))
	details.requireNewestFirst(tb, s)

	// What appeared while the windows were verified stands at the head tomorrow.
	s.Clock.WindTo(s.Clock.Now().Add(25 * time.Hour))
	s.Until(func(planner.Status) bool {
		return s.Count(`SELECT count(*) FROM ops.windows WHERE scope = 'all' AND phase = 'complete' AND due_at > $1`, s.Clock.Now()) == 1
	})
	requireNoneMissing(tb, s)
}

func requireNoneMissing(tb testing.TB, s *rehearsal.Stage) {
	tb.Helper()
	rows, err := s.DB.Query(tb.Context(), `SELECT code FROM unnest($1::text[]) AS code WHERE NOT EXISTS
		(SELECT FROM staging.kobis_movies m WHERE m.movie_cd = code)`, s.Sim.Codes())
	require.NoError(tb, err)
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(tb, err)
	require.Empty(tb, missing)
}

// planned are the details in the order in which they were asked for.
type planned struct {
	mu    sync.Mutex
	codes []string
}

func listen(tb testing.TB, s *rehearsal.Stage) *planned {
	tb.Helper()
	p := &planned{}
	_, err := natstest.Connect(tb, s.NATS).Subscribe("jobs.kobis.movie-detail.*", func(msg *nats.Msg) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.codes = append(p.codes, strings.TrimPrefix(msg.Subject, "jobs.kobis.movie-detail."))
	})
	require.NoError(tb, err)
	return p
}

func (p *planned) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.codes)
}

// requireNewestFirst holds that those of the back catalogue came by their opening,
// the latest first; a film without one stands at the end of its production year.
// Edited and opening films come before, by stages of their own.
func (p *planned) requireNewestFirst(tb testing.TB, s *rehearsal.Stage) {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	rows, err := s.DB.Query(tb.Context(), `
		SELECT m.movie_cd, coalesce(to_char(m.open_date, 'YYYYMMDD'), m.production_year || '1231', '')
		FROM staging.kobis_movies m JOIN unnest($1::text[]) WITH ORDINALITY AS p(code, place) ON p.code = m.movie_cd
		WHERE NOT EXISTS (SELECT FROM ops.kobis_edits e WHERE e.movie_cd = m.movie_cd) ORDER BY p.place`, p.codes)
	require.NoError(tb, err)
	var code, opened string
	seen := 0
	// ordered[i] is the opening at the end of the best run of i+1 films, each no later
	// than the one before: what is in no such run is out of place, and a film that came
	// early makes none of those after it late.
	var ordered []string
	for rows.Next() {
		require.NoError(tb, rows.Scan(&code, &opened))
		seen++
		at := sort.Search(len(ordered), func(i int) bool { return ordered[i] < opened })
		if at == len(ordered) {
			ordered = append(ordered, "")
		}
		ordered[at] = opened
	}
	late := seen - len(ordered)
	require.NoError(tb, rows.Err())
	tb.Logf("%d details asked for, %d of them out of place", seen, late)
	require.Positive(tb, seen)
	require.LessOrEqual(tb, late, seen/100, "a film whose row has just been loaded again waits for the next tick")
}
