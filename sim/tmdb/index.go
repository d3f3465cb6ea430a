package tmdb

import (
	"slices"
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// index finds records by title: by all words of the query as beginnings of words
// of one title, or by a title that is equal when spaces and punctuation are left out.
type index struct {
	words  map[string][]int // ids by word
	sorted []string         // the words, for beginnings
	clean  bool             // sorted is in order
	whole  map[string][]int // ids by the whole title
}

func newIndex() *index {
	return &index{words: map[string][]int{}, whole: map[string][]int{}}
}

// split gives the words of a title, and the title without what separates them.
func split(title string) (words []string, whole string) {
	words = strings.FieldsFunc(strings.ToLower(norm.NFKC.String(title)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
	return words, strings.Join(words, "")
}

func (x *index) add(id int, titles []string) {
	words, wholes := keysOf(titles)
	for _, w := range words {
		if _, known := x.words[w]; !known {
			x.sorted, x.clean = append(x.sorted, w), false
		}
		x.words[w] = append(x.words[w], id)
	}
	for _, w := range wholes {
		x.whole[w] = append(x.whole[w], id)
	}
}

// remove takes a record out; words that nobody has stay, and find nothing.
func (x *index) remove(id int, titles []string) {
	words, wholes := keysOf(titles)
	drop := func(list []int) []int { return slices.DeleteFunc(list, func(n int) bool { return n == id }) }
	for _, w := range words {
		x.words[w] = drop(x.words[w])
	}
	for _, w := range wholes {
		x.whole[w] = drop(x.whole[w])
	}
}

func keysOf(titles []string) (words, wholes []string) {
	for _, title := range titles {
		w, whole := split(title)
		words = append(words, w...)
		if whole != "" {
			wholes = append(wholes, whole)
		}
	}
	slices.Sort(words)
	slices.Sort(wholes)
	return slices.Compact(words), slices.Compact(wholes)
}

// tidy makes the index ready for find; the caller excludes all others.
func (x *index) tidy() {
	if !x.clean {
		slices.Sort(x.sorted)
		x.clean = true
	}
}

// find gives the ids that a query finds, those whose title is equal apart.
func (x *index) find(query string) (equal, similar []int) {
	words, whole := split(query)
	if whole == "" {
		return nil, nil
	}
	equal = x.whole[whole]
	for i, w := range words {
		found := x.beginning(w)
		if i == 0 {
			similar = found
			continue
		}
		similar = intersect(similar, found)
	}
	return equal, similar
}

// beginning gives the ids of all words that begin so, ascending and distinct.
func (x *index) beginning(prefix string) []int {
	var ids []int
	for i := sort.SearchStrings(x.sorted, prefix); i < len(x.sorted) && strings.HasPrefix(x.sorted[i], prefix); i++ {
		ids = append(ids, x.words[x.sorted[i]]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func intersect(a, b []int) []int {
	var both []int
	for _, id := range a {
		if _, found := slices.BinarySearch(b, id); found {
			both = append(both, id)
		}
	}
	return both
}
