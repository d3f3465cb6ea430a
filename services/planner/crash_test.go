package planner

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

// cutter ends a context when a planner has made a number of statements: the same
// as its death between any two of them.
type cutter struct {
	left int
	cut  context.CancelFunc
}

func (c *cutter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	if c.left--; c.left == 0 {
		c.cut()
	}
	return ctx
}

func (*cutter) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// dies lets a new planner make one tick that ends after a number of statements.
func (w *world) dies(after int) {
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	cfg, err := pgxpool.ParseConfig(w.url)
	require.NoError(w.t, err)
	cfg.MaxConns, cfg.ConnConfig.Tracer = 1, &cutter{left: after, cut: cancel}
	pool, err := pgxpool.NewWithConfig(w.t.Context(), cfg)
	require.NoError(w.t, err)
	p := w.assembleWith(w.config(), w.config().tick(), pool, func(c *connections) { c.log = zerolog.Nop() })
	_, _ = p.Tick(ctx) // it died, or was done before
	require.NoError(w.t, p.close())
}

// A planner that is killed at any point leaves nothing that the next one does not
// see, and nothing is fetched twice.
func TestPlannerKilledAnywhereEndsTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t, catalogueOf(130)...)
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range 60 {
		w.dies(1 + rng.IntN(70))
		if i%2 == 0 {
			w.fetch()
		}
		if i%3 == 0 {
			w.load()
		}
	}
	w.settle()
	require.Equal(t, 130, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
	require.Equal(t, 130, w.count("SELECT count(*) FROM staging.tmdb_movies"))
	require.Zero(t, w.count("SELECT count(*) FROM ops.jobs"))
	names := texts(w.calls)
	slices.Sort(names)
	twice := len(names) - len(slices.Compact(slices.Clone(names)))
	require.Equal(t, 2, twice, "only the heads of the lists are read twice")
}

// Whatever a tick asks for again and again has to be found by an index, however
// large the catalogue is.
func TestHotQueriesUseIndexes(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t)
	w.generate(60_000)
	w.exec(`INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready)
		SELECT 'kobis:movie:' || movie_cd, 'kobis.movie-detail.' || movie_cd, 'detail-refresh', 1, '', $1::timestamptz + interval '1 year', false
		FROM staging.kobis_movies`, w.now())
	w.exec(`INSERT INTO ops.dead_letters (stream_seq, subject, reason, error, headers, body_size, failed_at, deaths, retry_at, resolved_at)
		SELECT i, 'jobs.kobis.movie-detail.' || i, 'why', '', '{}', 0, $1, 1, $1, $1 FROM generate_series(1, 20000) AS i`, w.now())
	w.exec(`INSERT INTO ops.history (at, source, outstanding, due, backlog, reason)
		SELECT $1::timestamptz - i * interval '10 min', 'kobis', 0, 0, 0, '' FROM generate_series(1, 12000) AS i`, w.now())
	w.tick()
	w.exec("ANALYZE")
	big := []string{
		"kobis_movies", "kobis_movie_details", "tmdb_searches", "tmdb_movies", "matches", "payloads", "due",
		"dead_letters", "history",
	}
	seen := map[string]string{}
	explain := &explainer{t: t, w: w, seen: seen}
	cfg, err := pgxpool.ParseConfig(w.url)
	require.NoError(t, err)
	cfg.MaxConns, cfg.ConnConfig.Tracer = 1, explain
	setSession(cfg.ConnConfig.RuntimeParams)
	pool, err := pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	w.planner = w.assembleWith(w.config(), w.config().tick(), pool, func(*connections) {})
	t.Cleanup(func() { require.NoError(t, w.planner.close()) })
	w.tick()
	w.pass(26 * time.Hour) // the head of the list, yesterday's box office, and the digest
	w.exec("UPDATE staging.kobis_movies SET title = title || ' 2' WHERE movie_cd IN ('00000007', '00000070')")
	w.exec("UPDATE staging.tmdb_movies SET fetched_at = fetched_at + interval '1 h' WHERE tmdb_id = 77")
	w.tick()
	require.Greater(t, len(seen), 25, "statements of a tick")
	for _, name := range []string{"PutStatus", "AddHistory", "ForgetHistory", "OpenDead", "Digest", "OldestReview", "ExpiringShown"} {
		require.True(t, slices.ContainsFunc(slices.Collect(maps.Keys(seen)), func(of string) bool { return strings.HasPrefix(of, "-- name: "+name+" ") }), name)
	}
	for name, plan := range seen {
		for _, table := range big {
			require.NotContains(t, plan, fmt.Sprintf("Seq Scan on %s ", table), "%s:\n%s", name, plan)
		}
	}
}

// explainer has the server explain each named statement with its arguments, on a
// session of its own.
type explainer struct {
	t    *testing.T
	w    *world
	seen map[string]string
}

func (e *explainer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	name, sql, ok := strings.Cut(d.SQL, "\n")
	if !ok || !strings.HasPrefix(name, "-- name: ") || strings.Contains(name, "LockPlanning") || strings.Contains(name, "MarkEverything") {
		return ctx
	}
	rows, err := e.w.db.Query(e.t.Context(), "EXPLAIN "+sql, d.Args...)
	require.NoError(e.t, err, name)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(e.t, err, name)
	e.seen[name] = strings.Join(lines, "\n")
	return ctx
}

func (*explainer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}
