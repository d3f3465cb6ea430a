package person

import "errors"

var (
	errNoFilm    = errors.New("no such film is known")
	errNoCredit  = errors.New("no such credit is known")
	errNoPerson  = errors.New("no such person is known")
	errNoVerdict = errors.New("there is no such verdict")
	errOpposed   = errors.New("another verdict says otherwise")
)
