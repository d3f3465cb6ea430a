package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/clocktest"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

func TestPace(t *testing.T) {
	t.Parallel()
	var pace policy.Pace
	name := messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: "all.1"}
	other := messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: "all.2"}
	now := clocktest.At()
	require.False(t, pace.Waits(name, now))
	asked := 0
	for range 24 * 60 { // a tick a minute, and it is always due
		if !pace.Waits(name, now) {
			pace.Ask(name, now)
			asked++
		}
		now = now.Add(time.Minute)
	}
	require.Equal(t, 24*10, asked, "ten an hour")
	require.False(t, pace.Ask(other, now), "each name for itself")
	now = now.Add(time.Hour)
	require.False(t, pace.Waits(name, now))
	pace.Forget(now)
	for i := range 10 {
		require.Equal(t, i == 9, pace.Ask(name, now), "the tenth is the last")
	}
}
