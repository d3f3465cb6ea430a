package matcheval

import "errors"

// errAnswer is an answer of a simulated source that is none of the API.
var errAnswer = errors.New("not an answer")

// errTable is a line of a table that can't be read.
var errTable = errors.New("not a line of the table")
