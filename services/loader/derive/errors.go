package derive

import "errors"

// ErrPanic is returned by Drain where the program itself failed on a title.
var ErrPanic = errors.New("the program failed on this title")
