package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAWaitHasANameOnceItTakesLong(t *testing.T) {
	t.Parallel()
	var w waiting
	now := time.Unix(0, 0)
	require.NoError(t, w.check(now))
	first := w.begin("count the attempts of a", now)
	second := w.begin("count the attempts of b", now.Add(time.Second))
	require.NoError(t, w.check(now.Add(tellAfter-time.Second)))
	require.EqualError(t, w.check(now.Add(tellAfter)), "waiting for 15s to count the attempts of a")
	first()
	require.NoError(t, w.check(now.Add(tellAfter)))
	require.EqualError(t, w.check(now.Add(time.Minute)), "waiting for 59s to count the attempts of b")
	second()
	require.NoError(t, w.check(now.Add(time.Hour)))
}
