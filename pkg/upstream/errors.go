package upstream

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrTimeout is in an *Error that one of the timeouts ended.
	ErrTimeout = errors.New("timeout")
	// ErrTooLarge is in an *Error whose body exceeds Config.MaxBody.
	ErrTooLarge = errors.New("body too large")
	// ErrNoRoom is in an *Error for whose body Config.Reserve had no room in time.
	ErrNoRoom = errors.New("no room for the body beside others in flight")
	// ErrTruncated is in an *Error whose body ended before its time.
	ErrTruncated = errors.New("body truncated")
	// ErrRequest is in an *Error whose request could not be made at all.
	ErrRequest = errors.New("malformed request")
)

// Phase is how far a call had come.
type Phase string

// The phases, in their order.
const (
	PhaseRequest Phase = "making the request"
	PhaseConn    Phase = "waiting for a connection"
	PhaseDial    Phase = "dialling"
	PhaseTLS     Phase = "TLS handshake"
	PhaseSend    Phase = "sending the request"
	PhaseHeader  Phase = "waiting for the response header"
	PhaseBody    Phase = "reading the body"
)

// Error is a call without an answer. Its text, and what it wraps, hold no secret:
// it wraps the sentinels of this package and the context's error, never the
// transport's own error, which may repeat a URL or what the server echoed.
type Error struct {
	Source string
	Kind   string
	Phase  Phase
	// Sent: the request may have reached the server, and counts as spent.
	Sent bool
	// Retryable: the same call may succeed later.
	Retryable bool
	// Status of the response, when its header had come; else 0.
	Status int
	// Timeout is the length of the timeout that ended the call; else 0.
	Timeout time.Duration

	timeoutName string
	detail      string
	is          []error
}

// Error says what failed and in which phase, and names the timeout.
func (e *Error) Error() string {
	text := fmt.Sprintf("%s %s: %s", e.Source, e.Kind, e.Phase)
	if e.Timeout > 0 {
		return fmt.Sprintf("%s: %s of %s exceeded", text, e.timeoutName, e.Timeout)
	}
	return text + ": " + e.detail
}

// Unwrap gives errors.Is the sentinels and the context's error.
func (e *Error) Unwrap() []error {
	return e.is
}
