package recorded

import "errors"

// Errors of Load.
var (
	// ErrCatalogue: there is no such choice of films.
	ErrCatalogue = errors.New("unknown catalogue (2021-2024, 2018 or all)")
	// ErrMissing: the folder has no file of a kind that is needed.
	ErrMissing = errors.New("no recordings found")
	// ErrRow: a row of a table can't be read.
	ErrRow = errors.New("unreadable row")
)
