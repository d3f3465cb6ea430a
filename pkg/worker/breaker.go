package worker

import (
	"context"
	"sync"
	"time"
)

// leastStreak is how many calls in a row must fail before the source is taken
// to be down; with more jobs in flight it takes more, since they fail together.
const leastStreak = 10

// breaker slows a replica down while its source fails: each call of an outage
// would spend budget, and an attempt of its job. After a streak of failures it
// lets one call through at a time, after pauses that grow like those of a job,
// until one is answered.
type breaker struct {
	backoff Backoff
	now     func() time.Time
	streak  int // that opens it

	mu      sync.Mutex
	failed  int           // calls in a row, while closed
	trips   int           // pauses in a row; 0 while closed
	mark    time.Time     // when it opened or last let a call through
	until   time.Time     // no call before that, while open
	changed chan struct{} // closed and replaced when a wait may be over
}

func newBreaker(cfg Config) *breaker {
	return &breaker{
		backoff: cfg.Backoff, now: cfg.Now, streak: max(leastStreak, 2*cfg.Concurrency), changed: make(chan struct{}),
	}
}

// failure notes a call without an answer, and says whether that opened the
// breaker. What was in flight when it opened tells nothing new.
func (b *breaker) failure(began time.Time, after time.Duration) (opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trips == 0 {
		b.failed++
	}
	if b.failed < b.streak {
		return false
	}
	return b.open(began, after)
}

// trip opens the breaker, or lengthens its pause, without a streak of failures.
func (b *breaker) trip(began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.open(began, 0)
}

func (b *breaker) open(began time.Time, after time.Duration) (opened bool) {
	if b.trips > 0 && began.Before(b.mark) {
		return false
	}
	b.trips++
	b.mark = b.now()
	b.until = b.mark.Add(b.backoff.delay(b.trips, min(after, b.backoff.Max)))
	return b.trips == 1
}

// answer notes that the source answers, and says whether that closed the breaker.
func (b *breaker) answer() (closed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	closed = b.trips > 0
	b.failed, b.trips = 0, 0
	if closed {
		close(b.changed)
		b.changed = make(chan struct{})
	}
	return closed
}

// hasten lets the next call through without a pause, though the breaker stays open.
func (b *breaker) hasten() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.until = b.now()
	close(b.changed)
	b.changed = make(chan struct{})
}

// admit waits while no call may be made and returns how many of the wanted ones
// may.
func (b *breaker) admit(ctx context.Context, wanted int) (int, error) {
	for {
		admitted, wait, changed := b.ready(wanted)
		if admitted > 0 {
			return admitted, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return 0, ctx.Err()
		}
	}
}

// ready says how many calls may be made now, or how long to wait.
func (b *breaker) ready(wanted int) (int, time.Duration, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.trips == 0 {
		return wanted, 0, nil
	}
	now := b.now()
	if wait := b.until.Sub(now); wait > 0 {
		return 0, wait, b.changed
	}
	// The next call follows when this one has failed, or after another pause.
	b.mark, b.until = now, now.Add(b.backoff.delay(b.trips, 0))
	return 1, 0, nil
}
