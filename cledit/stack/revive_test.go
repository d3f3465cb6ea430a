package stack

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
)

// A service whose connection is closed again and again comes back after pauses
// that grow to a minute; one that stayed up comes back soon.
func TestServicesStartAgainAfterGrowingPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var starts []time.Time
		var said []string
		err := revive(ctx, "loader", func(ctx context.Context) error {
			starts = append(starts, time.Now())
			switch len(starts) {
			case 9:
				<-time.After(steadyAfter)
			case 10:
				cancel()
			}
			return fmt.Errorf("closed by the server: %w", service.ErrNATSClosed)
		}, func(line string) { said = append(said, line) })
		require.ErrorIs(t, err, service.ErrNATSClosed)
		var pauses []time.Duration
		for i := range len(starts) - 2 {
			pauses = append(pauses, starts[i+1].Sub(starts[i])/time.Second)
		}
		require.Equal(t, []time.Duration{1, 2, 4, 8, 16, 32, 60, 60}, pauses)
		require.Equal(t, steadyAfter+firstPause, starts[9].Sub(starts[8]))
		require.Len(t, said, 9)
		require.Equal(t, "loader ended and starts again in 1s: closed by the server: "+service.ErrNATSClosed.Error(), said[0])
	})
}

// Any other failure is the stack's to end with.
func TestOtherFailuresAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	wrong := errors.New("the schema is too old")
	err := revive(t.Context(), "loader", func(context.Context) error { return wrong }, nil)
	require.ErrorIs(t, err, wrong)
}
