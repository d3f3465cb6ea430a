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
func Normalise(title string) string { return letters(folded(title)) }

// folded unifies forms and case, and leaves spaces and signs.
func folded(text string) string {
	if isPlain(text) {
		return strings.ToLower(text)
	}
	// Folding turns Cherokee letters back and forth; lower case settles them.
	return norm.NFKC.String(strings.ToLower(fold.String(norm.NFKC.String(text))))
}

// isPlain reports whether a text is of ASCII, Hangul syllables, kana and the common
// Chinese characters alone, as most are: for those, folding is lower case.
func isPlain(text string) bool {
	for _, r := range text {
		if r >= unicode.MaxASCII && !isSyllable(r) && !isKana(r) && (r < firstIdeograph || r > lastIdeograph) {
			return false
		}
	}
	return true
}

// Ideographs from here to there have no compatibility forms.
const firstIdeograph, lastIdeograph = '一', '\u9fff'

// isKana takes the letters alone: a sound mark behind one makes another letter.
func isKana(r rune) bool { return r >= 'ぁ' && r <= 'ゖ' || r >= 'ァ' && r <= 'ー' }

// letters drops everything but letters, marks and digits of a folded text.
func letters(folded string) string {
	kept := strings.Map(func(r rune) rune {
		if isLetter(r) {
			return r
		}
		return -1
	}, folded)
	switch {
	case kept == "":
		return strings.Join(strings.Fields(folded), " ")
	case isPlain(kept):
		return kept
	}
	return norm.NFKC.String(kept)
}

func isLetter(r rune) bool {
	switch {
	case r < unicode.MaxASCII:
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	case r >= firstSyllable && r <= lastSyllable:
		return true
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}
