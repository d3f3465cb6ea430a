package title

import "errors"

var errNoTitle = errors.New("no such title is known")
