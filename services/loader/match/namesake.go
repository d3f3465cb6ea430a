package match

import "slices"

// apartFrom is how many years other films of a title are away from at most where
// the year does not tell them apart.
const apartFrom = 2

// MostNamesakes is how many other films of a title are looked at one by one. Of all
// that KOBIS had listed by 2018, 19 had the commonest title. Of a title that more
// have, every film could be taken for another.
const MostNamesakes = 100

// CountNamesakes counts, among other films of a film's Korean title, those that it
// could be taken for, by what lists tell of them. More than MostNamesakes count as
// so many.
func CountNamesakes(film *Film, others []Film) int32 {
	if len(others) > MostNamesakes {
		return MostNamesakes
	}
	ours := people(film.Directors)
	count := int32(0)
	for i := range others {
		if film.isNamesake(&others[i], ours) {
			count++
		}
	}
	return count
}

// isNamesake reports whether a film could be taken for another one of its Korean
// title: their years are not far apart, or one has none; both are Korean, or neither
// is; the other is not a short if the film is none, as few records of TMDB are; and
// they have no director in common, which editions of one film have.
func (f *Film) isNamesake(other *Film, directors []person) bool {
	if f.MovieCd == other.MovieCd {
		return false
	}
	if a, b := f.year(), other.year(); a != 0 && b != 0 && !within(a, b, apartFrom) {
		return false
	}
	if other.Form == shortForm && f.Form != shortForm {
		return false
	}
	if len(f.Nations) > 0 && len(other.Nations) > 0 && slices.Contains(f.Nations, korea) != slices.Contains(other.Nations, korea) {
		return false
	}
	return compare(directors, people(other.Directors)) != agrees
}

// year is that of the production, else of the opening; 0 without either.
func (f *Film) year() int {
	switch {
	case f.ProductionYear != nil:
		return int(*f.ProductionYear)
	case f.OpenDate != nil:
		return f.OpenDate.Year()
	}
	return 0
}
