// Package phonetic reports whether a name in Latin letters may be a spelling of a
// Korean one.
//
// A Korean name has many spellings in Latin letters (현정 is Hyeon-jeong,
// Hyun-jung, Hyonjong), and each loses what another keeps. A sound reduces any of
// them, and the Hangul itself, to what they have in common: classes of consonants,
// and four classes of vowels, with a Y before them or without. Different names may
// have one sound, so it is a sign, never a proof.
package phonetic

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	hangulBase = 0xAC00
	hangulLast = 0xD7A3
	vowelCount = 21
	finalCount = 28
	syllables  = vowelCount * finalCount
)

// The sounds of the parts of a syllable, in the order of Unicode.
var (
	initialSounds = [...]string{"k", "k", "n", "t", "t", "l", "m", "p", "p", "s", "s", "", "j", "j", "j", "k", "t", "p", "h"}
	vowelSounds   = [...]string{
		"a", "e", "ya", "e", "o", "e", "yo", "e", "o", "a", "e", "e", "yo", "o", "o", "e", "i", "yo", "o", "i", "i",
	}
	finalSounds = [...]string{
		"", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "N", "t", "t", "k", "t", "p", "",
	}
)

// Syllables gives the sounds of each syllable; anything else is left out.
func Syllables(s string) []string {
	var sounds []string
	for _, r := range norm.NFC.String(s) {
		if r < hangulBase || r > hangulLast {
			continue
		}
		n := int(r - hangulBase)
		sounds = append(sounds, initialSounds[n/syllables]+vowelSounds[n%syllables/finalCount]+finalSounds[n%finalCount])
	}
	return sounds
}

// latinSounds reduces spellings, the longer before their parts.
var latinSounds = strings.NewReplacer(
	"back", "pek", "kwark", "kak", "gwark", "kak", "hur", "ho",
	"yeong", "yoN", "young", "yoN", "yung", "yoN", "yoong", "yoN", "ng", "N",
	"yi", "i", "yee", "i", "park", "pak", "choi", "je", "choe", "je", "rhee", "i", "sh", "s", "ch", "j", "kk", "k", "tt",
	"t", "pp", "p", "ss", "s", "jj", "j", "ck", "k", "gh", "k", "ph", "p",
	"yae", "e", "yeo", "yo", "yoo", "yo", "you", "yo", "yu", "yo", "yo", "yo", "ya", "ya", "ye", "e",
	"wae", "e", "woo", "o", "weo", "o", "wo", "o", "wu", "o", "wa", "a", "we", "e", "wi", "i", "ui", "i", "oi", "e", "oe", "e",
	"eui", "i", "eo", "o", "eu", "o", "oo", "o", "ou", "o", "ae", "e", "ai", "e", "ay", "e", "ee", "i", "ea", "e", "ah",
	"a", "oh", "o", "uh", "o", "eh", "e",
	"u", "o", "y", "i", "w", "o", "g", "k", "q", "k", "c", "k", "d", "t", "b", "p", "f", "p", "v", "p", "z", "j", "r", "l", "x", "ks",
)

// Word gives the sounds of one word in Latin letters.
func Word(word string) string {
	return latinSounds.Replace(Letters(word))
}

// Letters are the lower-case letters of a word without their accents.
func Letters(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z':
			return r
		}
		return -1
	}, norm.NFKD.String(s))
}

// doubleSurnames have two syllables.
var doubleSurnames = map[string]bool{
	"남궁": true, "황보": true, "제갈": true, "사공": true, "선우": true, "서문": true, "독고": true, "동방": true,
}

// Spelling is how a name sounds. A name of one word, such as a stage name, has no
// family name that could be told.
type Spelling struct {
	family, given string
	// Of a name of three syllables that may have a family name of one or of two (황보라 is
	// of the Hwangs, 남궁민 of the Namgungs): as it sounds with one.
	short, rest string
}

// readings are the ways in which a name may be parted.
func (s Spelling) readings() []Spelling {
	if s.short == "" {
		return []Spelling{s}
	}
	return []Spelling{{family: s.family, given: s.given}, {family: s.short, given: s.rest}}
}

// OfHangul is that of a Korean name; ok is false for what is none.
func OfHangul(name string) (s Spelling, ok bool) {
	letters := []rune(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, norm.NFC.String(name)))
	sounds := Syllables(string(letters))
	if len(sounds) < 2 || len(sounds) != len(letters) {
		return s, false
	}
	family := 1
	if len(letters) > 2 && doubleSurnames[string(letters[:2])] {
		family = 2
	}
	s = Spelling{family: strings.Join(sounds[:family], ""), given: strings.Join(sounds[family:], "")}
	if family == 2 && len(letters) == 3 {
		s.short, s.rest = sounds[0], sounds[1]+sounds[2]
	}
	return s, true
}

// OfLatin are those that a name in Latin letters may have: the family name
// stands first or last. Words are what spaces part: Hee-jin is one, and a hyphen
// parts the sounds within it, so that Jin-gyu has no ng; where nothing parts them,
// Jingyu may have one or not, and Dohee the vowel oh or an h. A numeral behind a hyphen is a source's mark for one of
// several people of a name.
func OfLatin(name string) []Spelling {
	var sounds []string
	parted := false
	for word := range strings.FieldsSeq(name) {
		sound, other := soundsOf(WithoutNumeral(word))
		if sound == "" {
			continue
		}
		parted = parted || other != ""
		sounds = append(sounds, sound)
	}
	spellings := spellingsOf(sounds)
	if !parted {
		return spellings
	}
	sounds = sounds[:0]
	for word := range strings.FieldsSeq(name) {
		sound, other := soundsOf(WithoutNumeral(word))
		if other != "" {
			sound = other
		}
		if sound != "" {
			sounds = append(sounds, sound)
		}
	}
	return append(spellings, spellingsOf(sounds)...)
}

func spellingsOf(sounds []string) []Spelling {
	last := len(sounds) - 1
	switch {
	case last < 0:
		return nil
	case last == 0:
		return []Spelling{{given: sounds[0]}}
	}
	return []Spelling{
		{family: sounds[0], given: strings.Join(sounds[1:], "")},
		{family: sounds[last], given: strings.Join(sounds[:last], "")},
	}
}

// soundsOf gives the sounds of a word, and those that it has if what may be one
// consonant over a border of syllables is two; empty where it can't be.
func soundsOf(word string) (sound, other string) {
	for part := range strings.SplitSeq(word, "-") {
		sound += Word(part)
	}
	if parted := overBorders(Letters(word)); strings.Contains(parted, "-") && !strings.Contains(word, "-") {
		for part := range strings.SplitSeq(parted, "-") {
			other += Word(part)
		}
	}
	return sound, other
}

// borders are where letters that sound as one may be two syllables': Jin-gyu, Do-hee,
// Ha-young, Suk-ku.
var borders = []struct {
	at     *regexp.Regexp
	parted string
}{
	{regexp.MustCompile(`ng([aeiouyw])`), "n-g$1"},
	{regexp.MustCompile(`([aeiou])h([aeiouyw])`), "$1-h$2"},
	{regexp.MustCompile(`a(y[aeou])`), "a-$1"},
	{regexp.MustCompile(`kk`), "k-k"},
}

func overBorders(word string) string {
	for _, b := range borders {
		word = b.at.ReplaceAllString(word, b.parted)
	}
	return word
}

var numeral = regexp.MustCompile(`^(.*\p{L})-(?:I{1,3}|IV|V)$`)

// WithoutNumeral drops the numeral by which a source tells people of one name
// apart: Kim Min-joon-I.
func WithoutNumeral(name string) string {
	if m := numeral.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return name
}

// Family is the place of the family name among the words of a Korean name in Latin
// letters, the first or the last: that whose sound is the Hangul's. It is -1 where
// neither is.
func Family(hangul string, words []string) int {
	korean, ok := OfHangul(hangul)
	last := len(words) - 1
	if !ok || last < 1 {
		return -1
	}
	for _, whole := range []bool{true, false} {
		for _, at := range []int{0, last} {
			family, _ := soundsOf(words[at])
			given := strings.Join(slices.Delete(slices.Clone(words), at, at+1), "-")
			for _, k := range korean.readings() {
				if k.sameFamily(Spelling{family: family}) &&
					(!whole || slices.ContainsFunc(OfLatin(given), func(s Spelling) bool { return s.given == k.given })) {
					return at
				}
			}
		}
	}
	return -1
}

// Matches reports whether a name in Latin letters may be a spelling of a Korean one:
// family name and given name agree each. Family names are written with and without
// an L that is not heard (Lee and Yi, Lim and Im).
func (s Spelling) Matches(latin Spelling) bool {
	if latin.family == "" {
		return latin.given == s.family+s.given
	}
	return slices.ContainsFunc(s.readings(), func(k Spelling) bool { return k.sameFamily(latin) && latin.given == k.given })
}

func (s Spelling) sameFamily(latin Spelling) bool {
	return strings.TrimPrefix(latin.family, "l") == strings.TrimPrefix(s.family, "l")
}
