package loader

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
)

func TestABacklogIsToldWithWhatIsLeftAndHowLongItTakes(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	clock := noon
	p := &progress{log: zerolog.New(&out), metrics: newMetrics(prometheus.NewRegistry()), now: func() time.Time { return clock }}
	for range 30 {
		p.pulled(500, 10_000)
		p.pulled(500, 0) // what is worked off within seconds is not a backlog
	}
	require.Empty(t, out.String())

	for left := uint64(60_000); left > 0; left -= 500 {
		p.pulled(500, left)
		clock = clock.Add(time.Second)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 11, "one every ten seconds")
	require.JSONEq(t, `{"level":"info","left":55000,"per_second":550,"takes":"1m40s","message":"loading a backlog"}`, lines[0])
	require.InDelta(t, 500, testutil.ToFloat64(p.metrics.backlog), 0)
	require.Positive(t, testutil.ToFloat64(p.metrics.eta))
	p.pulled(500, 0)
	require.True(t, strings.HasSuffix(out.String(), `"message":"the backlog is loaded"}`+"\n"))
	require.Zero(t, testutil.ToFloat64(p.metrics.eta))
}
