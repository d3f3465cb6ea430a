package decode

import "strings"

// Codes that stand for none. TMDB writes xx, and XX beside it, for what has no language
// since October 2025, where it wrote null; the others are those of ISO 639-2 and
// ISO 3166-1 for what is unknown, several or none.
var (
	noLanguages = map[string]bool{"xx": true, "zxx": true, "und": true, "mul": true, "mis": true, "null": true, "none": true}
	noCountries = map[string]bool{"XX": true, "ZZ": true, "NULL": true, "NONE": true}
)

// code is a text that is right as a whole or not at all, such as a path: what is longer
// than any is left out.
func (r *reader) code(field string, s scalar) string { return tidy(r.written(field, s, longestText)) }

// language is the code of a language in small letters, without a region: ISO 639-1,
// and cn, by which TMDB means Cantonese. It is empty where there is none.
func (r *reader) language(field string, s scalar) string {
	code := r.code(field, s)
	base, _, _ := strings.Cut(strings.ReplaceAll(code, "_", "-"), "-")
	if len(base) == 2 || len(base) == 3 {
		code = strings.ToLower(base)
	}
	if noLanguages[strings.ToLower(code)] {
		return ""
	}
	return code
}

// country is the code of a country in capital letters: ISO 3166-1, and what TMDB writes
// for states that are no more or have none (SU, XC, XG, XI, XK, YU, …). It is empty where
// there is none.
func (r *reader) country(field string, s scalar) string {
	code := strings.ToUpper(r.code(field, s))
	if noCountries[code] {
		return ""
	}
	return code
}
