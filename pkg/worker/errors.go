package worker

import (
	"errors"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/quota"
)

var (
	errShutdown = errors.New("the fetcher shuts down")
	errPanic    = errors.New("the handler panicked")
)

// Failure is how a Handler says what becomes of a job that it could not answer,
// and of the permit that it was given. Any other error of a Handler is a Retry
// whose call may have been sent.
type Failure struct {
	Outcome JobOutcome       // Retry, Wait or Dead
	Permit  quota.Settlement // what became of the permit
	Reason  string           // one line for a person
	Err     error

	// Refusal says how the source refused, in the same words whenever it refuses in
	// the same way; empty where it did not. Many in a row are not fault of their jobs.
	Refusal string

	After    time.Duration // Retry: not before this; 0 means whenever the backoff says
	Attempts int           // Retry: dead after this many attempts already; 0 means Backoff.Attempts

	Later bool // Wait: no other permit mends it, so the job is handed back for a while

	Answer      []byte // what the source said, for the dead letter
	ContentType string
}

func (f *Failure) Error() string {
	if f.Err == nil {
		return f.Reason
	}
	return fmt.Sprintf("%s: %v", f.Reason, f.Err)
}

func (f *Failure) Unwrap() error { return f.Err }

// failureOf reads a Handler's error. One that carries no outcome is a retry, and
// its call counts: nobody knows that it was not sent.
func failureOf(err error) *Failure {
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure
	}
	return &Failure{Outcome: Retry, Permit: quota.Unknown, Reason: "the call failed", Err: err}
}
