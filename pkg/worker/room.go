package worker

import (
	"context"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// answersRoom is how many bytes the large answers of a worker's jobs may have
// together, from before they are read until RAW has them or their job is over: one
// of the largest, or several of a few megabytes.
const answersRoom = 16 << 20

// share is what one job has of the room.
type share struct {
	room  *semaphore.Weighted
	bytes int64
}

type shareKey struct{}

// share gives a job its share, none to begin with, and returns how to give it back.
func (w *Worker) share(ctx context.Context) (context.Context, func()) {
	s := &share{room: w.room}
	return context.WithValue(ctx, shareKey{}, s), s.release
}

func (s *share) release() {
	s.room.Release(s.bytes)
	s.bytes = 0
}

// Reserve waits for room for an answer of so many bytes to the job that ctx is of,
// and takes it until the job is over, in place of what the job had for an answer
// before. It fails when ctx ends. Outside of a worker there is always room.
func Reserve(ctx context.Context, bytes int64) error {
	s, ok := ctx.Value(shareKey{}).(*share)
	if !ok {
		return nil
	}
	s.release()
	bytes = min(bytes, answersRoom)
	if err := s.room.Acquire(ctx, bytes); err != nil {
		return fmt.Errorf("waiting for room among %d bytes of answers: %w", answersRoom, err)
	}
	s.bytes = bytes
	return nil
}
