package worker

import "context"

// slots counts the jobs that may be in flight.
type slots struct{ free chan struct{} }

func newSlots(n int) *slots {
	s := &slots{free: make(chan struct{}, n)}
	s.give(n)
	return s
}

// take waits for a free slot and takes all that are free.
func (s *slots) take(ctx context.Context) (int, error) {
	select {
	case <-s.free:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for n := 1; ; n++ {
		select {
		case <-s.free:
		default:
			return n, nil
		}
	}
}

func (s *slots) give(n int) {
	for range n {
		s.free <- struct{}{}
	}
}

func (s *slots) taken() int { return cap(s.free) - len(s.free) }
