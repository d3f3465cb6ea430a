package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/semaphore"
)

func TestLargeAnswersWaitForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &Worker{room: semaphore.NewWeighted(answersRoom)}
		one, overOne := w.share(t.Context())
		other, overOther := w.share(t.Context())
		third, overThird := w.share(t.Context())
		require.NoError(t, Reserve(one, answersRoom/2))
		require.NoError(t, Reserve(one, answersRoom/2), "the next answer to a job takes the place of the one before")
		require.NoError(t, Reserve(other, answersRoom/2))

		short, cancel := context.WithTimeout(third, time.Second)
		defer cancel()
		require.ErrorIs(t, Reserve(short, 1), context.DeadlineExceeded, "the wait ends with its call")

		time.AfterFunc(time.Second, overOther)
		require.NoError(t, Reserve(third, answersRoom/2))
		overOne()
		overThird()
		last, overLast := w.share(t.Context())
		require.NoError(t, Reserve(last, 2*answersRoom), "an answer has all the room at most")
		overLast()
		require.NoError(t, Reserve(context.Background(), 2*answersRoom), "no job, no room")
		require.True(t, w.room.TryAcquire(answersRoom))
	})
}
