// Package spelling compares how texts are written: in which script, and by how many
// letters they differ. It fails in no way: what says nothing is like nothing.
package spelling

import (
	"slices"
	"strings"
	"unicode"
)

// HasHangul tells a Korean text from one in another script.
func HasHangul(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Hangul, r) })
}

// Similarity is 1 for equal sequences and 0 for those that share nothing: one
// minus the edit distance over the longer length. Two empty ones say nothing: 0.
func Similarity[T comparable](a, b []T) float64 {
	longer := max(len(a), len(b))
	switch {
	case longer == 0:
		return 0
	case slices.Equal(a, b):
		return 1
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
