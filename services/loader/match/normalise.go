package match

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold is safe for concurrent use: a Caser for folding keeps no state.
var fold = cases.Fold()

// Normalise reduces a title to what tells works apart: compatibility forms are
// unified (NFKC), case is folded, and everything but letters, marks and digits is
// dropped. It is idempotent. A title of signs alone keeps them, so that it equals
// nothing but itself.
func Normalise(title string) string {
	// Folding turns Cherokee letters back and forth; lower case settles them.
	folded := norm.NFKC.String(strings.ToLower(fold.String(norm.NFKC.String(title))))
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}, folded)
	if letters == "" {
		return strings.Join(strings.Fields(folded), " ")
	}
	return norm.NFKC.String(letters)
}
