package match

// Hangul syllables are in Unicode in the order of their parts, so a syllable is
// taken apart by arithmetic: an initial consonant, a vowel, and a final consonant
// or none.
const (
	firstSyllable = '가'
	lastSyllable  = '힣'
	vowels        = 21
	finals        = 28

	// Parts get runes of their own, apart from all letters that titles have.
	initialPart = 0xF0000
	vowelPart   = 0xF0100
	finalPart   = 0xF0200
)

func isSyllable(r rune) bool { return r >= firstSyllable && r <= lastSyllable }

// parts takes a syllable apart; the final is 0 where there is none.
func parts(syllable rune) (initial, vowel, final rune) {
	n := syllable - firstSyllable
	return n / (vowels * finals), n / finals % vowels, n % finals
}

// jamo writes a text with its syllables taken apart, so that 데이빗 and 데이비드
// differ by little. Initial and final consonants are told apart.
func jamo(text string) []rune {
	out := make([]rune, 0, len(text))
	for _, r := range text {
		if !isSyllable(r) {
			out = append(out, r)
			continue
		}
		initial, vowel, final := parts(r)
		out = append(out, initialPart+initial, vowelPart+vowel)
		if final != 0 {
			out = append(out, finalPart+final)
		}
	}
	return out
}
