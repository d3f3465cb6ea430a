package match

import (
	"regexp"
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/spelling"
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
	fewer, more := p.words, o.words
	if len(fewer) > len(more) {
		fewer, more = more, fewer
	}
	if len(fewer) < 2 || len(more) > len(fewer)+1 || p.script == otherScript || o.script == otherScript {
		return false
	}
	if len(fewer) == len(more) {
		return sameInOrder(fewer, more)
	}
	for i := 1; i < len(more); i++ { // a name that one source leaves out
		if sameWords(fewer, slices.Delete(slices.Clone(more), i, i+1), wordFrom) {
			return true
		}
	}
	return false
}

func sameInOrder(a, b []string) bool {
	last := len(a) - 1
	turned := append([]string{b[last]}, b[:last]...)
	return sameWords(a, b, wordFrom) || sameWords(a, turned, familyFrom)
}

func sameWords(a, b []string, from float64) bool {
	consonants := 0
	for i := range a {
		w := compareWords(a[i], b[i])
		family := i == len(a)-1
		long := w.share >= longFamilyFrom && w.shorter >= fewestConsonants && w.begins
		if !w.compares || family && w.share < familyFrom && !long || !family && w.share < from {
			return false
		}
		consonants += w.shorter
	}
	return consonants >= fewestConsonants
}

// shared is what two words have in common.
type shared struct {
	compares bool
	share    float64 // 1 where neither has anything that compares
	shorter  int     // consonants of the shorter
	begins   bool    // with the same consonant
}

// compareWords takes the readings of two words that are nearest.
func compareWords(a, b string) shared {
	x, y := readName(a), readName(b)
	if x.script == otherScript || y.script == otherScript {
		return shared{}
	}
	best := shared{share: -1}
	for _, p := range x.readings() {
		for _, o := range y.readings() {
			share := spelling.Similarity(p, o)
			if x.letters == y.letters || x.script != y.script && len(p)+len(o) == 0 {
				share = 1
			}
			if share > best.share {
				shorter := min(len(p), len(o))
				best = shared{true, share, shorter, shorter > 0 && p[0] == o[0]}
			}
		}
	}
	if x.script == y.script {
		letters := spelling.Similarity(jamo(x.letters), jamo(y.letters))
		best.share = max(letters, (letters+best.share)/2)
	}
	return best
}

// respelt are letters that translators read otherwise than they sound: 테아 is Thea, 가버
// 추보 Gábor Csupó, 리차드 Richards, 홈즈 Holmes.
var respelt = strings.NewReplacer("th", "t", "ds", "d", "cs", "ch", "lm", "m")

// readings are the consonants of a word as it is written and as it may be read. ㅎ stands for
// an f too: 후쿠아 is Fuqua.
func (p *person) readings() [][]byte {
	if p.script == hangulScript {
		return [][]byte{hangulSkeleton(p.letters), skeletonBy(initialAsF, p.letters)}
	}
	list := latinSkeletons([]string{p.letters})
	other := respelt.Replace(p.letters)
	if who, ok := strings.CutSuffix(other, "s"); ok {
		list = append(list, latinSkeletons([]string{who + "z"})...)
	}
	if other != p.letters {
		list = append(list, latinSkeletons([]string{other})...)
	}
	return list
}

// inBrackets is a title with something in brackets behind it.
var inBrackets = regexp.MustCompile(`^(.*?)\s*[(\[（]([^()\[\]（）]+)[)\]）]\s*$`)

// SameButEdition reports whether a title is another with the name of an edition before or
// behind it, or with something in brackets: 아바타 리마스터링 and 아바타, 미인(美人) and
// 미인. 극장판 is a part of a title: what it names is not an edition of the other.
//
// Before the name of an edition the word for the original belongs to it: 그랑블루 오리지날
// 리마스터링.
func SameButEdition(title, plain string) bool {
	all, want := split(folded(title)), strings.Join(split(folded(plain)), "")
	if want == "" || strings.Contains(folded(title), theatrical) != strings.Contains(folded(plain), theatrical) {
		return false
	}
	if kept := trimEditions(all); len(kept) < len(all) && (strings.Join(kept, "") == want || strings.Join(withoutOriginal(kept), "") == want) {
		return true
	}
	if m := inBrackets.FindStringSubmatch(title); m != nil {
		return strings.Join(split(folded(m[1])), "") == want
	}
	return false
}

var original = set("오리지날", "오리지널", "original")

func withoutOriginal(words []string) []string {
	if last := len(words) - 1; last > 0 && original[words[last]] {
		return words[:last]
	}
	return words
}
