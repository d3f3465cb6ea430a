package decode

import "errors"

// ErrUnreadable marks a payload of which nothing can be loaded. The text says why
// in words for a person.
var ErrUnreadable = errors.New("unreadable payload")

// ErrBreach marks one that is an answer and breaks the contract of its kind. It
// stands beside ErrUnreadable.
var ErrBreach = errors.New("it breaks its contract")
