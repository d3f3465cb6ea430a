package planner

import (
	"errors"
	"os"
	"regexp"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// A planner tells at any time how its last tick ended.
func TestTheLastLookHasAName(t *testing.T) {
	t.Parallel()
	p := &Planner{metrics: tick.NewMetrics(prometheus.NewRegistry()), log: zerolog.New(zerolog.NewTestWriter(t))}
	require.ErrorIs(t, p.trouble(), errNoTick)
	p.logTick(t.Context(), lead.ErrElsewhere)
	require.ErrorIs(t, p.trouble(), lead.ErrElsewhere)
	p.logTick(t.Context(), tick.Faults{{Step: "windows", Source: messages.KOBIS, Err: errors.New("no such table")}})
	require.EqualError(t, p.trouble(), "step kobis windows: no such table")
	p.logTick(t.Context(), nil)
	require.NoError(t, p.trouble())
}

// Every reason that there is has a test in why_test.go that brings it about; one that is added asks
// for its own.
func TestEveryReasonIsBroughtAbout(t *testing.T) {
	t.Parallel()
	codes, err := os.ReadFile("why/why.go")
	require.NoError(t, err)
	tests, err := os.ReadFile("why_test.go")
	require.NoError(t, err)
	found := regexp.MustCompile(`(?m)^\t(\w+)\s+Code = "`).FindAllStringSubmatch(string(codes), -1)
	require.Greater(t, len(found), 15)
	for _, name := range found {
		require.Regexp(t, `why\.`+name[1]+`\b`, string(tests))
	}
}
