package match

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A skeleton is what a name keeps across scripts: its consonants, in classes of
// those that transliteration mixes. 홉킨스 and Hopkins are both PKNS. Vowels and h
// are left out, repeated consonants count once.

// initialClass and finalClass are the classes of Hangul's consonants in the order
// of Unicode; 0 is none.
const (
	initialClass = "KKNTTLMPPSS\x00JJJKTP\x00"
	finalClass   = "\x00KKKNNNTLKMLLLPLMPPTTGTTKTP\x00"
)

// initialAsF has ㅎ for an f.
const initialAsF = "KKNTTLMPPSS\x00JJJKTPP"

func hangulSkeleton(text string) []byte { return skeletonBy(initialClass, text) }

func skeletonBy(initials, text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if !isSyllable(r) {
			continue
		}
		initial, _, final := parts(r)
		out = appendClass(out, initials[initial])
		out = appendClass(out, finalClass[final])
	}
	return out
}

func appendClass(skeleton []byte, class byte) []byte {
	if class == 0 || len(skeleton) > 0 && skeleton[len(skeleton)-1] == class {
		return skeleton
	}
	return append(skeleton, class)
}

// clusters are letters that sound as one, longest first.
var clusters = []struct{ letters, classes string }{
	{"tsch", "J"},
	{"sch", "S"},
	{"tch", "J"},
	{"chr", "KL"},
	{"ch", "J"},
	{"ck", "K"},
	{"sh", "S"},
	{"th", "S"},
	{"ph", "P"},
	{"gh", ""},
	{"dg", "J"},
	{"ng", "G"},
	{"nk", "GK"},
	{"ts", "J"},
	{"tz", "J"},
	{"ds", "J"},
	{"ce", "S"},
	{"ci", "S"},
	{"cy", "S"},
	{"ge", "J"},
	{"x", "KS"},
}

var latinClass = map[byte]byte{
	'b': 'P', 'f': 'P', 'p': 'P', 'v': 'P', 'c': 'K', 'g': 'K', 'k': 'K', 'q': 'K', 'd': 'T', 't': 'T', 'j': 'J', 'z': 'J',
	'l': 'L', 'm': 'M', 'n': 'N', 's': 'S',
}

// surnames that Korean writes with another consonant than the Latin letters tell.
var surnames = map[string]string{
	"lee": "", "li": "", "yi": "", "rhee": "", "lim": "M", "rim": "M", "roh": "N", "rho": "N", "ro": "N",
}

// latinSkeletons are those of the words in order and, because Korean puts the
// surname first, with the last word first; with a Korean surname read so; and with
// an r before a consonant and without: Hangul writes that of 베르토 and not that of
// 길버트.
func latinSkeletons(words []string) [][]byte {
	if len(words) == 0 {
		return [][]byte{nil}
	}
	last := len(words) - 1
	orders := [][]string{words}
	if last > 0 {
		orders = append(orders, append([]string{words[last]}, words[:last]...))
	}
	var all [][]byte
	for _, order := range orders {
		all = append(all, latinSkeleton(nil, order, false))
		if hard := latinSkeleton(nil, order, true); len(hard) > len(all[len(all)-1]) {
			all = append(all, hard)
		}
		if classes, korean := surnames[order[0]]; korean {
			all = append(all, latinSkeleton([]byte(classes), order[1:], false))
		}
	}
	return all
}

func latinSkeleton(out []byte, words []string, hard bool) []byte {
	for _, word := range words {
		out = latinWord(out, withoutMarks(word), hard)
	}
	return out
}

func latinWord(out []byte, word string, hard bool) []byte {
next:
	for i := 0; i < len(word); i++ {
		for _, c := range clusters {
			if strings.HasPrefix(word[i:], c.letters) {
				out = appendClasses(out, c.classes)
				i += len(c.letters) - 1
				continue next
			}
		}
		switch c := word[i]; {
		case c == 'r' && (hard || i+1 < len(word) && strings.IndexByte("aeiouy", word[i+1]) >= 0):
			out = appendClass(out, 'L')
		case latinClass[c] != 0:
			out = appendClass(out, latinClass[c])
		}
	}
	return out
}

func appendClasses(out []byte, classes string) []byte {
	for i := range len(classes) {
		out = appendClass(out, classes[i])
	}
	return out
}

// slavic are letters that sound otherwise than their plain ones, and those that
// are not plain letter with a mark.
var slavic = strings.NewReplacer("č", "ch", "ć", "ch", "š", "sh", "ž", "z", "đ", "j", "ł", "l", "ø", "o", "ß", "ss", "æ", "e", "œ", "e")

// withoutMarks is a word in plain letters: é is e.
func withoutMarks(word string) string {
	if isPlain(word) {
		return word
	}
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return -1
		}
		return r
	}, norm.NFD.String(slavic.Replace(word)))
}
