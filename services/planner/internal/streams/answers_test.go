package streams

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
)

func page(n int) messages.Name {
	return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: fmt.Sprintf("all.%d", n)}
}

// Whatever is published below the subject, only what is watched for is kept, and
// wakes once.
func TestAnswersKeepWhatIsWatchedForAlone(t *testing.T) {
	t.Parallel()
	nc := natstest.Connect(t, natstest.Start(t))
	a, err := Listen(nc, messages.PrefixRaw+"kobis.movie-list.all.*")
	require.NoError(t, err)
	a.Watch([]messages.Name{page(1)})
	a.Expect([]messages.Name{page(2)})
	for n := range 5000 {
		require.NoError(t, nc.Publish(page(n).RawSubject(), nil))
	}
	require.Eventually(t, func() bool { return a.Seen(page(1)) && a.Seen(page(2)) }, time.Minute, time.Millisecond)
	require.NoError(t, a.Close())
	require.Len(t, a.seen, 2)
	require.Len(t, a.Wake(), 1)
	<-a.Wake()
	a.note(page(2).String())
	a.note(page(3).String())
	require.Empty(t, a.Wake(), "it is seen already, or nobody's")
	a.Watch([]messages.Name{page(2), page(3)})
	require.True(t, a.Seen(page(2)))
	require.False(t, a.Seen(page(1)))
	a.Expect([]messages.Name{page(2)})
	require.False(t, a.Seen(page(2)), "it is asked for again")
}
