package planner

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

const insertFilm = `INSERT INTO staging.kobis_movies (movie_cd, title, production_year, open_date, nations, genres, directors, companies, fetched_at, raw_id, updated_at)
	VALUES ($1, 'T', $2, $3::timestamptz::date, '[]', '[]', '[]', '[]', $3, 1, $3)`

// letters are random, so that no index compresses them.
func letters(n int) string {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	text := make([]byte, n)
	for i := range text {
		text[i] = byte('a' + rng.IntN(26))
	}
	return string(text)
}

// A code that no job can bear costs its film, and no other.
func TestACodeThatIsNoTokenCostsItsFilm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	odd := []string{"2019 0324", "2019.0324", "２０１９", "", letters(1500), strings.Repeat("x", 5000)}
	for _, code := range odd {
		w.exec(insertFilm, code, w.day(0).Year(), w.now())
	}
	// As an earlier program has left them, before everything else.
	for _, workload := range []string{"search-opening", "detail-opening", "series-detail"} {
		for _, subject := range append(slices.Clone(odd), "tmdb.movie-search.2019 0324.ko", "tmdb.movie-detail."+letters(1000)) {
			w.exec("INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready) VALUES ($1, $2, $3, -1000000, '', $4, true)",
				"kobis:movie:"+cutTo(subject, 1000), subject+workload, workload, w.now())
		}
	}
	w.exec("INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready) VALUES ('kobis:movie:x', 'tmdb.movie-detail.5', 'tmdb-matched', -1000000, '[1', $1, true)", w.now())
	w.settle()
	require.Equal(t, 30, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
	require.Equal(t, 30, w.count("SELECT count(*) FROM staging.tmdb_movies"))
	require.Zero(t, w.count("SELECT count(*) FROM ops.due WHERE rank = -1000000"), "what is not a job goes")
	require.GreaterOrEqual(t, w.metric("skipped_total", "name"), float64(len(odd)))
	told := w.metric("skipped_total", "name")
	w.exec("INSERT INTO ops.plan_marks (entity) VALUES ('*')")
	w.settle()
	require.InDelta(t, told, w.metric("skipped_total", "name"), 0, "each is told once")
	require.Equal(t, nats.CONNECTED, w.nc.Status())
}

func cutTo(text string, n int) string { return text[:min(n, len(text))] }

// A job that NATS refuses for what it is costs itself.
func TestAJobThatNATSRefusesCostsItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.settle()
	w.exec(`INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready)
		SELECT 'kobis:movie:x', 'tmdb.movie-search.x.' || v, 'search-opening', 1, CASE v WHEN 'large' THEN json_build_object('query', repeat('x', 2000000))::text ELSE '' END, $1, true
		FROM unnest(ARRAY['large', 'small']) AS v`, w.now())
	require.Equal(t, []string{"tmdb.movie-search.x.small"}, w.tick())
	require.Equal(t, 1, w.count("SELECT count(*) FROM ops.jobs"))
	require.InDelta(t, 1, w.metric("skipped_total", "job"), 0)
	require.Equal(t, []string{"tmdb.movie-search.x.small"}, w.tick(), "and is held")
}

// Whatever is in a change list, what can be read of it is, and it keeps nothing
// else from being planned.
func TestAnOddChangeListCostsItsOddRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(12)...)
	w.settle()
	bodies := []string{
		`{"page":1,"total_pages":1.5,"results":[{"id":1000}]}`,
		`{"page":1,"total_pages":1,"results":[{"id":5000000000},{"id":1001}]}`,
		`{"page":1,"total_pages":1,"results":[{"id":"x"},{"id":"1002"}]}`,
		`{"page":1,"total_pages":1,"x":"\u0000","results":[{"id":1003,"\u0000":"\u0000"}]}`,
		`{"page":1,"total_pages":1,"results":null}`,
		`{"page":1,"results":[7,null,[],{"id":{}},{"id":1004.0},{"id":-1},{"id":1.5}]}`,
		`{"total_pages":{"a":[1]},"results":{"id":1}}`,
		`[]`,
		`"\u0000"`,
		`{"page":1,"total_pages":1e400,"results":[{"id":1005},{"id":1e400}]}`,
	}
	for i, body := range bodies {
		w.exec(`INSERT INTO raw.payloads (subject, kind, entity_key, outcome, sha256, body, request, first_fetched_at, last_fetched_at, stream_seq, job_id, run_id)
			VALUES ('tmdb.movie-changes.' || $1::text || '.1', 'movie-changes', '', 'ok', decode($1::text, 'escape'), $2, '{}', $3, $3, 1, 1, '')`,
			w.date(i), body, w.now())
	}
	w.pass(time.Duration(len(bodies))*24*time.Hour + 12*time.Hour)
	jobs := w.tick()
	require.Contains(t, jobs, w.boxOffice(len(bodies)-1), "of the other source")
	require.Contains(t, jobs, "tmdb.series-changes."+w.date(0)+".1", "of the same")
	for id := range 6 {
		require.Equal(t, 1, w.count("SELECT count(*) FROM ops.tmdb_edits WHERE entity = $1", fmt.Sprintf("tmdb:movie:%d", 1000+id)), id)
	}
	require.Positive(t, w.metric("skipped_total", "change-list"))
	for range 3 { // a day without changes is looked at again, an hour and a day later
		w.settle()
		w.pass(25 * time.Hour)
	}
	require.Zero(t, w.count("SELECT count(*) FROM ops.change_pages WHERE subject < $1", "tmdb.movie-changes."+w.date(len(bodies))), "every day is complete")
}

// Whatever is in DEAD is recorded, and holds up no letter beside it.
func TestEveryLetterIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.exec("ALTER TABLE ops.dead_letters ADD CHECK (reason <> 'refused for whatever cause')")
	before := w.tick()
	const innocent = "jobs.kobis.movie-list.all.1"
	letters := []messages.DeadLetter{
		{Subject: "jobs.kobis.daily-box-office.1", Reason: `bad \u0000 parameter`, Error: `\u0000\\u0000\`},
		{Subject: "jobs.kobis.daily-box-office.2", Reason: "a\x00b\x1b[31m", Header: nats.Header{"K\u0000\\u0000": {`\u0000`, "\x00", "\xff\xfe", "\x1b]0;x\x07"}}},
		{Subject: "jobs.kobis.daily-box-office.3", Reason: "refused for whatever cause"},
		{Subject: "jobs.kobis.movie-detail." + letters(3000), Reason: "long"},
		{Subject: "by.hand", Reason: ""},
	}
	for _, letter := range letters {
		_, err := w.js.PublishMsg(t.Context(), letter.Msg())
		require.NoError(t, err)
	}
	w.bury(innocent)
	require.Eventually(t, func() bool {
		require.NotContains(t, w.tick(), "kobis.movie-list.all.1", "it died")
		return w.count("SELECT count(*) FROM ops.dead_letters") == len(letters)+1
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, 1, w.count("SELECT count(*) FROM ops.dead_letters WHERE subject LIKE '%.3' AND reason LIKE 'its texts can''t be stored%'"))
	require.Equal(t, 1, w.count(`SELECT count(*) FROM ops.dead_letters WHERE subject LIKE '%.1' AND reason = 'bad \u0000 parameter'`), "as it was written")
	require.Zero(t, w.count(`SELECT count(*) FROM ops.dead_letters WHERE reason ~ '[\x01-\x08\x1b]' OR headers::text ~ '\\u001b'`))

	stream, err := w.js.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	want := slices.DeleteFunc(before, func(name string) bool { return "jobs."+name == innocent })
	require.Eventually(t, func() bool {
		return slices.Equal(want, slices.DeleteFunc(w.tick(), func(name string) bool { return strings.HasPrefix(name, "kobis.movie-list.all.") }))
	},
		time.Minute, 10*time.Millisecond, "lost jobs are planned again")
}

// One payload that the loader never acknowledges holds its floor. A job that is
// gone without an answer is planned again all the same, one whose answer waits is not.
func TestAPayloadNeverAcknowledgedHidesNoLostJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	before := w.tick()
	loader, err := w.js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(t, err)
	_, err = w.js.Publish(t.Context(), "raw.kobis.movie-detail.x", []byte("{}"))
	require.NoError(t, err)
	_, err = loader.Next(jetstream.FetchMaxWait(time.Minute))
	require.NoError(t, err) // and that is the last that is heard of it
	kobis, err := w.js.Consumer(t.Context(), topology.StreamJobs, topology.ConsumerFetcher(messages.KOBIS))
	require.NoError(t, err)
	msg, err := kobis.Next(jetstream.FetchMaxWait(time.Minute))
	require.NoError(t, err)
	w.answer(msg)
	answered := strings.TrimPrefix(msg.Subject(), messages.PrefixJobs)
	stream, err := w.js.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	require.NotContains(t, w.tick(), before[0])
	w.pass(tick.LostAfter)
	for range (len(before)+tick.LostMost-1)/tick.LostMost + 1 {
		w.tick()
	}
	require.Equal(t, slices.DeleteFunc(slices.Clone(before), func(name string) bool { return name == answered }),
		slices.DeleteFunc(w.jobs(), func(name string) bool { return name == "kobis.movie-list.all.2" }))
}

// A session that became read-only is not kept beyond the tick that it failed.
func TestAReadOnlySessionIsRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.settle()
	alter := func(what string) {
		w.exec(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I ` + what + `', current_database()); END $$`)
	}
	alter("SET default_transaction_read_only = on")
	w.planner.pool.Reset()
	w.pass(25 * time.Hour)
	_, err := w.planner.Tick(t.Context())
	require.ErrorContains(t, err, "SQLSTATE 25006")
	alter("RESET default_transaction_read_only")
	require.NotEmpty(t, w.tick())
}

// Tables that can't be read cost the steps that read them.
func TestATableThatCannotBeReadCostsItsOwnStep(t *testing.T) {
	t.Parallel()
	// What every call is recorded in, or settled with.
	base := []string{"raw.payloads", "raw.held", "ops.jobs", "ops.dead_letters", "ops.runs", "ops.daily_calls"}
	w := newWorld(t, catalogueOf(3)...)
	first := w.tick()
	rows, err := w.db.Query(t.Context(), `SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('raw', 'staging', 'production', 'ops') ORDER BY 1`)
	require.NoError(t, err)
	var tables []string
	for rows.Next() {
		var table string
		require.NoError(t, rows.Scan(&table))
		tables = append(tables, table)
	}
	require.NoError(t, rows.Err())
	require.Greater(t, len(tables), 30)
	stream, err := w.js.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	failing := 0
	for _, table := range tables {
		if slices.Contains(base, table) {
			continue
		}
		w.exec("TRUNCATE ops.jobs")
		require.NoError(t, stream.Purge(t.Context()))
		w.pass(2 * time.Hour) // or it would have been asked for too often
		w.exec("ALTER TABLE " + table + " RENAME TO away")
		_, err := w.planner.Tick(t.Context())
		var failed tick.Faults
		if err != nil {
			require.ErrorAs(t, err, &failed, table)
			failing++
		}
		jobs := w.jobs()
		for _, sign := range []struct{ source, job, table string }{
			{"kobis", "kobis.movie-list.all.1", "staging.kobis_list_pages ops.windows"},
			{"kobis", w.boxOffice(-1), "staging.kobis_box_office_days"},
			{"tmdb", "tmdb.series-discover." + w.year(0) + "-07-01_" + w.year(0) + "-12-31.1", "staging.tmdb_discover_pages"},
		} {
			if slices.Contains(first, sign.job) && !strings.Contains(sign.table, table) {
				require.Contains(t, jobs, sign.job, "without %s: %v", table, err)
			}
		}
		schema, name, _ := strings.Cut(table, ".")
		w.exec("ALTER TABLE " + schema + ".away RENAME TO " + name)
	}
	require.Greater(t, failing, 5)
	require.Positive(t, w.metric("failed_steps_total", "tmdb", "series-discover"))
	w.with(func(*Config) {}) // which has asked for nothing yet
	w.settle()
}

func TestWhatFailsIsToldOnceAndCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.exec("ALTER TABLE staging.tmdb_discover_pages RENAME TO away")
	for range 3 {
		_, err := w.planner.Tick(t.Context())
		w.planner.logTick(t.Context(), err)
	}
	require.InDelta(t, 3, w.metric("failed_ticks_total"), 0)
	require.InDelta(t, 3, w.metric("failed_steps_total", "tmdb", "series-discover"), 0)
	require.Contains(t, w.planner.logged.steps["tmdb series-discover"], "tmdb_discover_pages")
	require.Contains(t, w.status.Failed[0], "tmdb series-discover: ")
	require.Empty(t, w.planner.logged.whole, "something could be planned")
	w.exec("ALTER TABLE staging.away RENAME TO tmdb_discover_pages")
	_, err := w.planner.Tick(t.Context())
	w.planner.logTick(t.Context(), err)
	require.NoError(t, err)
	require.Empty(t, w.planner.logged.steps)
	require.InDelta(t, 3, w.metric("failed_ticks_total"), 0)
}

// /readyz answers while a tick has its session.
func TestReadinessDoesNotWaitForATick(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conn, err := w.planner.pool.Acquire(t.Context())
	require.NoError(t, err)
	defer conn.Release()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, w.planner.ready(ctx))
}

// A tick that takes longer than the lease keeps the lead: another planner waits.
func TestALongTickKeepsTheLead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.tick()
	blocker, err := w.db.Acquire(t.Context())
	require.NoError(t, err)
	defer blocker.Release()
	_, err = blocker.Exec(t.Context(), "SELECT pg_advisory_lock(x'706c616e5f7478'::bigint)") // the tick waits for it
	require.NoError(t, err)
	lease, second := lead.New(w.url, 500*time.Millisecond), lead.New(w.url, time.Minute)
	done := make(chan error, 1)
	go func() {
		_, err := w.planner.tickAsLeader(t.Context(), lease)
		done <- err
	}()
	require.Eventually(t, func() bool {
		return w.count(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'planner leader' AND datname = current_database()
			AND clock_timestamp() - backend_start > interval '1500 ms'`) == 1
	}, time.Minute, 10*time.Millisecond, "its session outlives the lease")
	require.ErrorIs(t, second.Hold(t.Context()), lead.ErrElsewhere)
	_, err = blocker.Exec(t.Context(), "SELECT pg_advisory_unlock_all()")
	require.NoError(t, err)
	require.NoError(t, <-done)
	require.True(t, lease.Held())
	lease.Drop(t.Context())
	second.Drop(t.Context())
}

// A tick whose lead is lost is broken off and is not a failed one: nothing that it looked
// at was at fault. The planner asks for the lead again.
func TestALostLeadIsNoFailedTick(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.tick()
	blocker, err := w.db.Acquire(t.Context())
	require.NoError(t, err)
	defer blocker.Release()
	_, err = blocker.Exec(t.Context(), "SELECT pg_advisory_lock(x'706c616e5f7478'::bigint)") // the tick waits for it
	require.NoError(t, err)
	lease := lead.New(w.url, time.Second)
	defer func() { lease.Drop(t.Context()) }()
	done := make(chan error, 1)
	go func() {
		_, err := w.planner.tickAsLeader(t.Context(), lease)
		done <- err
	}()
	const waits = `FROM pg_stat_activity WHERE application_name = 'planner' AND datname = current_database() AND wait_event = 'advisory'`
	require.Eventually(t, func() bool { return w.count("SELECT count(*) "+waits) == 1 }, time.Minute, 10*time.Millisecond)
	w.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'planner leader' AND datname = current_database()")
	err = <-done
	require.ErrorIs(t, err, lead.ErrLost)
	w.planner.logTick(t.Context(), err)
	require.Zero(t, w.metric("failed_ticks_total"))
	require.Zero(t, w.series("failed_steps_total"))
	require.ErrorIs(t, w.planner.trouble(), lead.ErrLost, "it has a name")

	_, err = blocker.Exec(t.Context(), "SELECT pg_advisory_unlock_all()")
	require.NoError(t, err)
	_, err = w.planner.tickAsLeader(t.Context(), lease)
	require.NoError(t, err)
}

// A job reports whether the tables have what it asks for as found.
func TestAJobTellsWhatIsKnown(t *testing.T) {
	t.Parallel()
	films := catalogueOf(3)
	films[2].Hidden = true
	w := newWorld(t, films...)
	w.settle()
	calls := []string{
		"kobis.movie-detail." + films[0].Code, "kobis.movie-detail." + films[2].Code, "kobis.movie-detail.new",
		"tmdb.movie-detail.1000", "tmdb.movie-detail.5", "tmdb.series-detail.71", "tmdb.series-detail.5", "tmdb.movie-search." + films[0].Code + ".ko",
	}
	w.exec("TRUNCATE ops.due")
	w.tick() // what the truncation marks is derived
	for i, call := range calls {
		w.exec(`INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready) VALUES ('x', $1, $2, 1, '', $3, true)
			ON CONFLICT (owner, subject) DO UPDATE SET ready = true`, call, []string{"detail-back", "tmdb-matched"}[min(1, i/3)], w.now())
	}
	w.tick()
	stream, err := w.js.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	var known []string
	for _, call := range calls {
		msg, err := stream.GetLastMsgForSubject(t.Context(), messages.PrefixJobs+call)
		require.NoError(t, err, call)
		if msg.Header.Get(messages.HeaderKnown) == "true" {
			known = append(known, call)
		}
	}
	require.Equal(t, []string{calls[0], calls[3], calls[5]}, known)
}
