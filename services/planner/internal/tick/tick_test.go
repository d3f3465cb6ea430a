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
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
)

func TestDifferencesAreReportedOnce(t *testing.T) {
	t.Parallel()
	js, err := jetstream.New(natstest.Connect(t, natstest.Start(t)))
	require.NoError(t, err)
	var log bytes.Buffer
	b := &binding{js: js, log: zerolog.New(&log), metrics: NewMetrics(prometheus.NewRegistry()), topology: topology.Config{Replicas: 1, RawMaxBytes: 64 << 20}}
	require.NoError(t, b.ensure(t.Context()))
	require.Empty(t, log.String())
	b.topology.RawMaxBytes = 1 << 30
	for range 2 {
		require.NoError(t, b.ensure(t.Context()))
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
