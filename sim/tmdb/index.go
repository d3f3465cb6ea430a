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
	of     map[int][]string // the words of an id, ascending
	sorted []string         // the words, for beginnings
	clean  bool             // sorted is in order
	whole  map[string][]int // ids by the whole title
}

func newIndex() *index {
	return &index{words: map[string][]int{}, of: map[int][]string{}, whole: map[string][]int{}}
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
	x.of[id] = words
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
	delete(x.of, id)
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

// find gives the ids that a query finds, those whose title is equal apart. It
// begins with the word that fewest have, and asks those for the others.
func (x *index) find(query string) (equal, similar []int) {
	words, whole := split(query)
	if whole == "" {
		return nil, nil
	}
	rarest := slices.MinFunc(words, func(a, b string) int { return x.weight(a) - x.weight(b) })
	for _, id := range x.beginning(rarest) {
		if x.hasAll(id, words) {
			similar = append(similar, id)
		}
	}
	return x.whole[whole], similar
}

// extent is the range of sorted words that begin so.
func (x *index) extent(prefix string) []string {
	rest := x.sorted[sort.SearchStrings(x.sorted, prefix):]
	end := sort.Search(len(rest), func(i int) bool { return !strings.HasPrefix(rest[i], prefix) })
	return rest[:end]
}

// weight is how many ids, more or less, have a word that begins so.
func (x *index) weight(prefix string) int {
	weight := 0
	for _, word := range x.extent(prefix) {
		weight += len(x.words[word])
	}
	return weight
}

// beginning gives the ids of all words that begin so, ascending and distinct.
func (x *index) beginning(prefix string) []int {
	var ids []int
	for _, word := range x.extent(prefix) {
		ids = append(ids, x.words[word]...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// hasAll reports whether each prefix begins a word of the record.
func (x *index) hasAll(id int, prefixes []string) bool {
	words := x.of[id]
	for _, p := range prefixes {
		i := sort.SearchStrings(words, p)
		if i == len(words) || !strings.HasPrefix(words[i], p) {
			return false
		}
	}
	return true
}
