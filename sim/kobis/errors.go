package kobis

import "errors"

// Errors of decoding recorded bodies.
var (
	// ErrNotDetail: the body has no movieInfoResult.movieInfo.
	ErrNotDetail = errors.New("no movieInfo in the body")
	// ErrNotBoxOffice: the body has no boxOfficeResult.
	ErrNotBoxOffice = errors.New("no boxOfficeResult in the body")
)
