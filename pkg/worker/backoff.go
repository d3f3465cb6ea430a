package worker

import (
	"time"

	"github.com/cenkalti/backoff/v4"

	"github.com/cledit/pipeline/pkg/topology"
)

// MostAttempts is the largest sensible Backoff.Attempts: enough below the number
// of deliveries that the queue allows (topology.MaxDeliver) to leave room for
// deliveries that spend no attempt.
const MostAttempts = topology.MaxDeliver - 5

// Backoff is when a job is tried again, and how often.
type Backoff struct {
	Base     time.Duration // mean delay before the second attempt
	Max      time.Duration // longest delay of our own, jitter included
	Attempts int           // attempts before a job is a dead letter
}

// delay is how long to wait after the given attempt, 1 being the first: it grows
// around powers of two of Base, give or take a half, at most Max. What the source
// asked for is kept even beyond Max, and never makes the delay shorter: a source
// that says "0" to every attempt would burn them all at once.
func (b Backoff) delay(attempt int, after time.Duration) time.Duration {
	delays := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(b.Base), backoff.WithMultiplier(2),
		backoff.WithMaxInterval(b.Max), backoff.WithMaxElapsedTime(0))
	delay := delays.NextBackOff()
	for range attempt - 1 {
		delay = delays.NextBackOff()
	}
	return max(min(delay, b.Max), after)
}

// steady is the backoff of what is repeated until it succeeds or its context
// ends: talking to NATS.
func steady() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(200*time.Millisecond), backoff.WithMaxInterval(10*time.Second), backoff.WithMaxElapsedTime(0))
}
