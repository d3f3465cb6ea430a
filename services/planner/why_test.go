package planner

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/report"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/tick"
	"github.com/cledit/pipeline/services/planner/why"
)

// overview is what `planner status` shows.
func (w *world) overview() report.Overview {
	w.t.Helper()
	v, err := readOverview(w.t.Context(), store.New(w.db), w.now())
	require.NoError(w.t, err)
	return v
}

// why makes a tick a minute later, and is the reason of a source after it.
func (w *world) why(source messages.Source) why.Reason {
	w.t.Helper()
	w.pass(time.Minute)
	w.tick()
	for _, s := range w.overview().Sources {
		if s.Source == source {
			return s.Why
		}
	}
	return why.Reason{}
}

// until goes on until a source has a reason.
func (w *world) until(source messages.Source, code why.Code) why.Reason {
	w.t.Helper()
	var seen []why.Code
	for range 100 {
		reason := w.why(source)
		if reason.Code == code {
			return reason
		}
		seen = append(seen, reason.Code)
		w.fetch()
		w.load()
	}
	require.Fail(w.t, "it never comes to that", "%s, but %v", code, seen)
	return why.Reason{}
}

// registered is a world whose fetcher of KOBIS has told its key.
func registered(t *testing.T, perDay int, films ...film) *world {
	w := newWorld(t, films...)
	w.noon()
	w.ensure()
	ledger := w.spend(t.Context(), perDay)
	t.Cleanup(func() { require.NoError(t, ledger.Close()) })
	return w
}

// call makes a call of a ledger, which lives by the world's clock.
func (w *world) call(ledger *quota.Ledger, outcome quota.Settlement) {
	w.t.Helper()
	done := make(chan error, 1)
	go func() {
		permits, err := ledger.Acquire(w.t.Context(), 1)
		if err == nil {
			err = permits[0].Start()
			permits[0].Settle(outcome)
		}
		done <- err
	}()
	require.Eventually(w.t, func() bool {
		w.pass(100 * time.Millisecond)
		select {
		case err := <-done:
			require.NoError(w.t, err)
			return true
		default:
			return false
		}
	}, time.Minute, time.Millisecond)
}

func (w *world) says(reason why.Reason, words ...string) {
	w.t.Helper()
	sentence := report.English(reason, w.now())
	for _, word := range words {
		require.Contains(w.t, sentence, word)
	}
}

func TestWhyWhileTheCatalogueIsRead(t *testing.T) {
	t.Parallel()
	w := registered(t, 10_000, catalogueOf(250)...)
	require.Equal(t, why.Working, w.why(messages.KOBIS).Code)
	reason := w.until(messages.KOBIS, why.AfterCatalogue)
	require.Positive(t, reason.Calls)
	require.Equal(t, 3, reason.Pages)
	w.says(reason, "details wait until the list is read and verified: page", "of 3.")
}

func TestWhyWithTheHighWaterMarkReached(t *testing.T) {
	t.Parallel()
	w := registered(t, 10_000, catalogueOf(30)...)
	w.with(func(c *Config) { c.HighWater = 4 })
	reason := w.until(messages.KOBIS, why.HighWater)
	require.Equal(t, 4, reason.Calls)
	w.says(reason, "4 jobs are out; KOBIS takes 1000 a second.")
}

func TestWhyWithoutAFetcher(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	reason := w.why(messages.TMDB)
	require.Equal(t, why.Unregistered, reason.Code)
	w.says(reason, "no fetcher has registered yet")
}

func TestWhyWithNothingDue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon()
	w.settle()
	reason := w.until(messages.KOBIS, why.NothingDue)
	require.NotEmpty(t, reason.Next)
	w.says(reason, "All is known; next: ", "list head at ", "box office at ")
	for _, set := range w.overview().Datasets {
		require.Equal(t, freshness.OnTime, set.Word, set.Set)
	}
	require.Len(t, w.overview().Datasets, len(freshness.Sets()))
	require.Empty(t, w.overview().Problems)
}

func TestWhyWithEveryCallSpent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.noon()
	w.ensure()
	ledger := w.spend(t.Context(), 5)
	t.Cleanup(func() { require.NoError(t, ledger.Close()) })
	for range 5 {
		w.call(ledger, quota.Spent)
	}
	require.Eventually(t, func() bool { return w.why(messages.KOBIS).Code == why.Spent }, time.Minute, 10*time.Millisecond)
	reason := w.why(messages.KOBIS)
	require.Equal(t, 5, reason.Calls)
	require.NotNil(t, reason.Until)
	w.says(reason, "All 5 calls of today are spent; renewed in ")
}

func TestWhyWithCallsKeptForToday(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.noon()
	w.settle()
	w.exec("DELETE FROM staging.kobis_movie_details WHERE movie_cd IN (SELECT movie_cd FROM staging.kobis_movie_details ORDER BY movie_cd LIMIT 9)")
	ledger := w.spend(t.Context(), 40)
	t.Cleanup(func() { require.NoError(t, ledger.Close()) })
	w.tick() // derives what was deleted
	reason := w.until(messages.KOBIS, why.KeptBack)
	require.Positive(t, reason.Kept)
	require.Equal(t, 9, reason.Calls)
	w.says(reason, "calls are kept for today's work; 9 calls wait until midnight.")
}

func TestWhyWithTheLoaderFarBehind(t *testing.T) {
	t.Parallel()
	w := registered(t, 10_000, catalogueOf(3)...)
	for i := range tick.BacklogLimit + 1 {
		_, err := w.js.PublishAsync(messages.PrefixRaw+"kobis.movie-detail.x"+fmt.Sprint(i), nil)
		require.NoError(t, err)
		if i%1000 == 0 {
			<-w.js.PublishAsyncComplete()
		}
	}
	<-w.js.PublishAsyncComplete()
	reason := w.why(messages.KOBIS)
	require.Equal(t, why.Blocked, reason.Code)
	w.says(reason, "5,001 answers wait for the loader (limit 5,000).")
}

func TestWhyWithAFailure(t *testing.T) {
	t.Parallel()
	const dead = "kobis.movie-list.all.2"
	w := newWorld(t, catalogueOf(250)...)
	w.settleBut(always(messages.PrefixJobs, dead))
	reason := w.until(messages.KOBIS, why.Held)
	require.Equal(t, 1, reason.Calls)
	w.says(reason, "1 calls wait after failures, the first until ")
	require.Equal(t, "dead-letters-open", w.overview().Problems[0].Code)
}

func TestWhyWithAClockThatIsBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon()
	w.settle()
	w.exec("UPDATE staging.kobis_list_pages SET fetched_at = fetched_at + interval '48 hours' WHERE scope = 'all'")
	w.pass(24 * time.Hour)
	reason := w.until(messages.KOBIS, why.AskedAgain)
	require.Equal(t, 1, reason.Calls)
	w.says(reason, "1 calls change nothing (a fetcher's clock?); next try ")
}

func TestWhyWithWhatTheFetchersSay(t *testing.T) {
	t.Parallel()
	w := registered(t, 10_000, catalogueOf(3)...)
	kv, err := w.js.KeyValue(t.Context(), topology.BucketQuota)
	require.NoError(t, err)
	value, err := json.Marshal(quota.Trouble{Why: "down: HTTP 503, one call tried at 10:20", At: w.now()})
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), quota.TroubleKey("tmdb"), value)
	require.NoError(t, err)
	reason := w.why(messages.TMDB)
	require.Equal(t, why.Failing, reason.Code)
	w.says(reason, "TMDB fails: down: HTTP 503, one call tried at 10:20.")
	require.Equal(t, why.Working, w.why(messages.KOBIS).Code)
}

func TestWhyWithEveryKeyRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon()
	w.ensure()
	ledger := w.spend(t.Context(), 100)
	t.Cleanup(func() { require.NoError(t, ledger.Close()) })
	w.call(ledger, quota.Invalid)
	require.Eventually(t, func() bool { return w.why(messages.KOBIS).Code == why.KeysRefused }, time.Minute, 10*time.Millisecond)
	w.says(w.why(messages.KOBIS), "KOBIS refuses the only key.")
	require.Equal(t, "key-invalid", w.overview().Problems[0].Code)
	require.Equal(t, freshness.Failed, w.overview().Datasets[0].Word, "nobody tries to read the box office any more")
}

func TestWhyNoPlannerLeads(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	require.Equal(t, why.NoLeader, w.overview().Planner.Code, "none ever did")
	w.says(*w.overview().Planner, "No planner has led yet.")
	w.tick()
	require.Nil(t, w.overview().Planner)
	since := w.now()
	w.pass(2 * time.Minute)
	reason := w.overview().Planner
	require.Equal(t, why.NoLeader, reason.Code)
	require.True(t, since.Truncate(time.Microsecond).Equal(*reason.Since))
	w.says(*reason, "No planner has led since ")
}

func TestWhyTheWholePlannerFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.tick()
	lease := lead.New(w.url, time.Minute)
	defer lease.Drop(t.Context())
	fails := func() why.Reason {
		t.Helper()
		w.pass(time.Minute)
		_, err := w.planner.tickAsLeader(t.Context(), lease)
		require.Error(t, err)
		w.planner.logTick(t.Context(), err)
		require.NotEmpty(t, w.overview().Sources, "what was known stands beside it")
		return *w.overview().Planner
	}
	w.exec("ALTER TABLE ops.jobs RENAME TO away")
	reason := fails()
	require.Equal(t, why.TickFails, reason.Code)
	w.says(reason, "Planner ticks have been failing since ", "ops.jobs")
	since := reason.Since
	require.Equal(t, since, fails().Since, "since the first")
	w.exec("ALTER TABLE ops.away RENAME TO jobs")

	var version int
	require.NoError(t, w.db.QueryRow(t.Context(), "SELECT max(version_id) FROM public.goose_db_version").Scan(&version))
	w.exec("UPDATE public.goose_db_version SET version_id = 1 WHERE version_id = $1", version)
	reason = fails()
	require.Equal(t, why.SchemaOlder, reason.Code)
	w.says(reason, "The database's schema is older than the planner")
	w.exec("UPDATE public.goose_db_version SET version_id = $1 WHERE id = (SELECT max(id) FROM public.goose_db_version)", version)

	w.srv.Shutdown()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, 1)
	require.Eventually(t, func() bool { return w.nc.Status() != nats.CONNECTED }, time.Minute, time.Millisecond)
	w.pass(time.Minute)
	go func() {
		_, err := w.planner.tickAsLeader(ctx, lease)
		done <- err
	}()
	require.Eventually(t, func() bool { return w.overview().Planner.Code == why.NATSAway }, time.Minute, 10*time.Millisecond)
	w.says(*w.overview().Planner, "NATS has been unreachable since ")
	cancel() // it would wait for the connection
	require.Error(t, <-done)
}

// A sentence is logged when it changes, and not while only its figures do.
func TestASentenceIsLoggedWhenItChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon()
	var log bytes.Buffer
	w.planner = w.assemble(w.planner.cfg, w.config().tick(), func(c *connections) {
		c.log = zerolog.New(&log)
		w.metrics = c.registry.(*prometheus.Registry)
	})
	w.settle()
	w.until(messages.KOBIS, why.NothingDue)
	w.until(messages.TMDB, why.NothingDue)
	log.Reset()
	for range 5 {
		w.why(messages.KOBIS)
	}
	require.NotContains(t, log.String(), `"code":`)
	w.films = append([]film{w.newFilm()}, w.films...)
	w.pass(24 * time.Hour)
	w.why(messages.KOBIS)
	require.Equal(t, 1, strings.Count(log.String(), `"source":"kobis","code":"no-fetcher"`), log.String())
}

// An outage of KOBIS until the afternoon shows from the deadline on, and ends with the
// landing; what is fetched for older days changes nothing.
func TestAnOutageShowsFromTheDeadlineOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon()
	w.settle()
	landed := w.metric("landed")
	require.Zero(t, landed)
	at := func(hour, minute int) {
		w.clock = w.day(1).Add(time.Duration(hour-9)*time.Hour + time.Duration(minute)*time.Minute)
		w.tick()
	}
	at(10, 29)
	require.Zero(t, w.freshness("overdue_seconds", "box-office"))
	at(10, 31)
	require.InDelta(t, 60, w.freshness("overdue_seconds", "box-office"), 1)
	before := w.freshness("landed_timestamp_seconds", "box-office")
	w.exec("UPDATE staging.kobis_box_office_days SET fetched_at = $1 WHERE date < $2", w.now(), w.day(-1))
	at(13, 0)
	require.InDelta(t, 9000, w.freshness("overdue_seconds", "box-office"), 1)
	require.InDelta(t, before, w.freshness("landed_timestamp_seconds", "box-office"), 0, "the newest day's, whatever is read of older ones")
	require.Equal(t, "data-late", w.overview().Problems[0].Code)
	w.settle()
	w.pass(time.Second)
	w.tick()
	require.Zero(t, w.freshness("overdue_seconds", "box-office"))
	require.InDelta(t, float64(w.now().Unix()), w.freshness("landed_timestamp_seconds", "box-office"), 600)
}

// freshness is the value of a gauge of freshness.
func (w *world) freshness(name, set string) float64 {
	families, err := w.metrics.Gather()
	require.NoError(w.t, err)
	for _, family := range families {
		if family.GetName() != "cledit_freshness_"+name {
			continue
		}
		for _, metric := range family.GetMetric() {
			if metric.GetLabel()[0].GetValue() == set {
				return metric.GetGauge().GetValue()
			}
		}
	}
	return 0
}

func TestTheHistoryIsKeptAndBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.exec("INSERT INTO ops.history (at, source, outstanding, due, backlog, reason) VALUES ($1, 'kobis', 0, 0, 0, 'working')", w.now().Add(-91*24*time.Hour))
	for range 3 {
		w.tick()
		w.pass(10 * time.Minute)
	}
	past, err := store.New(w.db).Reports.History(t.Context(), w.now().Add(-365*24*time.Hour))
	require.NoError(t, err)
	require.Len(t, past, 6, "of each source, every ten minutes")
	require.Equal(t, messages.KOBIS, past[0].Source)
	require.NotEmpty(t, past[0].Reason)
}

func TestTheDigestOfADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon()
	var log bytes.Buffer
	w.planner = w.assemble(w.planner.cfg, w.config().tick(), func(c *connections) { c.log = zerolog.New(&log) })
	w.settle()
	w.exec("UPDATE production.matches SET status = 'review', tmdb_id = NULL")
	require.NotContains(t, log.String(), "titles changed")
	w.clock = w.day(1).Add(time.Hour + 45*time.Minute) // 10:45 in Seoul
	for range 3 {
		w.tick()
		w.pass(time.Minute)
	}
	require.Equal(t, 1, strings.Count(log.String(), "titles changed"), "a line a day")
	show := func(cfg digestConfig) string {
		var out bytes.Buffer
		cfg.Database.URL, cfg.Now, cfg.Stdout = w.url, w.now, &out
		require.NoError(t, showDigest(t.Context(), cfg))
		return out.String()
	}
	text := show(digestConfig{Markdown: true})
	require.Contains(t, text, "**"+w.date(1)+"**")
	require.Contains(t, text, "- 3 in review (0 of openings within two weeks)")
	require.Contains(t, text, "calls to KOBIS on "+w.date(0))
	require.Contains(t, text, "- box-office late by 1")
	posted := make(chan webhookText, 1)
	chat := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var text webhookText
		_ = json.NewDecoder(r.Body).Decode(&text)
		posted <- text
	}))
	defer chat.Close()
	show(digestConfig{Webhook: Webhook{chat.URL}})
	require.Equal(t, text, (<-posted).Text, "a chat is told in Markdown")
	var digest report.Digest
	require.NoError(t, json.Unmarshal([]byte(show(digestConfig{JSON: true})), &digest))
	require.Equal(t, 3, digest.Reviews)
	require.NotNil(t, digest.BoxOfficeLandedAt)
	require.Equal(t, 1, strings.Count(show(digestConfig{}), "\n"), "a line")
}

func TestTheStatusForAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon()
	w.tick()
	var out bytes.Buffer
	cfg := statusConfig{Now: w.now}
	cfg.URL, cfg.Stdout = w.url, &out
	require.NoError(t, showStatus(t.Context(), cfg))
	for _, part := range []string{"KOBIS: ", "TMDB: ", "no fetcher has registered yet", "box-office", "Work", "data late: box-office; see docs/operations/troubleshoot.md#cleditdatalate"} {
		require.Contains(t, out.String(), part)
	}
	out.Reset()
	cfg.JSON = true
	require.NoError(t, showStatus(t.Context(), cfg))
	var overview report.Overview
	require.NoError(t, json.Unmarshal(out.Bytes(), &overview))
	require.Equal(t, why.Unregistered, overview.Sources[0].Why.Code)
}

func TestStreamsSayHowFullTheyAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	names := w.tick()
	w.tick()
	require.InDelta(t, len(names), w.metric("stream_messages", "JOBS"), 0)
	require.Positive(t, w.metric("stream_bytes", "JOBS"))
	require.InDelta(t, 64<<20, w.metric("stream_max_bytes", "RAW"), 0)
	require.Positive(t, w.metric("stream_first_timestamp_seconds", "JOBS"))
	require.Equal(t, 4, w.series("stream_bytes"), "the ledger's bucket is a stream, too")
	w.until(messages.KOBIS, why.NothingDue)
	require.Zero(t, w.series("stage_done_timestamp_seconds"))
	require.InDelta(t, 3, w.metric("catalogue_known_films"), 0)
	require.InDelta(t, 3, w.metric("catalogue_claimed_films"), 0)
	w.exec("DELETE FROM staging.kobis_movie_details")
	w.pass(2 * time.Hour) // an answered call is held for one
	w.tick()
	w.why(messages.KOBIS)
	require.Positive(t, w.series("stage_done_timestamp_seconds"))
}
