package tmdb

import "errors"

// ErrNotObject: the text is not a JSON object.
var ErrNotObject = errors.New("not a JSON object")
