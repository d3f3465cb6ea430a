package match

import (
	"regexp"
	"strings"
)

// ComparePeople tells what the names of somebody at one source and of somebody at
// the other say, in whatever scripts: that they are the same, by the measure by which
// a director speaks for a match; that they are others, by that by which one speaks
// against it; or neither.
func ComparePeople(names, others []string) (same, other bool) {
	relation := compare(people(names), people(others))
	return relation == agrees, relation == disagrees
}

// inBrackets is a title with something in brackets behind it.
var inBrackets = regexp.MustCompile(`^(.*?)\s*[(\[（]([^()\[\]（）]+)[)\]）]\s*$`)

// SameButEdition tells whether a title is another with the name of an edition before or
// behind it, or with something in brackets: 아바타 리마스터링 and 아바타, 미인(美人) and
// 미인. 극장판 is a part of a title: what it names is no edition of the other.
func SameButEdition(title, plain string) bool {
	all, want := split(folded(title)), strings.Join(split(folded(plain)), "")
	if want == "" || strings.Contains(folded(title), theatrical) != strings.Contains(folded(plain), theatrical) {
		return false
	}
	if kept := trimEditions(all); len(kept) < len(all) && strings.Join(kept, "") == want {
		return true
	}
	if m := inBrackets.FindStringSubmatch(title); m != nil {
		return strings.Join(split(folded(m[1])), "") == want
	}
	return false
}
