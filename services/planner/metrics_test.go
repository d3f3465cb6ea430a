package planner

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// Two planners that both say what can run would have it said twice, and the one
// that does not lead any more says it for ever.
func TestALostLeadTakesItsGaugesAlong(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	lead, other := &leader{url: w.url, silence: time.Minute}, &leader{url: w.url, silence: time.Minute}
	m := w.planner.metrics
	shown := func() (n int) {
		for _, g := range m.ofLeader {
			n += testutil.CollectAndCount(g)
		}
		return n
	}
	require.NoError(t, w.planner.turn(t.Context(), lead))
	require.Positive(t, shown())
	require.Positive(t, testutil.ToFloat64(m.runnable.WithLabelValues(string(messages.KOBIS))))

	lead.drop(t.Context())
	require.NoError(t, other.lead(t.Context()))
	require.ErrorIs(t, w.planner.turn(t.Context(), lead), errNotALeader)
	require.Zero(t, shown())
	require.Zero(t, testutil.ToFloat64(m.leader))

	other.drop(t.Context())
	require.Eventually(t, func() bool { return w.planner.turn(t.Context(), lead) == nil }, time.Minute, 10*time.Millisecond)
	require.Positive(t, shown())
	require.InDelta(t, 0, testutil.ToFloat64(m.openDead.WithLabelValues("kobis", "movie-list")), 0, "counted at once")
	lead.drop(t.Context())
}

func TestOpenDeadLettersAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	for _, subject := range []string{"jobs.kobis.movie-detail.1", "raw.kobis.movie-detail.2", "jobs.tmdb.movie-detail.7", "odd"} {
		w.exec("INSERT INTO ops.dead_letters (stream_seq, subject, reason, error, headers, body_size, failed_at, deaths, retry_at) SELECT count(*) + 1000, $1, 'why', '', '{}', 0, $2, 1, $2 FROM ops.dead_letters", subject, w.clock)
	}
	w.exec("UPDATE ops.dead_letters SET resolved_at = failed_at WHERE subject LIKE 'jobs.tmdb.%'")
	w.tick()
	open := w.planner.metrics.openDead
	require.InDelta(t, 2, testutil.ToFloat64(open.WithLabelValues("kobis", "movie-detail")), 0)
	require.InDelta(t, 0, testutil.ToFloat64(open.WithLabelValues("tmdb", "movie-detail")), 0)
	kinds := 0
	for _, of := range messages.Kinds() {
		kinds += len(of)
	}
	require.Equal(t, kinds, testutil.CollectAndCount(open), "an odd subject is no label")
}

// Where a planner runs is not what it plans by.
func TestTheDigestOfSettingsIsThatOfWhatIsPlanned(t *testing.T) {
	t.Parallel()
	digest := func(change func(*Config)) string {
		cfg := Config{Planning: Planning{Interval: time.Second, HighWater: 500, KOBISZone: Zone{Seoul}}}
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
