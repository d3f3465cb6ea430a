package entity

import (
	"strconv"
	"strings"
)

// Prefixes of keys. The code follows: a movieCd, peopleCd or companyCd of KOBIS or an id
// of TMDB.
const (
	KOBISMovie   = "kobis:movie:"
	TMDBMovie    = "tmdb:movie:"
	TMDBSeries   = "tmdb:series:"
	TMDBPerson   = "tmdb:person:"
	KOBISPerson  = "kobis:person:"
	TMDBCompany  = "tmdb:company:"
	KOBISCompany = "kobis:company:"
)

// Everything is the key in ops.plan_marks that stands for every entity.
const Everything = "*"

// Prefixes returns every prefix of a key.
func Prefixes() []string {
	return []string{KOBISMovie, TMDBMovie, TMDBSeries, TMDBPerson, KOBISPerson, TMDBCompany, KOBISCompany}
}

// Numbered returns the key of an entity whose code is a number.
func Numbered(prefix string, n int32) string { return prefix + strconv.Itoa(int(n)) }

// Number reads the number of a key with the given prefix. It reports false for a key
// with another prefix and for a code that is not an int32.
func Number(prefix, key string) (int32, bool) {
	code, ok := strings.CutPrefix(key, prefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(code, 10, 32)
	return int32(n), err == nil
}
