package planner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/lead"
)

func TestFirstTickAsksForTheListAndTheBoxOffice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	jobs := w.tick()
	require.Contains(t, jobs, "kobis.movie-list.all.1")
	for day := -7; day <= -1; day++ {
		require.Contains(t, jobs, w.boxOffice(day))
	}
	require.Contains(t, jobs, fmt.Sprintf("tmdb.series-discover.%s-07-01_%[1]s-12-31.1", w.year(0)))
	require.NotContains(t, jobs, w.boxOffice(0), "today has no box office yet")
	require.Equal(t, jobs, w.tick(), "what is outstanding is not planned again")
	require.Equal(t, len(jobs), w.count("SELECT count(*) FROM ops.jobs WHERE job_id > 0"))
}

func TestEverythingIsReadAndThenNothingIsLeft(t *testing.T) {
	t.Parallel()
	films := catalogueOf(230)
	films[5].TMDB, films[6].Hidden = 0, true
	films[7].Made, films[7].Opened = 0, ""
	w := newWorld(t, films...)
	w.settle()

	require.Equal(t, 230, w.count("SELECT count(*) FROM staging.kobis_movies"))
	require.Equal(t, 230, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
	require.Equal(t, 1, w.count("SELECT count(*) FROM staging.kobis_movie_details WHERE missing_since IS NOT NULL"))
	require.Equal(t, 229, w.count("SELECT count(*) FROM staging.tmdb_movies"))
	require.Equal(t, 2, w.count("SELECT count(*) FROM staging.tmdb_series"))
	require.Equal(t, 2, w.count("SELECT count(*) FROM staging.tmdb_seasons"), "the series of one season tells it itself")
	require.Equal(t, 7, w.count("SELECT count(*) FROM staging.kobis_box_office_days"))
	require.Equal(t, 1, w.count("SELECT count(*) FROM ops.windows WHERE scope = 'all' AND phase = 'complete' AND known = total"))
	require.Equal(t, 18, w.count("SELECT count(*) FROM ops.windows WHERE scope NOT IN ('all', 'people') AND phase = 'complete' AND known = total"))
	require.Equal(t, 1, w.count("SELECT count(*) FROM ops.windows WHERE scope = 'people' AND phase = 'complete' AND known = total"))
	require.Zero(t, w.count("SELECT count(*) FROM ops.jobs"))
	require.Equal(t, len(w.calls), len(slices.Compact(slices.Sorted(slices.Values(texts(w.calls)))))+2, "only page 1 of each list is read twice")

	calls := len(w.calls)
	w.settle()
	require.Len(t, w.calls, calls, "nothing is left to do")
	require.Equal(t, w.count("SELECT sum(planned)::int FROM ops.runs"), w.count("SELECT sum(answered)::int FROM ops.runs"))
}

func texts(names []messages.Name) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = name.String()
	}
	return list
}

func TestDetailsAreReadNewestFirstAfterTheCatalogue(t *testing.T) {
	t.Parallel()
	films := catalogueOf(150)
	slices.Reverse(films) // the list's own order is another
	w := newWorld(t, films...)
	w.settle()
	list, details := -1, []string{}
	for i, name := range w.calls {
		if name.Kind == messages.KindMovieList && name.Key == "all.2" {
			list = i
		}
		if name.Source == messages.KOBIS && name.Kind == messages.KindMovieDetail {
			require.Greater(t, i, list)
			details = append(details, name.Key)
		}
	}
	want := slices.Sorted(slices.Values(details))
	slices.Reverse(want) // codes grow with the opening date
	require.Equal(t, want, details)
}

func TestNothingIsFetchedTwiceWhileTheLoaderIsBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	for range 3 {
		w.tick()
		w.fetch()
	}
	names := texts(w.calls)
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(names))), len(names))
	require.Empty(t, w.jobs())
	w.load()
	require.NotEmpty(t, w.tick(), "what was loaded asks for more")
}

func TestPurgedJobsArePlannedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	before := w.tick()
	stream, err := w.js.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	require.Equal(t, before, w.tick())
	w.settle()
}

func TestLostJobWaitsForTheLoader(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.tick()
	w.fetch() // answered in RAW, so gone from JOBS, but not loaded
	require.Empty(t, w.tick(), "a job whose answer may still be loaded is not lost")
	w.load()
	w.tick()
	require.Zero(t, w.count("SELECT count(*) FROM ops.jobs WHERE subject LIKE 'kobis.daily-box-office.%'"))
}

func TestRemovedStreamsAreMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.settle()
	w.films = append([]film{w.newFilm()}, w.films...)
	w.pass(25 * time.Hour)
	w.tick()
	for _, name := range []string{topology.StreamJobs, topology.StreamRaw, topology.StreamDead} {
		require.NoError(t, w.js.DeleteStream(t.Context(), name))
	}
	w.settle()
	require.Equal(t, 31, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
}

func TestEmptiedTablesOfItsOwnHeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.settle()
	calls := len(w.calls)
	w.exec("TRUNCATE ops.jobs, ops.due, ops.windows, ops.runs, ops.daily_calls, ops.planner_state")
	w.settle()
	// The heads of the lists are looked at again, and each year's page 1 is known.
	require.LessOrEqual(t, len(w.calls), calls+2)
}

func TestTruncatedJobsAreTakenOverFromJetStream(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	before := w.tick()
	w.exec("TRUNCATE ops.jobs")
	require.Equal(t, before, w.tick())
	require.Equal(t, len(before), w.count("SELECT count(*) FROM ops.jobs WHERE job_id > 0"))
	w.settle()
	require.Equal(t, 30, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
}

func TestDeadLettersAreHeldForHoursThenDays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	subject := messages.Name{Source: messages.KOBIS, Kind: messages.KindDailyBoxOffice, Key: w.day(-1).Format("20060102")}.JobSubject()
	for i, hold := range []time.Duration{time.Hour, 4 * time.Hour, 12 * time.Hour, 24 * time.Hour} {
		require.Contains(t, w.tick(), w.boxOffice(-1), "death %d", i+1)
		died := w.now()
		w.bury(subject)
		require.Eventually(t, func() bool {
			require.NotContains(t, w.tick(), w.boxOffice(-1))
			return w.count("SELECT coalesce(max(deaths), 0) FROM ops.dead_letters WHERE subject = $1", subject) == i+1
		}, time.Minute, 10*time.Millisecond)
		require.WithinDuration(t, died.Add(hold), w.retryAt(subject), time.Microsecond, "by the planner's clock")
		w.clock = w.retryAt(subject).Add(-time.Second)
		require.NotContains(t, w.tick(), w.boxOffice(-1))
		w.clock = w.retryAt(subject)
	}
	w.tick()
	w.fetch()
	w.load()
	w.tick()
	require.Zero(t, w.count("SELECT count(*) FROM ops.dead_letters WHERE resolved_at IS NULL"), "an answer resolves them")
}

func TestRequeuedDeadLetterIsPlannedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.tick()
	w.bury("jobs." + w.boxOffice(-1))
	require.NotContains(t, w.tick(), w.boxOffice(-1))
	w.exec("UPDATE ops.dead_letters SET resolved_at = $1", w.now())
	require.Contains(t, w.tick(), w.boxOffice(-1))
}

// A job that ends every fetcher which takes it is delivered no more, and blocks its
// subject: it has to come to DEAD, and to be planned again in time.
func TestCrashLoopingJobComesToDead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	by := w.config().tick()
	by.StuckAfter = time.Hour
	w.planner = w.assemble(w.planner.cfg, by, func(c *connections) { w.metrics = c.registry.(*prometheus.Registry) })
	name := w.boxOffice(-1)
	require.Contains(t, w.tick(), name)
	kobis, err := w.js.Consumer(t.Context(), topology.StreamJobs, topology.ConsumerFetcher(messages.KOBIS))
	require.NoError(t, err)
	deliveries := 0
	for deliveries < topology.MaxDeliver {
		msg, err := kobis.Next(jetstream.FetchMaxWait(time.Minute))
		require.NoError(t, err)
		if msg.Subject() != "jobs."+name {
			w.answer(msg)
			continue
		}
		deliveries++
		require.NoError(t, msg.Nak(), "as after the wait for an acknowledgement that never comes")
	}
	w.answerAll(kobis)
	require.Eventually(t, func() bool {
		w.answerAll(kobis)
		w.load()
		w.pass(by.StuckAfter / 3) // as the planner's own clock has it
		return !slices.Contains(w.tick(), name) && w.count("SELECT count(*) FROM ops.dead_letters WHERE name = $1 AND reason LIKE 'crash loop%'", name) == 1
	}, time.Minute, 10*time.Millisecond)
	require.InDelta(t, 1, w.metric("stuck_jobs_total"), 0)
	w.clock = w.retryAt("jobs." + name)
	w.settle()
	require.Equal(t, 1, w.count("SELECT count(*) FROM staging.kobis_box_office_days WHERE date = $1", w.day(-1)))
}

// bury does with a job what a fetcher does that can't answer it.
func (w *world) bury(subject string) {
	w.t.Helper()
	dead := messages.DeadLetter{Subject: subject, Header: nats.Header{"X": {"a\x00b"}}, Reason: "it could not be answered", Error: "HTTP 500"}
	_, err := w.js.PublishMsg(w.t.Context(), dead.Msg())
	require.NoError(w.t, err)
	stream, err := w.js.Stream(w.t.Context(), topology.StreamJobs)
	require.NoError(w.t, err)
	msg, err := stream.GetLastMsgForSubject(w.t.Context(), subject)
	require.NoError(w.t, err)
	require.NoError(w.t, stream.DeleteMsg(w.t.Context(), msg.Sequence))
}

func (w *world) retryAt(subject string) (at time.Time) {
	require.NoError(w.t, w.db.QueryRow(w.t.Context(), "SELECT max(retry_at) FROM ops.dead_letters WHERE subject = $1", subject).Scan(&at))
	return at
}

func TestBudgetBoundsWhatIsOutstanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.ensure()
	ledger := w.spend(t.Context(), 5)
	t.Cleanup(func() { require.NoError(t, ledger.Close()) })
	w.tick()
	require.Equal(t, 5, w.kobis())
	require.Equal(t, 5, w.status.Sources[0].Runnable)
	require.InDelta(t, 5, w.metric("key_remaining_calls", quota.Fingerprint("0123456789abcdef0123456789abcdef"), "kobis"), 0)
}

func (w *world) kobis() (n int) {
	for _, name := range w.jobs() {
		if name[:6] == "kobis." {
			n++
		}
	}
	return n
}

func TestEditsAndNewFilmsAreFoundTheNextDay(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w := newWorld(t, catalogueOf(250)...)
	w.settle()
	edited := w.films[123] // its row does not change, only its place
	w.films = append([]film{w.newFilm(), edited}, slices.Delete(slices.Clone(w.films), 123, 124)...)
	calls := len(w.calls)
	w.pass(24 * time.Hour)
	w.settle()
	later := texts(w.calls[calls:])
	require.Contains(t, later, "kobis.movie-list.all.1")
	require.NotContains(t, later, "kobis.movie-list.all.2")
	require.Contains(t, later, "kobis.movie-detail."+edited.Code)
	require.Contains(t, later, "kobis.movie-detail."+w.newFilm().Code)
	require.Contains(t, later, w.boxOffice(0))
	require.Len(t, slices.DeleteFunc(later, func(s string) bool { return !strings.HasPrefix(s, "kobis.movie-detail.") }), 3, "and the first film below, whose edit the order would not show")
}

func TestEmptyBoxOfficeIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.noon() // the figures are final
	yesterday := w.day(-1).Format("20060102")
	w.empty[yesterday] = true
	w.settle()
	calls := len(w.calls)
	w.pass(2 * time.Hour)
	delete(w.empty, yesterday)
	w.settle()
	require.Equal(t, []string{w.boxOffice(-1)}, texts(w.calls[calls:]))
	require.Equal(t, 1, w.count("SELECT count(*) FROM staging.kobis_box_office_days WHERE date = $1 AND row_count = 10", w.day(-1)))
}

// An answer that leaves its call due must not be asked for again and again.
func TestAnsweredAndStillDueIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(1)...)
	w.settle()
	code := w.films[0].Code
	w.pass(holdOfAnswered + time.Minute)
	w.exec("DELETE FROM staging.kobis_movie_details")
	require.Contains(t, w.tick(), "kobis.movie-detail."+code)
	w.fetch()
	w.exec("CREATE RULE no_details AS ON INSERT TO staging.kobis_movie_details DO INSTEAD NOTHING")
	w.load()
	require.NotContains(t, w.tick(), "kobis.movie-detail."+code)
	w.pass(holdOfAnswered + time.Minute)
	require.Contains(t, w.tick(), "kobis.movie-detail."+code)
}

const holdOfAnswered = time.Hour

func TestTwoPlannersAtOnceDoNoHarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(120)...)
	other := w.assemble(w.config(), w.config().tick(), func(*connections) {})
	for range 200 {
		done := make(chan error, 1)
		go func() { _, err := other.Tick(t.Context()); done <- err }()
		w.tick()
		require.NoError(t, <-done)
		w.fetch()
		w.load()
		if w.status.Settled {
			break
		}
	}
	require.True(t, w.status.Settled)
	require.Equal(t, 120, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
	twice := map[string]int{}
	for _, name := range texts(w.calls) {
		twice[name]++
	}
	delete(twice, "kobis.movie-list.all.1")
	delete(twice, "kobis.people-list.all.1")
	for name, n := range twice {
		require.Equal(t, 1, n, name)
	}
}

func TestSecondPlannerTakesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	first, second := lead.New(w.url, time.Minute), lead.New(w.url, time.Minute)
	require.NoError(t, first.Hold(t.Context()))
	require.NoError(t, first.Hold(t.Context()), "a leader stays one")
	require.ErrorIs(t, second.Hold(t.Context()), lead.ErrElsewhere)
	first.Drop(t.Context())
	require.Eventually(t, func() bool { return second.Hold(t.Context()) == nil }, 15*time.Second, 50*time.Millisecond)
	second.Drop(t.Context())
}

func TestSilentLeaderLosesTheLead(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	frozen, second := lead.New(w.url, 200*time.Millisecond), lead.New(w.url, time.Minute)
	require.NoError(t, frozen.Hold(t.Context()))
	require.Eventually(t, func() bool { return second.Hold(t.Context()) == nil }, 15*time.Second, 50*time.Millisecond)
	require.Error(t, frozen.Hold(t.Context()), "it learns that its session was ended")
	require.ErrorIs(t, frozen.Hold(t.Context()), lead.ErrElsewhere)
	frozen.Drop(t.Context())
	second.Drop(t.Context())
}

// However long the pauses between its ticks are, a leader shows that it lives, and
// one that does not is replaced within 15 s.
func TestLeaderKeepsTheLeadThroughLongPauses(t *testing.T) {
	t.Parallel()
	require.Less(t, lead.Silence+leadRetry, 15*time.Second)
	w := newWorld(t, catalogueOf(3)...)
	lease := lead.New(w.url, 2*lead.Beat)
	require.NoError(t, lease.Hold(t.Context()))
	w.planner.pause(t.Context(), lease, 3*lead.Beat)
	require.NoError(t, lease.Hold(t.Context()), "longer than the silence that ends a session")
	lease.Drop(t.Context())
}

func TestRunPlansUntilStopped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	ctx, cancel := context.WithCancel(t.Context())
	cfg := w.config()
	seen := make(chan Status, 1)
	cfg.OnStatus = func(s Status) {
		select {
		case seen <- s:
		default:
		}
	}
	done := make(chan error, 1)
	go func() { done <- Run(ctx, cfg) }()
	require.Positive(t, (<-seen).Published)
	cancel()
	require.NoError(t, <-done)
	require.Contains(t, w.jobs(), "kobis.movie-list.all.1")
}

func TestLostBucketIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.tick()
	require.NoError(t, w.js.DeleteKeyValue(t.Context(), topology.BucketQuota))
	_, err := w.planner.Tick(t.Context())
	require.ErrorIs(t, err, jetstream.ErrStreamNotFound)
	w.tick()
	_, err = w.js.KeyValue(t.Context(), topology.BucketQuota)
	require.NoError(t, err)
}
