package entity

// Variant is one way to search TMDB for a film of KOBIS. It is in the key of the
// job and in staging.tmdb_searches.
type Variant string

// The variants.
const (
	KoreanWithYear  Variant = "ko-year"
	Korean          Variant = "ko"
	KoreanMore      Variant = "ko-year-2" // the second page of KoreanWithYear
	EnglishWithYear Variant = "en-year"
	English         Variant = "en"
	Original        Variant = "og"
)

// Variants returns every variant.
func Variants() []Variant {
	return []Variant{KoreanWithYear, Korean, KoreanMore, EnglishWithYear, English, Original}
}
