package planner

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// benchFilms is how many films the benchmarks generate: BENCH_FILMS, or enough
// to see that a tick's cost does not follow their number.
func benchFilms(b *testing.B) int {
	if text := os.Getenv("BENCH_FILMS"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(b, err)
		return n
	}
	return 20_000
}

// generate fills the tables with films that are known in full, as a bulk load
// without triggers would.
func (w *world) generate(films int) {
	at := w.now().Add(-24 * time.Hour)
	conn, err := w.db.Acquire(w.t.Context())
	require.NoError(w.t, err)
	defer conn.Release()
	exec := func(sql string, args ...any) {
		_, err := conn.Exec(w.t.Context(), sql, args...)
		require.NoError(w.t, err)
	}
	exec("SET session_replication_role = replica")
	defer exec("SET session_replication_role = origin")
	exec(`INSERT INTO staging.kobis_movies (movie_cd, title, title_en, production_year, open_date, main_nation, nations, genres, directors, companies, fetched_at, raw_id, updated_at)
		SELECT lpad(i::text, 8, '0'), 'T' || i, 'E' || i, 1950 + i % 76, date '1950-01-01' + i % 27000, '한국', '[]', '[]', '[]', '[]', $2, 1, $2
		FROM generate_series(1, $1::int) AS i`, films, at)
	exec(`INSERT INTO staging.kobis_movie_details (movie_cd, title, found_at, fetched_at, raw_id, updated_at)
		SELECT movie_cd, title, $1, $1, 1, $1 FROM staging.kobis_movies`, at)
	exec(`INSERT INTO raw.payloads (subject, kind, entity_key, outcome, sha256, body, request, first_fetched_at, last_fetched_at, stream_seq, job_id, run_id)
		SELECT 'kobis.movie-detail.' || movie_cd, 'movie-detail', movie_cd, 'ok', decode(movie_cd, 'escape'), '{}', '{}', $1, $1, 1, 1, 'first-load'
		FROM staging.kobis_movies`, at)
	exec(`INSERT INTO staging.tmdb_searches (movie_cd, variant, query, year, total_results, candidates, fetched_at, expires_at, raw_id, updated_at)
		SELECT movie_cd, 'ko-year', title, extract(year FROM open_date)::int, 1, '[]', $1, $1::timestamptz + interval '180 days', 1, $1 FROM staging.kobis_movies`, at)
	exec(`INSERT INTO production.matches (movie_cd, tmdb_id, status, score, evidence, rule_version, decided_at)
		SELECT movie_cd, movie_cd::int, 'matched', 1, '{}', 1, $1 FROM staging.kobis_movies`, at)
	exec(`INSERT INTO staging.tmdb_movies (tmdb_id, fetched_at, expires_at, raw_id, updated_at)
		SELECT movie_cd::int, $1, $1::timestamptz + interval '180 days', 1, $1 FROM staging.kobis_movies`, at)
	exec(`INSERT INTO staging.kobis_list_pages (scope, page, total_count, movie_cds, fetched_at, raw_id, updated_at)
		SELECT 'all', p, $1::int, (SELECT coalesce(jsonb_agg(lpad(i::text, 8, '0') ORDER BY i), '[]') FROM generate_series((p - 1) * 100 + 1, least(p * 100, $1::int)) AS i), $2, 1, $2
		FROM generate_series(1, ($1::int + 99) / 100) AS p`, films, at)
}

// change edits two hundred of the films, as a busy loader does between two ticks.
func (w *world) change(i, films int) {
	w.exec(`UPDATE staging.kobis_movies SET fetched_at = fetched_at + interval '1 s'
		WHERE movie_cd IN (SELECT lpad(((n * 7919 + $1) % $2 + 1)::text, 8, '0') FROM generate_series(1, 200) AS n)`, i*200, films)
}

// BenchmarkTick measures a tick over a catalogue that is known in full, while on
// each tick some hundred films change, as a busy loader makes them.
func BenchmarkTick(b *testing.B) {
	films := benchFilms(b)
	w := newWorld(b)
	w.generate(films)
	w.exec("INSERT INTO ops.plan_marks (entity) VALUES ('*')")
	w.exec("ANALYZE")
	started := time.Now()
	for {
		w.tick()
		if !w.status.Unread {
			break
		}
	}
	b.Logf("%d films derived in %s", films, time.Since(started).Round(time.Millisecond))
	w.exec("ANALYZE")
	for range 3 {
		w.tick()
	}
	w.with(func(c *Config) { c.OnStatus = nil })
	var ticks []time.Duration
	i := 0
	for b.Loop() {
		b.StopTimer()
		i++
		w.change(i, films)
		b.StartTimer()
		started := time.Now()
		_, err := w.planner.Tick(b.Context())
		require.NoError(b, err)
		ticks = append(ticks, time.Since(started))
	}
	slices.Sort(ticks)
	b.ReportMetric(float64(ticks[len(ticks)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(float64(ticks[len(ticks)/2].Microseconds())/1000, "p50-ms")
}

// BenchmarkTelling measures what a tick costs that says how it went, beside the rest of
// the same tick: with nothing due, and while a detail of every film is due, as in a
// first load. The clock goes on by the usual interval, so that what is read once a minute
// counts for as much as it does. Costs are CPU time, of this process, in which NATS runs,
// and of the planner's sessions at the database.
//
// What is due is put there as it would be derived, which takes long.
func BenchmarkTelling(b *testing.B) {
	films := benchFilms(b)
	w := newWorld(b)
	w.generate(films)
	w.exec(`INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready)
		SELECT 'kobis:movie:' || movie_cd, 'kobis.movie-detail.' || movie_cd, 'detail-refresh', i, '', $1::timestamptz + interval '1 year', false
		FROM (SELECT movie_cd, row_number() OVER () AS i FROM staging.kobis_movies) AS m`, w.now())
	w.exec("VACUUM ANALYZE")
	for range 3 {
		w.tick()
	}
	w.with(func(c *Config) { c.OnStatus = nil })
	b.Run("nothing due", func(b *testing.B) { w.tells(b, films) })
	w.exec(`UPDATE ops.due SET stage = 'detail-back', due_at = $1, ready = true WHERE owner LIKE 'kobis:movie:%'`, w.now())
	w.exec("VACUUM ANALYZE ops.due")
	b.Run("all due", func(b *testing.B) { w.tells(b, films) })
}

func (w *world) tells(b *testing.B, films int) {
	const interval = 2 * time.Second
	b.Helper()
	var plan, tell, worst time.Duration
	var each []time.Duration
	ticks := 0
	for b.Loop() {
		ticks++
		w.pass(interval)
		w.change(ticks, films)
		sessions := w.sessions(b)
		spent := func() time.Duration { return spentBy(b, sessions) }
		began := spent()
		t, err := w.planner.reconciler.Plan(b.Context())
		require.NoError(b, err)
		planned := spent()
		w.planner.reconciler.Tell(b.Context(), &t)
		require.Empty(b, t.Failed)
		told := spent()
		plan, tell, worst = plan+planned-began, tell+told-planned, max(worst, told-planned)
		each = append(each, told-planned)
	}
	perTick := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(ticks) }
	b.ReportMetric(perTick(plan), "without-cpu-ms")
	b.ReportMetric(perTick(plan+tell), "with-cpu-ms")
	b.ReportMetric(perTick(tell), "added-cpu-ms")
	slices.Sort(each)
	b.ReportMetric(each[len(each)/2].Seconds()*1000, "added-cpu-p50-ms")
	b.ReportMetric(worst.Seconds()*1000, "most-added-cpu-ms")
	b.ReportMetric((plan+tell).Seconds()/plan.Seconds(), "ratio")
}

// sessions are the processes of the database that serve the planner.
func (w *world) sessions(b *testing.B) []int {
	b.Helper()
	rows, err := w.db.Query(b.Context(), "SELECT pid FROM pg_stat_activity WHERE application_name = 'planner'")
	require.NoError(b, err)
	pids, err := pgx.CollectRows(rows, pgx.RowTo[int])
	require.NoError(b, err)
	return pids
}

// spentBy is the CPU time that this process and others have taken.
func spentBy(b *testing.B, pids []int) time.Duration {
	b.Helper()
	var own syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &own))
	sum := time.Duration(own.Utime.Nano() + own.Stime.Nano())
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
		require.NoError(b, err)
		ran, err := strconv.ParseInt(strings.Fields(string(text))[0], 10, 64)
		require.NoError(b, err)
		sum += time.Duration(ran)
	}
	return sum
}
