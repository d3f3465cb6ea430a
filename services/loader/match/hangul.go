package match

// Hangul syllables stand in Unicode in the order of their parts, so a syllable is
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

func hasHangul(text string) bool {
	for _, r := range text {
		if isSyllable(r) {
			return true
		}
	}
	return false
}

// similarity is 1 for equal sequences and 0 for those that share nothing: one
// minus the edit distance over the longer length. Two empty ones say nothing: 0.
func similarity[T comparable](a, b []T) float64 {
	longer := max(len(a), len(b))
	if longer == 0 {
		return 0
	}
	return 1 - float64(distance(a, b))/float64(longer)
}

// distance counts the insertions, removals and replacements between a and b.
func distance[T comparable](a, b []T) int {
	var short [64]int // titles and names are, so no memory is asked for
	row := short[:]
	if len(b) >= len(short) {
		row = make([]int, len(b)+1)
	}
	row = row[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
