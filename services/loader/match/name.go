package match

import (
	"slices"
	"strings"
	"unicode"

	"github.com/cledit/pipeline/services/loader/phonetic"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// Names are alike from sameFrom on, and are of two people below otherBelow;
// between, nothing is said. Measured on directors of known pairs.
const (
	sameFrom   = 0.68
	otherBelow = 0.45
	// Across scripts only consonants are compared, so less is certain.
	otherBelowAcross = 0.34
	// skeletonLength is the least number of consonants that say something.
	skeletonLength = 3
	// koreanName is the most syllables that one has.
	koreanName = 4
)

// person is a name in the forms in which it is compared. Those below script are
// only there after spell: equal letters say enough.
type person struct {
	name      string
	letters   string
	words     []string
	script    script
	spelt     bool
	jamo      []rune
	spellings []phonetic.Spelling // of a Korean name: how it sounds, of one in Latin letters: how it may
	skeletons [][]byte            // of the words in order, and with the last word first
}

type script int

const (
	otherScript script = iota
	hangulScript
	latinScript
)

// people reads names, each once, and no more than mostPeople.
func people(names []string) []person {
	list := make([]person, 0, min(len(names), mostPeople))
	seen := make(map[string]bool, cap(list))
	for _, name := range names {
		if len(list) == mostPeople {
			break
		}
		if p := readName(name); p.letters != "" && !seen[p.letters] {
			seen[p.letters] = true
			list = append(list, p)
		}
	}
	return list
}

func readName(name string) person {
	name = First(name, mostLetters)
	words := split(strings.ReplaceAll(folded(name), ".", " "))
	p := person{name: name, words: words, letters: strings.Join(words, "")}
	switch {
	case spelling.HasHangul(p.letters):
		p.script = hangulScript
	case isLatin(p.letters):
		p.script = latinScript
	}
	return p
}

// spell finds out how a name sounds, once.
func (p *person) spell() {
	if p.spelt {
		return
	}
	p.spelt = true
	switch p.script {
	case hangulScript:
		p.jamo = jamo(p.letters)
		p.skeletons = [][]byte{hangulSkeleton(p.letters)}
		if s, ok := phonetic.OfHangul(p.letters); ok && runes(p.letters) <= koreanName {
			p.spellings = []phonetic.Spelling{s}
		}
	case latinScript:
		words := slices.DeleteFunc(slices.Clone(p.words), func(w string) bool { return lastNumerals[w] != "" || numerals[w] != "" })
		p.jamo = []rune(p.letters)
		p.spellings = phonetic.OfLatin(withoutMarks(strings.ToLower(p.name)))
		p.skeletons = latinSkeletons(words)
	case otherScript:
	}
}

func isLatin(text string) bool {
	for _, r := range text {
		if !unicode.Is(unicode.Latin, r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return text != ""
}

// relation is what two lists of names say.
type relation int

const (
	unknown relation = iota
	agrees
	disagrees
)

// anyComparable reports whether at least one pair can be compared.
func anyComparable(a, b []person) bool {
	for i := range a {
		for j := range b {
			if a[i].comparable(&b[j]) {
				return true
			}
		}
	}
	return false
}

// compare finds out whether lists have a person in common. It disagrees only
// where every pair can be compared and none comes near.
func compare(a, b []person) relation {
	if anySame(a, b) {
		return agrees
	}
	result := unknown
	for i := range a {
		for j := range b {
			switch a[i].is(&b[j]) {
			case agrees:
				return agrees
			case disagrees:
				result = disagrees
			default:
				if a[i].comparable(&b[j]) {
					return someAgree(a, b)
				}
			}
		}
	}
	return result
}

func anySame(a, b []person) bool {
	for i := range a {
		for j := range b {
			if a[i].letters == b[j].letters {
				return true
			}
		}
	}
	return false
}

// someAgree is what is left once a pair came near: agreement or nothing.
func someAgree(a, b []person) relation {
	for i := range a {
		for j := range b {
			if a[i].is(&b[j]) == agrees {
				return agrees
			}
		}
	}
	return unknown
}

// alikeAcross is from where on consonants make it likely that two spellings are of
// one name: 차젤레 and 셔젤.
const alikeAcross = 0.8

// anyAlike reports whether two names may be spellings of one, which is not an agreement,
// and nothing against it either.
func anyAlike(a, b []person) bool {
	for i := range a {
		for j := range b {
			p, o := &a[i], &b[j]
			if p.comparable(o) && len(p.skeletons) > 0 && len(o.skeletons) > 0 && skeletonSimilarity(p, o) >= alikeAcross {
				return true
			}
		}
	}
	return false
}

func (p *person) comparable(o *person) bool {
	p.spell()
	o.spell()
	if p.script == otherScript || o.script == otherScript {
		return p.letters == o.letters
	}
	if p.script == o.script {
		return true
	}
	return min(len(p.skeletons[0]), len(o.skeletons[0])) >= skeletonLength
}

func (p *person) is(o *person) relation {
	if p.letters == o.letters {
		return agrees
	}
	p.spell()
	o.spell()
	switch {
	case p.script != o.script && p.sounds(o):
		return agrees
	case !p.comparable(o):
		return unknown
	case p.script != o.script:
		return judge(skeletonSimilarity(p, o), otherBelowAcross)
	}
	s := spelling.Similarity(p.jamo, o.jamo)
	if p.script == hangulScript && runes(p.letters) > 3 && runes(o.letters) > 3 {
		// Transliterations: vowels vary most. Korean names would fall together.
		s = max(s, (s+skeletonSimilarity(p, o))/2)
	}
	return judge(s, otherBelow)
}

// sounds reports whether one is a Korean name and the other a spelling of it.
func (p *person) sounds(o *person) bool {
	korean, latin := p, o
	if korean.script == latinScript {
		korean, latin = latin, korean
	}
	return len(korean.spellings) == 1 && slices.ContainsFunc(latin.spellings, korean.spellings[0].Matches)
}

func judge(s, other float64) relation {
	switch {
	case s >= sameFrom:
		return agrees
	case s < other:
		return disagrees
	}
	return unknown
}

func skeletonSimilarity(p, o *person) float64 {
	best := 0.0
	for _, a := range p.skeletons {
		for _, b := range o.skeletons {
			best = max(best, spelling.Similarity(a, b))
		}
	}
	return best
}
