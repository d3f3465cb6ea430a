package credits

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cledit/pipeline/services/loader/phonetic"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// A name in Latin letters is sent in half a dozen styles: HWANG Jung-min, SIM GA
// YOUNG, Won-kuk Kim, "Kwang-Soo,Lee". It is shown in one, and sorted by the family
// name: Hwang Jung-min and Robert Downey Jr., sorted as "Hwang, Jung-min" and
// "Downey, Robert, Jr."

// particles belong to the family name behind them.
var particles = map[string]bool{
	"van": true, "von": true, "der": true, "den": true, "de": true, "del": true, "della": true, "di": true, "da": true,
	"du": true, "la": true, "le": true, "el": true, "bin": true, "al": true,
}

var suffix = regexp.MustCompile(`^(?i:jr|sr)\.?$|^(?:II|III|IV)$`)

// displayName is a name in Latin letters as one rule writes it, and in the form that
// sorts. The Korean name, where it is known, tells a Korean's family name. Both are
// empty where there is no name.
func displayName(korean, latin string) (display, sort string) {
	latin = strings.Trim(strings.Join(strings.Fields(first(latin)), " "), " -_,")
	if latin == "" {
		return "", ""
	}
	latin = parted(korean, oneOf(korean, latin))
	comma := strings.Index(latin, ",")
	words := strings.FieldsFunc(latin, func(r rune) bool { return r == ' ' || r == ',' })
	last := ""
	if n := len(words); n > 2 && suffix.MatchString(words[n-1]) {
		last, words = words[n-1], words[:n-1]
	}
	switch {
	case len(words) == 0:
		return latin, latin
	case len(words) == 1:
		display = cased(words[0])
		return display, display
	}
	if at := koreanFamily(korean, words); at >= 0 {
		return koreanDisplay(korean, words, at)
	}
	inFront := 0
	if comma > 0 && last == "" {
		inFront = len(strings.Fields(latin[:comma]))
	}
	display, sort = westernDisplay(words, inFront)
	if last != "" {
		display, sort = display+" "+last, sort+", "+last
	}
	return display, sort
}

// koreanDisplay has the family name, which is the word at, in front, but where the given
// name is a foreign one.
func koreanDisplay(korean string, words []string, at int) (display, sort string) {
	given := slices.Delete(slices.Clone(words), at, at+1)
	family := cased(words[at])
	if isCapitals(family) {
		family = capital(strings.ToLower(family)) // of two letters too: AN Nae-sang
	}
	if at == 1 && len(words) == 2 && isForeign(korean, words[0]) {
		return cased(words[0]) + " " + family, family + ", " + cased(words[0])
	}
	return family + " " + hyphened(given), family + ", " + hyphened(given)
}

// westernDisplay has the family name behind, with its particles. The first words, as many
// as are in front of a comma, are the family name.
func westernDisplay(words []string, inFront int) (display, sort string) {
	for i, w := range words {
		words[i] = cased(w)
	}
	family := len(words) - 1
	for family > 1 && particles[strings.ToLower(words[family-1])] {
		family--
	}
	if inFront > 0 {
		words, family = append(slices.Clone(words[inFront:]), words[:inFront]...), len(words)-inFront
	}
	return strings.Join(words, " "), strings.Join(words[family:], " ") + ", " + strings.Join(words[:family], " ")
}

// oneOf is of two whole names that a source gives the one that the Hangul has: OH Jung-ok,
// OH Cheong-ok.
func oneOf(korean, latin string) string {
	one, other, two := strings.Cut(latin, ",")
	if !two || len(strings.Fields(one)) < 2 || len(strings.Fields(other)) < 2 {
		return latin
	}
	for _, name := range []string{one, other} {
		if phonetic.Family(compact(korean), strings.Fields(name)) >= 0 {
			return strings.TrimSpace(name)
		}
	}
	return latin
}

var (
	nickname = regexp.MustCompile(`\s*(?:\([^()]*\)|-?['"][^'"]*['"])`)
	joint    = regexp.MustCompile(`[-_.]+`)
)

// parted is a Korean's name with the family name by itself, where the Hangul tells it
// and nothing parts it or a sign does: Kimboseong, geonwooPark, Jeon-Hyun-Bae, Hana.Hyeon.
// A nickname is left out.
func parted(korean, latin string) string {
	hangul := compact(korean)
	if _, ok := phonetic.OfHangul(hangul); !ok || strings.Contains(strings.TrimSpace(korean), " ") ||
		len([]rune(hangul)) > transliteratedLength {
		return latin
	}
	if plain := strings.TrimSpace(nickname.ReplaceAllString(latin, "")); phonetic.Family(hangul, strings.Fields(plain)) >= 0 {
		latin = plain
	}
	words := strings.Fields(latin)
	for i, w := range words {
		words[i] = strings.Trim(strings.ReplaceAll(w, "_", "-"), "-")
	}
	if latin = strings.Join(words, " "); len(words) != 1 || strings.Contains(latin, ",") {
		return latin
	}
	if parts := joint.Split(latin, -1); len(parts) > 1 {
		if at := phonetic.Family(hangul, parts); at >= 0 {
			return parts[at] + " " + strings.Join(slices.Delete(slices.Clone(parts), at, at+1), "-")
		}
		return latin
	}
	return together(hangul, latin)
}

// together parts a word that is a whole Korean name, where its sounds are the Hangul's.
func together(hangul, word string) string {
	whole, _ := phonetic.OfHangul(hangul)
	for at := 1; at < len(word); at++ {
		if !utf8.RuneStart(word[at]) {
			continue
		}
		for i, s := range phonetic.OfLatin(word[:at] + " " + word[at:]) {
			if !whole.Matches(s) {
				continue
			}
			if i%2 == 1 { // the family name stands last
				return word[at:] + " " + word[:at]
			}
			return word[:at] + " " + word[at:]
		}
	}
	return word
}

// koreanFamily is the place of a Korean's family name among the words, the first or
// the last: that whose sound is the Hangul's; where none is, one in capitals before a name
// with a hyphen. Else -1: the name is taken for a foreign one.
func koreanFamily(korean string, words []string) int {
	if spelling.HasHangul(korean) {
		if strings.Contains(korean, " ") || len(words) > 3 {
			return -1
		}
		if at := phonetic.Family(compact(korean), words); at >= 0 {
			return at
		}
	}
	if len(words) == 2 && isCapitals(words[0]) && strings.Contains(words[1], "-") && !isCapitals(words[1]) {
		return 0
	}
	return -1
}

// likeGiven is how much of its sounds a spelling of a Korean given name shares with it,
// however it is spelt; of names that somebody took instead (Joy Kim, Simon Lee) none does.
const likeGiven = 0.6

// isForeign tells a given name that is another than the Hangul's. It stays before the
// family name, as it is sent.
func isForeign(korean, given string) bool {
	sounds := phonetic.Syllables(korean)
	if len(sounds) < 2 || strings.Contains(given, "-") {
		return false
	}
	latin := phonetic.Word(given)
	if latin == sounds[1] || latin == sounds[len(sounds)-1] { // Tae of 태희
		return false
	}
	return spelling.Similarity([]byte(latin), []byte(strings.Join(sounds[1:], ""))) < likeGiven
}

func isCapitals(w string) bool {
	return len([]rune(w)) > 1 && strings.ToUpper(w) == w && strings.ToLower(w) != w
}

// vowels are what a syllable has one run of.
var vowels = regexp.MustCompile(`(?i)[aeiouy]+`)

// hyphened writes a Korean given name: Ga-young of GA YOUNG, Kwang-soo of Kwang-Soo. Words
// of which some is no syllable are no such name, and stay apart: Ralph Tae-young, Ki S.
func hyphened(given []string) string {
	if len(given) > 1 && slices.ContainsFunc(given, func(w string) bool { return len(vowels.FindAllString(w, 2)) != 1 }) {
		words := make([]string, 0, len(given))
		for _, w := range given {
			words = append(words, hyphened([]string{w}))
		}
		return strings.Join(words, " ")
	}
	parts := strings.FieldsFunc(strings.Join(given, "-"), func(r rune) bool { return r == '-' })
	for i, p := range parts {
		parts[i] = strings.ToLower(p)
	}
	return capital(strings.Join(parts, "-"))
}

// cased writes a word that is all in capitals or all in small letters with a capital
// first, and leaves any other as it is: McDonald, DeVito. Initials stay.
func cased(w string) string {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return r
		}
		return -1
	}, w)
	switch {
	case len([]rune(letters)) < 3 && strings.ToUpper(letters) == letters, strings.Contains(w, "."):
		return w
	case strings.ToUpper(letters) != letters && strings.ToLower(letters) != letters, particles[w]:
		return w
	}
	parts := strings.Split(strings.ToLower(w), "-")
	for i, p := range parts {
		parts[i] = capital(p)
	}
	return strings.Join(parts, "-")
}

func capital(w string) string {
	for i, r := range w {
		return w[:i] + string(unicode.ToUpper(r)) + w[i+len(string(r)):]
	}
	return w
}
