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

// SamePerson reports whether names are one person's, word for word: every word a
// spelling of the other's, in order or with the last word first. It is the measure where
// nothing else speaks for them; two Korean names are told apart by their sounds instead.
func SamePerson(names, others []string) bool {
	a, b := people(names), people(others)
	for i := range a {
		for j := range b {
			if a[i].letters == b[j].letters || a[i].wordForWord(&b[j]) {
				return true
			}
		}
	}
	return false
}

// Shares of letters, or of consonants across scripts, that spellings of one word
// have. A family name has more, or begins with the same sound and is long enough:
// 갱스 and Gans, but neither 래트너 and Peyton nor 버드 and Peyton.
const (
	wordFrom, familyFrom, longFamilyFrom = 0.6, 0.75, 0.62
	// fewestConsonants is of a whole name.
	fewestConsonants = 3
)

func (p *person) wordForWord(o *person) bool {
	last := len(p.words) - 1
	if last < 1 || len(o.words) != len(p.words) || p.script == otherScript || o.script == otherScript {
		return false
	}
	turned := append([]string{o.words[last]}, o.words[:last]...)
	return sameWords(p.words, o.words, wordFrom) || sameWords(p.words, turned, familyFrom)
}

func sameWords(a, b []string, from float64) bool {
	consonants := 0
	for i := range a {
		x, y := readName(a[i]), readName(b[i])
		x.spell()
		y.spell()
		if len(x.skeletons) == 0 || len(y.skeletons) == 0 {
			return false
		}
		p, o := x.skeletons[0], y.skeletons[0]
		share := wordShare(&x, &y)
		family := i == len(a)-1
		long := share >= longFamilyFrom && min(len(p), len(o)) >= fewestConsonants && p[0] == o[0]
		if family && share < familyFrom && !long || !family && share < from {
			return false
		}
		consonants += min(len(p), len(o))
	}
	return consonants >= fewestConsonants
}

// wordShare is 1 where neither word has anything that compares.
func wordShare(x, y *person) float64 {
	if x.letters == y.letters || x.script != y.script && len(x.skeletons[0])+len(y.skeletons[0]) == 0 {
		return 1
	}
	across := skeletonSimilarity(x, y)
	if x.script != y.script {
		return across
	}
	share := similarity(x.jamo, y.jamo)
	return max(share, (share+across)/2)
}

// inBrackets is a title with something in brackets behind it.
var inBrackets = regexp.MustCompile(`^(.*?)\s*[(\[（]([^()\[\]（）]+)[)\]）]\s*$`)

// SameButEdition reports whether a title is another with the name of an edition before or
// behind it, or with something in brackets: 아바타 리마스터링 and 아바타, 미인(美人) and
// 미인. 극장판 is a part of a title: what it names is not an edition of the other.
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
