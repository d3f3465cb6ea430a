package curate

import "errors"

var (
	errNoFilm    = errors.New("no such film is known")
	errNoVerdict = errors.New("there is no such verdict")
)
