package tmdb

import "errors"

// errNotObject says that a text is not a JSON object.
var errNotObject = errors.New("not a JSON object")
