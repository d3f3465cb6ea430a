package credits

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cledit/pipeline/services/loader/phonetic"
)

// A name in Latin letters is sent in half a dozen styles: HWANG Jung-min, SIM GA
// YOUNG, Won-kuk Kim, "Kwang-Soo,Lee". It is shown in one, and sorted by the family
// name: Hwang Jung-min and Robert Downey Jr., sorted as "Hwang, Jung-min" and
// "Downey, Robert, Jr."

// particles belong to the family name behind them.
var particles = map[string]bool{"van": true, "von": true, "der": true, "den": true, "de": true, "del": true, "della": true, "di": true, "da": true, "du": true, "la": true, "le": true, "el": true, "bin": true, "al": true}

var suffix = regexp.MustCompile(`^(?i:jr|sr)\.?$|^(?:II|III|IV)$`)

// DisplayName is a name in Latin letters as one rule writes it, and in the form that
// sorts. The Korean name, where it is known, tells a Korean's family name. Both are
// empty where there is no name.
func DisplayName(korean, latin string) (display, sort string) {
	latin = strings.Join(strings.Fields(first(latin)), " ")
	if latin == "" {
		return "", ""
	}
	latin = parted(korean, latin)
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
		given := slices.Delete(slices.Clone(words), at, at+1)
		family := cased(words[at])
		if isCapitals(family) {
			family = capital(strings.ToLower(family)) // of two letters too: AN Nae-sang
		}
		display = family + " " + hyphened(given)
		return display, family + ", " + hyphened(given)
	}
	for i, w := range words {
		words[i] = cased(w)
	}
	family := len(words) - 1
	for family > 1 && particles[strings.ToLower(words[family-1])] {
		family--
	}
	if comma > 0 && last == "" {
		at := len(strings.Fields(latin[:comma]))
		words, family = append(slices.Clone(words[at:]), words[:at]...), len(words)-at
	}
	display, sort = strings.Join(words, " "), strings.Join(words[family:], " ")+", "+strings.Join(words[:family], " ")
	if last != "" {
		display, sort = display+" "+last, sort+", "+last
	}
	return display, sort
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
	if _, ok := phonetic.OfHangul(hangul); !ok || strings.Contains(strings.TrimSpace(korean), " ") || len([]rune(hangul)) > transliteratedLength {
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
// the last: that whose sound is the Hangul's; where there is no Hangul, one in capitals
// before a name with a hyphen. Else -1: the name is taken for a foreign one.
func koreanFamily(korean string, words []string) int {
	if HasHangul(korean) {
		if strings.Contains(korean, " ") || len(words) > 3 {
			return -1
		}
		return phonetic.Family(compact(korean), words)
	}
	if len(words) == 2 && isCapitals(words[0]) && strings.Contains(words[1], "-") && !isCapitals(words[1]) {
		return 0
	}
	return -1
}

func isCapitals(w string) bool {
	return len([]rune(w)) > 1 && strings.ToUpper(w) == w && strings.ToLower(w) != w
}

// hyphened writes a Korean given name: Ga-young of GA YOUNG, Kwang-soo of Kwang-Soo.
func hyphened(given []string) string {
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
