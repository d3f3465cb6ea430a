package tmdb

import "errors"

// ErrNotObject says that a text is not a JSON object.
var ErrNotObject = errors.New("not a JSON object")
