package fetcher

import (
	"fmt"
	"net/http"

	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/upstream"
	"github.com/cledit/pipeline/pkg/worker"
)

// The failures of a call that was answered. Each reason is one line for a person.

// Retry is an answer that a later call may improve on.
func Retry(reason string, err error) *worker.Failure {
	return &worker.Failure{Outcome: worker.Retry, Permit: quota.Spent, Reason: reason, Err: err}
}

// RetryFew is Retry with a limit of attempts of its own: for what is most
// likely permanent.
func RetryFew(attempts int, reason string) *worker.Failure {
	failure := Retry(reason, nil)
	failure.Attempts = attempts
	return failure
}

// RetryStatus is Retry for an HTTP status, not before the source allows it. One
// that asks for patience, 429 or 5xx, is not a refusal.
func RetryStatus(answer *upstream.Response) *worker.Failure {
	failure := Retry(fmt.Sprintf("the source answered with status %d", answer.Status), nil)
	failure.After, _ = answer.RetryAfter()
	if s := answer.Status; s >= http.StatusMultipleChoices && s < http.StatusInternalServerError && s != http.StatusTooManyRequests {
		failure.Refusal = fmt.Sprintf("status %d", answer.Status)
	}
	return failure
}

// Refused is Retry for what the source refused without a word of the job's own
// fault. The way is the same for all that is refused like it.
func Refused(way, reason string) *worker.Failure {
	failure := Retry(reason, nil)
	failure.Refusal = way
	return failure
}

// Dead is the source's own word that this very request is wrong: no later call
// will improve on it, unless everything is refused in the same way.
func Dead(way, reason string) *worker.Failure {
	return &worker.Failure{Outcome: worker.Dead, Permit: quota.Spent, Reason: reason, Refusal: way}
}

// KeyExhausted says that the key's budget of the day is used up. The job goes on
// with another key.
func KeyExhausted(reason string) *worker.Failure {
	return &worker.Failure{Outcome: worker.Wait, Permit: quota.Exhausted, Reason: reason}
}

// KeyInvalid says that the source refuses the key. The job goes on with another.
func KeyInvalid(reason string) *worker.Failure {
	return &worker.Failure{Outcome: worker.Wait, Permit: quota.Invalid, Reason: reason}
}
