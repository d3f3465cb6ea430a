package decode

import "errors"

// ErrUnreadable marks a payload of which nothing can be loaded. The text says why
// in words for a person.
var ErrUnreadable = errors.New("unreadable payload")
