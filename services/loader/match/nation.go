package match

import (
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/nation"
)

const (
	korea          = "한국"
	koreanCountry  = "KR"
	koreanLanguage = "ko"
)

// isKorean decides which dates count. A film without nations is taken for what
// its candidate is.
func isKorean(film *Film, c *Candidate) bool {
	if len(film.Nations) == 0 {
		return c.OriginalLanguage == koreanLanguage || c.OriginalLanguage == "" && slices.Contains(c.Countries, koreanCountry)
	}
	return slices.Contains(film.Nations, korea)
}

// codesOf are the nations of a foreign film in ISO 3166-1; none where one of them
// has no code, or where it is Korean.
func codesOf(nations []string) []string {
	var codes []string
	for _, name := range nations {
		code := nation.Code(name)
		if code == "" || code == koreanCountry {
			return nil
		}
		if !slices.Contains(codes, code) { // there are some 250
			codes = append(codes, code)
		}
	}
	return codes
}

// compareCountries asks whether a foreign film has a nation in common with its
// candidate. Sources differ in who else took part, so it is no more than a sign.
func compareCountries(ours []string, c *Candidate) relation {
	if len(ours) == 0 || len(c.Countries) == 0 || slices.Contains(c.Countries, koreanCountry) {
		return unknown
	}
	if slices.ContainsFunc(ours, func(code string) bool { return slices.Contains(c.Countries, code) }) {
		return agrees
	}
	return disagrees
}

// compareOrigins asks only whether a film is Korean or not: which of several
// foreign countries made it, the sources see differently. A film of both sides
// agrees with either. The language decides where no country is known.
func compareOrigins(film *Film, c *Candidate) relation {
	nations := slices.DeleteFunc(slices.Clone(film.Nations), func(n string) bool { return strings.TrimSpace(n) == "" })
	if len(nations) == 0 {
		return unknown
	}
	inKorea := slices.Contains(nations, korea)
	abroad := len(nations) > 1 || !inKorea
	var korean, foreign bool
	switch {
	case len(c.Countries) > 0:
		korean = slices.Contains(c.Countries, koreanCountry)
		foreign = len(c.Countries) > 1 || !korean
	case c.OriginalLanguage != "":
		korean = c.OriginalLanguage == koreanLanguage
		foreign = !korean
	default:
		return unknown
	}
	if inKorea && korean || abroad && foreign {
		return agrees
	}
	return disagrees
}
