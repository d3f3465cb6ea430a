package match

import "slices"

// What a source may answer has no end, and comparing each with each takes the
// square of it. No film and no record has as much as this; of what has more, the
// first are compared.
const (
	mostPeople  = 128
	mostTitles  = 512
	mostLetters = 48 // of a name
	// longestCompared is how much of two titles that differ is compared, in letters.
	longestCompared = 160
	// few is up to how many are looked through one by one, which is faster than a
	// set of them.
	few = 32
)

// First are the first letters of a text.
func First(text string, letters int) string {
	if len(text) <= letters {
		return text
	}
	for at := range text {
		if letters == 0 {
			return text[:at]
		}
		letters--
	}
	return text
}

// sieve reports whether something is in a list.
func sieve(list []string) func(string) bool {
	if len(list) <= few {
		return func(s string) bool { return slices.Contains(list, s) }
	}
	set := make(map[string]bool, len(list))
	for _, s := range list {
		set[s] = true
	}
	return func(s string) bool { return set[s] }
}
