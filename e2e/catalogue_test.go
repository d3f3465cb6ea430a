package e2e_test

import (
	"os"
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
		Env: map[string]string{"BACKFILL_FROM_YEAR": from, "BACKFILL_TO_YEAR": "2026", "PLANNER_HIGH_WATER": "100"},
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

// listen hears of the details that are asked for, and has the database note at each
// choice of the planner what could have been chosen: a film that is marked for being
// derived again, or has become known since the planner looked, is none of that.
func listen(tb testing.TB, s *rehearsal.Stage) *planned {
	tb.Helper()
	_, err := s.DB.Exec(tb.Context(), noteChoices)
	require.NoError(tb, err)
	p := &planned{}
	_, err = natstest.Connect(tb, s.NATS).Subscribe("jobs.kobis.movie-detail.*", func(msg *nats.Msg) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.codes = append(p.codes, strings.TrimPrefix(msg.Subject, "jobs.kobis.movie-detail."))
	})
	require.NoError(tb, err)
	return p
}

// noteChoices keeps of each film of the back catalogue that is chosen when it opened (a
// film without an opening stands at the end of its production year), and the newest that
// was passed over, and in which choice that was. The planner alone derives what is due
// and takes marks, both before it looks, so what stands unmarked when it writes its
// choice down stood there when it looked. Edited and opening films come before, by
// stages of their own.
const noteChoices = `
CREATE TABLE choices (choice xid8, movie_cd text, opened text, passed_over text);
CREATE FUNCTION note_choice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    WITH films AS MATERIALIZED (
        SELECT m.movie_cd, coalesce(to_char(m.open_date, 'YYYYMMDD'), m.production_year || '1231', '') AS opened,
               EXISTS (SELECT FROM chosen c WHERE c.subject = d.subject) AS chosen,
               EXISTS (SELECT FROM ops.jobs j WHERE j.subject = d.subject) AS out
        FROM ops.due d JOIN staging.kobis_movies m ON d.owner = 'kobis:movie:' || m.movie_cd
        WHERE d.stage = 'detail-back' AND d.ready
          AND NOT EXISTS (SELECT FROM ops.plan_marks p WHERE p.entity = d.owner)
          AND NOT EXISTS (SELECT FROM ops.dead_letters l WHERE l.name = d.subject AND l.resolved_at IS NULL)
    )
    INSERT INTO choices
    SELECT pg_current_xact_id(), movie_cd, opened, (SELECT max(opened) FROM films WHERE NOT out) FROM films WHERE chosen;
    RETURN NULL;
END $$;
CREATE TRIGGER note_choice AFTER INSERT ON ops.jobs REFERENCING NEW TABLE AS chosen FOR EACH STATEMENT EXECUTE FUNCTION note_choice()`

func (p *planned) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.codes)
}

// requireNewestFirst holds that no film of the back catalogue was chosen before a newer
// one that could have been, and that each choice was asked for newest first.
func (p *planned) requireNewestFirst(tb testing.TB, s *rehearsal.Stage) {
	tb.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Zero(tb, s.Count(`SELECT count(*) FROM choices WHERE opened < passed_over`), "a newer film could have been asked for")
	require.Positive(tb, s.Count(`SELECT count(*) FROM choices WHERE opened >= passed_over`), "nothing was ever passed over")
	rows, err := s.DB.Query(tb.Context(), `
		SELECT c.choice::text, c.movie_cd, c.opened FROM choices c
		JOIN unnest($1::text[]) WITH ORDINALITY AS p(code, place) ON p.code = c.movie_cd ORDER BY p.place`, p.codes)
	require.NoError(tb, err)
	type film struct{ Choice, Code, Opened string }
	films, err := pgx.CollectRows(rows, pgx.RowToStructByPos[film])
	require.NoError(tb, err)
	tb.Logf("%d details asked for in %d choices", len(films), s.Count(`SELECT count(DISTINCT choice) FROM choices`))
	require.NotEmpty(tb, films)
	for i := range films[1:] {
		before, after := films[i], films[i+1]
		require.False(tb, before.Choice == after.Choice && before.Opened < after.Opened, "%v was asked for before %v", before, after)
	}
}
