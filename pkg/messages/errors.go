package messages

import (
	"errors"
	"fmt"
)

var (
	// ErrMalformed marks a subject, header or body that does not follow the wire format.
	ErrMalformed = errors.New("malformed message")
	// ErrForeign marks what neither a service nor a person has published as a job or
	// a payload: what a NATS server sent to such a subject because somebody had asked
	// for that. It is an ErrMalformed, and not even a dead letter: whatever it names
	// has nothing to do with it.
	ErrForeign = fmt.Errorf("%w: published by no service", ErrMalformed)
	// ErrTooLarge marks a payload that does not fit into MaxMessage even when compressed.
	ErrTooLarge = errors.New("payload too large for a message")
)
