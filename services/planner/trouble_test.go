package planner

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// A planner tells at any time how its last look ended.
func TestTheLastLookHasAName(t *testing.T) {
	t.Parallel()
	p := &Planner{metrics: newMetrics(prometheus.NewRegistry()), log: zerolog.New(zerolog.NewTestWriter(t))}
	require.ErrorIs(t, p.trouble(), errNoLook)
	p.tell(t.Context(), errNotALeader)
	require.ErrorIs(t, p.trouble(), errNotALeader)
	p.tell(t.Context(), faults{{"windows", messages.KOBIS, errors.New("no such table")}})
	require.EqualError(t, p.trouble(), "step kobis windows: no such table")
	p.tell(t.Context(), nil)
	require.NoError(t, p.trouble())
}
