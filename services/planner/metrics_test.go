package planner

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/limits"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/lead"
)

// Two planners that both say what can run would have it said twice, and the one
// that does not lead any more says it for ever.
func TestALostLeadTakesItsGaugesAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	lease, other := lead.New(w.url, time.Minute), lead.New(w.url, time.Minute)
	shown := func() (n int) {
		families, err := w.metrics.Gather()
		require.NoError(t, err)
		for _, family := range families {
			if family.GetType() == dto.MetricType_GAUGE && family.GetName() != "cledit_planner_leader" {
				n += len(family.GetMetric())
			}
		}
		return n
	}
	tick := func() error {
		_, err := w.planner.tickAsLeader(t.Context(), lease)
		return err
	}
	require.NoError(t, tick())
	require.Positive(t, shown())
	require.Positive(t, w.metric("runnable_jobs", "kobis"))

	lease.Drop(t.Context())
	require.NoError(t, other.Hold(t.Context()))
	require.ErrorIs(t, tick(), lead.ErrElsewhere)
	require.Zero(t, shown())
	require.Zero(t, w.metric("leader"))

	other.Drop(t.Context())
	require.Eventually(t, func() bool { return tick() == nil }, time.Minute, 10*time.Millisecond)
	require.Positive(t, shown())
	require.InDelta(t, 0, w.metric("dead_letters_open", "movie-list", "kobis"), 0, "counted at once")
	lease.Drop(t.Context())
}

func TestOpenDeadLettersAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	for _, subject := range []string{"jobs.kobis.movie-detail.1", "raw.kobis.movie-detail.2", "jobs.tmdb.movie-detail.7", "odd"} {
		w.exec("INSERT INTO ops.dead_letters (stream_seq, subject, reason, error, headers, body_size, failed_at, deaths, retry_at) SELECT count(*) + 1000, $1, 'why', '', '{}', 0, $2, 1, $2 FROM ops.dead_letters", subject, w.clock)
	}
	w.exec("UPDATE ops.dead_letters SET resolved_at = failed_at WHERE subject LIKE 'jobs.tmdb.%'")
	w.tick()
	require.InDelta(t, 2, w.metric("dead_letters_open", "movie-detail", "kobis"), 0)
	require.InDelta(t, 0, w.metric("dead_letters_open", "movie-detail", "tmdb"), 0)
	kinds := 0
	for _, of := range messages.Kinds() {
		kinds += len(of)
	}
	require.Equal(t, kinds, w.series("dead_letters_open"), "an odd subject is not a label")
}

// series is how many series a metric of the planner has.
func (w *world) series(name string) int {
	n, err := testutil.GatherAndCount(w.metrics, "cledit_planner_"+name)
	require.NoError(w.t, err)
	return n
}

// Where a planner runs is not what it plans by.
func TestTheDigestOfSettingsIsThatOfWhatIsPlanned(t *testing.T) {
	t.Parallel()
	digest := func(change func(*Config)) string {
		cfg := Config{Planning: Planning{Interval: time.Second, HighWater: 500, KOBIS: limits.KOBIS{KOBISZone: limits.Zone{Location: Seoul}}}}
		change(&cfg)
		registry := prometheus.NewRegistry()
		require.NoError(t, settingsInfo(registry, cfg))
		families, err := registry.Gather()
		require.NoError(t, err)
		return families[0].GetMetric()[0].GetLabel()[0].GetValue()
	}
	same := digest(func(*Config) {})
	require.Equal(t, same, digest(func(c *Config) { c.URL = "postgres://elsewhere/x" }))
	require.NotEqual(t, same, digest(func(c *Config) { c.HighWater = 501 }))
	require.NotEqual(t, same, digest(func(c *Config) { c.RawMaxBytes = 1 }))
}

// What is looked at from time to time is so by the planner's clock, also where that is
// set back.
func TestTheTopologyIsLookedAtByThePlannersClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	change := func(size int64) {
		stream, err := w.js.Stream(t.Context(), topology.StreamRaw)
		require.NoError(t, err)
		cfg := stream.CachedInfo().Config
		cfg.MaxBytes = size
		_, err = w.js.UpdateStream(t.Context(), cfg)
		require.NoError(t, err)
	}
	w.tick()
	right := int64(w.config().RawMaxBytes)
	change(right / 2)
	w.tick()
	require.Zero(t, w.metric("topology_differences"), "it was looked at just now")
	w.pass(time.Minute)
	w.tick()
	require.InDelta(t, 1, w.metric("topology_differences"), 0)
	change(right)
	w.pass(-time.Hour)
	w.tick()
	require.Zero(t, w.metric("topology_differences"))
}

// Many calls that are due are counted more seldom, few once a minute, and what has a
// deadline is read once a minute whatever is due.
func TestManyCallsAreCountedSeldom(t *testing.T) {
	t.Parallel()
	const many = 30_000 // two minutes
	w := newWorld(t)
	w.tick()
	due := func() float64 { return w.metric("due_calls", "kobis", "detail-refresh") }
	w.exec(`INSERT INTO ops.due (owner, subject, stage, rank, params, due_at, ready)
		SELECT 'kobis:movie:' || i, 'kobis.movie-detail.' || i, 'detail-refresh', i, '', $1, true FROM generate_series(1, $2::int) AS i`, w.now(), many)
	after := func(d time.Duration) float64 {
		w.pass(d)
		w.tick()
		return due()
	}
	require.Zero(t, due())
	counted := after(time.Minute)
	require.InDelta(t, many, counted, 1000, "but for those that are out")
	w.exec("DELETE FROM ops.due WHERE stage = 'detail-refresh' AND rank > 1000")
	w.exec("INSERT INTO ops.stale_titles (key, marked_at) VALUES ('kobis:movie:1', $1)", w.now().Add(-time.Hour))
	require.InDelta(t, counted, after(time.Minute), 0)
	families, err := w.metrics.Gather()
	require.NoError(t, err)
	late := 0.0
	for _, family := range families {
		for _, m := range family.GetMetric() {
			if family.GetName() == "cledit_freshness_overdue_seconds" && m.GetLabel()[0].GetValue() == string(freshness.Derivation) {
				late = m.GetGauge().GetValue()
			}
		}
	}
	require.Positive(t, late)
	require.LessOrEqual(t, after(time.Minute), 1000.0)
	w.exec("DELETE FROM ops.due WHERE stage = 'detail-refresh'")
	require.Zero(t, after(time.Minute), "few are counted once a minute")
}

// What each consumer of JetStream has to do, and how far the list is read, is measured.
func TestConsumersAndTheListAreMeasured(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.tick()
	w.tick() // which sees what the first has published
	require.Positive(t, w.metric("outstanding_jobs", "kobis"))
	require.InDelta(t, w.metric("outstanding_jobs", "kobis"), w.metric("consumer_pending", "fetcher-kobis", "JOBS"), 0, "nobody has taken any")
	require.InDelta(t, 0, w.metric("consumer_redelivered", "fetcher-kobis", "JOBS"), 0)
	require.Equal(t, 4, w.series("consumer_pending"))
	for _, stream := range []string{"JOBS", "RAW", "DEAD", "KV_QUOTA"} {
		require.Positive(t, w.metric("stream_max_bytes", stream), stream)
	}
	require.Positive(t, w.metric("catalogue_windows", "reading"), "nothing is read yet")
	require.InDelta(t, 0, w.metric("catalogue_windows", "complete"), 0)
}
