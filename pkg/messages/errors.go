package messages

import "errors"

var (
	// ErrMalformed marks a subject, header or body that does not follow the wire format.
	ErrMalformed = errors.New("malformed message")
	// ErrTooLarge marks a payload that does not fit into MaxMessage even when compressed.
	ErrTooLarge = errors.New("payload too large for a message")
)
