package matcheval

import "errors"

// ErrAnswer is an answer of a simulated source that is none of the API.
var ErrAnswer = errors.New("not an answer")

// ErrTable is a line of a table that can't be read.
var ErrTable = errors.New("not a line of the table")
