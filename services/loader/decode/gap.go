package decode

// Gap is an optional field of one entity for which an answer has no value that can
// be trusted as its newest: what an earlier answer said of it is better.
type Gap struct {
	// Entity is the movieCd or the id of TMDB whose field it is.
	Entity string
	// Field is the source's own name of the field, on the level of the entity: of
	// what lies deeper ("directors.peopleNm") the outermost name ("directors").
	Field string
	Why   Why
}

// Why a field has a gap.
type Why string

// The reasons of a gap.
const (
	Unreadable Why = "unreadable" // it is there, in a form that can't be read
	Missing    Why = "missing"    // it is not there, or null, though answers of the kind always have it
	Repaired   Why = "repaired"   // its text was damaged and was repaired: it is read, and doubtful
)
