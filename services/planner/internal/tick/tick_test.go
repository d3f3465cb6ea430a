package tick

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/freshness"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

func TestDifferencesAreReportedOnce(t *testing.T) {
	t.Parallel()
	js, err := jetstream.New(natstest.Connect(t, natstest.Start(t)))
	require.NoError(t, err)
	var log bytes.Buffer
	b := &binding{js: js, log: zerolog.New(&log), metrics: NewMetrics(prometheus.NewRegistry()), topology: topology.Config{Replicas: 1, RawMaxBytes: 64 << 20}}
	require.NoError(t, b.ensure(t.Context(), time.Now()))
	require.Empty(t, log.String())
	b.topology.RawMaxBytes = 1 << 30
	for range 2 {
		require.NoError(t, b.ensure(t.Context(), time.Now()))
	}
	require.Equal(t, 1, strings.Count(log.String(), "max_bytes"))
	stream, err := js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	require.EqualValues(t, 64<<20, stream.CachedInfo().Config.MaxBytes, "left as it is")
}

func TestAFewJobsMayAlwaysBeOut(t *testing.T) {
	t.Parallel()
	cfg := Config{HighWater: 500, Topology: topology.Config{RawMaxBytes: 4 * 4 * AssumedPayload}}
	require.Equal(t, 2, highWater(cfg, jobs.View{}))
	require.Equal(t, 1, highWater(cfg, jobs.View{PayloadBytes: 4 * AssumedPayload}), "never none")
}

func TestTheLastYearIsSeouls(t *testing.T) {
	t.Parallel()
	newYearInSeoul := time.Date(2026, 12, 31, 15, 0, 0, 0, time.UTC)
	from, to := Config{FirstYear: 1919}.years(newYearInSeoul)
	require.Equal(t, []int{1919, 2027}, []int{from, to})
	_, to = Config{FirstYear: 1919, LastYear: 2020}.years(newYearInSeoul)
	require.Equal(t, 2020, to)
}

// A scrape that comes while a gauge's rows are replaced sees each that stays, and none
// that has gone when that is done.
func TestAScrapeMeanwhileSeesWhatStays(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	m := NewMetrics(registry)
	key := func(fingerprint string, state quota.State) quota.KeyStatus {
		return quota.KeyStatus{Fingerprint: fingerprint, State: state, Quota: 10, ResetAt: time.Unix(1, 0)}
	}
	stays := key("stays", quota.StateInvalid)
	at := map[policy.WorkloadID]time.Time{policy.DetailBack: time.Unix(1, 0)}
	landed := State{Freshness: []freshness.State{{Set: freshness.BoxOffice, LandedAt: new(time.Unix(1, 0))}}}
	set := func(goes ...quota.KeyStatus) {
		m.ledger(quota.Snapshot{Source: "kobis", Keys: append(goes, stays)})
		m.Done(at)
		m.state(landed)
	}
	rows := func() map[string]int {
		families, err := registry.Gather()
		require.NoError(t, err)
		n := map[string]int{}
		for _, family := range families {
			n[family.GetName()] = len(family.GetMetric())
		}
		return n
	}
	set()
	least := rows()
	for _, name := range []string{"planner_key_state", "planner_key_spent_calls", "planner_key_leased_calls", "planner_key_remaining_calls", "planner_quota_reset_timestamp_seconds", "planner_stage_done_timestamp_seconds", "freshness_landed_timestamp_seconds"} {
		require.Equal(t, 1, least["cledit_"+name], name)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 2_000 {
			set(key("goes", quota.StateOK))
			set()
		}
	}()
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		for name, n := range rows() {
			require.GreaterOrEqual(t, n, least[name], name)
		}
	}
	require.Equal(t, least, rows())
}
