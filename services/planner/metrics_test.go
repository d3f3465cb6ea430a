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
	turn := func() error {
		_, err := w.planner.tickAsLeader(t.Context(), lease)
		return err
	}
	require.NoError(t, turn())
	require.Positive(t, shown())
	require.Positive(t, w.metric("runnable_jobs", "kobis"))

	lease.Drop(t.Context())
	require.NoError(t, other.Hold(t.Context()))
	require.ErrorIs(t, turn(), lead.ErrElsewhere)
	require.Zero(t, shown())
	require.Zero(t, w.metric("leader"))

	other.Drop(t.Context())
	require.Eventually(t, func() bool { return turn() == nil }, time.Minute, 10*time.Millisecond)
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
