package match

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cledit/pipeline/services/loader/spelling"
)

// title is a title in the forms in which it is compared. Most titles are equal or
// never compared, so what is below whole is only there after apart.
type title struct {
	text    string // folded
	whole   string // Normalise
	hangul  bool
	read    bool     // it was taken apart
	forms   []string // what else means the same: see apart
	remarks []string // what is in brackets: 海霧 in 해무(海霧)
	head    string   // what stands before a subtitle; empty without one
	tail    string   // and what stands behind
	numbers string   // all numbers in order, which tell parts of a series apart
	stem    string   // and all else
	// headStem and headNumbers are those of the head.
	headStem, headNumbers string
	words                 []string // without editions
	edition               bool     // it says which edition this is
}

// level is how far two titles agree.
type level int

const (
	different level = iota
	partly          // one lacks the subtitle of the other
	alike           // nearly the same letters, or without the article or the same part's subtitle
	varied          // the same but for what is known to vary
	equal           // the same letters
)

const (
	// alikeFrom is the least similarity of titles that are alike, over jamo.
	alikeFrom = 0.86
	// halfSimilar is from where on different titles have something in common.
	halfSimilar = 0.5
	// alikeLength is the least length, in letters: short titles differ by one.
	alikeLength = 4
)

func readTitle(text string) title {
	text = folded(text)
	t := title{text: text, whole: letters(text)}
	t.hangul = spelling.HasHangul(t.whole)
	return t
}

// apart takes a title apart, once. Its forms are: without what is in brackets
// and without the words for an edition, with numerals as digits and without words
// such as "part" before them; and the same without an article.
func (t *title) apart() {
	if t.read {
		return
	}
	t.read = true
	plain, inside := unbracket(t.text)
	part := t.readRemarks(inside)
	before, after, subtitled := cutSubtitle(plain)
	if subtitled && areEdition(split(after)) && len(split(before)) > 0 {
		plain, subtitled, t.edition = before, false, true
	}
	all := split(plain)
	kept := trimEditions(all)
	t.words = numbered(slices.Concat(kept, part))
	t.edition = t.edition || !slices.Equal(kept, all) && len(numbered(kept)) < len(numbered(all))
	t.numbers, t.stem = numbersOf(t.words), stemOf(t.words)
	t.add(strings.Join(t.words, ""))
	if len(t.words) > 1 && articles[t.words[0]] {
		t.add(strings.Join(t.words[1:], ""))
	}
	if !subtitled {
		return
	}
	if head, tail := canonical(split(before)), canonical(split(after)); len(head) > 0 && len(tail) > 0 {
		t.head, t.tail = strings.Join(head, ""), strings.Join(tail, "")
		t.headStem, t.headNumbers = stemOf(head), numbersOf(head)
	}
}

// readRemarks reads what is in brackets: the name of an edition, which part
// this is, or another title.
func (t *title) readRemarks(inside []string) (part []string) {
	for _, remark := range inside {
		words := split(remark)
		if areEdition(words) {
			t.edition = true
			continue
		}
		said := numbered(append([]string{""}, words...))[1:]
		switch {
		case len(said) == 1 && brackets[said[0]] != "":
			part = append(part, brackets[said[0]])
		case len(said) == 1 && (isPartLetter(said[0]) || isNumber(said[0]) && len(said[0]) < yearDigits):
			part = append(part, said[0])
		case len(said) > 0 && !isNumber(said[0]):
			t.remarks = append(t.remarks, strings.Join(canonical(words), ""))
		}
	}
	return part
}

// yearDigits is how many digits a year has; what has fewer counts parts.
const yearDigits = 4

// stemOf is a title without its numbers.
func stemOf(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if !isPart(words, i) {
			b.WriteString(w)
		}
	}
	return b.String()
}

func numbersOf(words []string) string {
	var numbers []string
	for i, w := range words {
		if isPart(words, i) {
			numbers = append(numbers, w)
		}
	}
	return strings.Join(numbers, " ")
}

// isPart reports whether a word says which part this is: a number, or a letter behind all
// else, as in 비밀의 방 B. A numeral of one letter is a number already.
func isPart(words []string, i int) bool {
	return isNumber(words[i]) || i > 0 && i == len(words)-1 && isPartLetter(words[i])
}

func isPartLetter(word string) bool { return len(word) == 1 && word[0] >= 'a' && word[0] <= 'h' }

func (t *title) add(form string) {
	if form != "" && form != t.whole && !slices.Contains(t.forms, form) {
		t.forms = append(t.forms, form)
	}
}

// is compares letters only, or also what is known to vary.
func (t *title) is(o *title) level {
	switch {
	case t.whole == "" || o.whole == "":
		return different
	case t.whole == o.whole:
		return equal
	}
	t.apart()
	o.apart()
	switch {
	case t.has(o.whole), o.has(t.whole), slices.ContainsFunc(t.forms, o.has), slices.ContainsFunc(t.remarks, o.says),
		slices.ContainsFunc(o.remarks, t.says), t.reorders(o):
		return varied
	}
	return different
}

// reorders reports whether titles have the same words in another order, as
// 강철중: 공공의 적 1-1 and 공공의 적 1-1: 강철중.
func (t *title) reorders(o *title) bool {
	if len(t.words) < 2 || len(t.words) != len(o.words) || !slices.Contains(o.words, t.words[0]) {
		return false
	}
	return slices.Equal(slices.Sorted(slices.Values(t.words)), slices.Sorted(slices.Values(o.words)))
}

func (t *title) has(form string) bool { return slices.Contains(t.forms, form) }

// says reports whether the title itself, not a remark of it, is a text.
func (t *title) says(text string) bool { return t.whole == text || t.has(text) }

// near compares titles that are different for is. Parts of a series differ by
// their numbers, so those must be the same.
func (t *title) near(o *title) level {
	t.apart()
	o.apart()
	if t.hangul != o.hangul || t.numbers != o.numbers {
		return different
	}
	if t.edition != o.edition || t.isOtherPart(o, alikeFrom) {
		return different // what is left of an edition's title is known as it is, or not
	}
	a, b := t.base(), o.base()
	if runes(a) >= alikeLength && runes(b) >= alikeLength && spelling.Similarity(sounds(a), sounds(b)) >= alikeFrom {
		return alike
	}
	switch {
	case strings.TrimPrefix(a, the) == strings.TrimPrefix(b, the):
		return alike
	case t.head != "" && o.says(t.head), o.head != "" && t.says(o.head):
		if t.numbers != "" {
			return alike // it is the same part
		}
		return partly
	}
	return different
}

// isOtherPart reports whether titles that differ are of two parts: they differ in
// the number alone, or in what stands behind the same beginning, which is less
// similar than is asked for.
func (t *title) isOtherPart(o *title, similar float64) bool {
	t.apart()
	o.apart()
	if t.hangul != o.hangul || t.whole == o.whole {
		return false
	}
	if t.stem != "" && t.stem == o.stem && otherNumber(t.numbers, o.numbers) {
		return true
	}
	if t.head == "" || o.head == "" {
		return false
	}
	if t.headStem != "" && t.headStem == o.headStem && otherNumber(t.headNumbers, o.headNumbers) {
		return true
	}
	return t.head == o.head && spelling.Similarity(sounds(t.tail), sounds(o.tail)) < similar
}

// otherNumber reports whether both have numbers, and others.
func otherNumber(a, b string) bool { return a != b && a != "" && b != "" }

// isWhole reports whether a title may be that of all parts: it names none.
func (t *title) isWhole() bool {
	t.apart()
	return t.head == "" && t.numbers == ""
}

// the is the English article as Korean titles write it. Unlike the original it
// tells films apart.
const the = "더"

// touches reports whether different titles have something in common: a word, or
// half of their letters.
func (t *title) touches(o *title) bool {
	t.apart()
	o.apart()
	theirs := sieve(o.words)
	if slices.ContainsFunc(t.words, func(w string) bool { return runes(w) > 1 && !englishWords[w] && theirs(w) }) {
		return true
	}
	return spelling.Similarity(sounds(t.base()), sounds(o.base())) > halfSimilar
}

// sounds is what two titles are compared by that are not equal: of very long ones
// the beginning, as the comparison takes the square of the length.
func sounds(text string) []rune { return jamo(First(text, longestCompared)) }

// base is the form without brackets and editions.
func (t *title) base() string {
	t.apart()
	if len(t.forms) > 0 {
		return t.forms[0]
	}
	return t.whole
}

func runes(s string) (n int) {
	for range s {
		n++
	}
	return n
}

var closing = map[rune]rune{'(': ')', '[': ']', '<': '>', '{': '}', '【': '】', '〈': '〉', '《': '》', '「': '」', '『': '』'}

// unbracket parts a title from what is in brackets. What a title begins with
// is part of it, as in (500)일의 썸머, unless it names an edition; so is an
// opening bracket that is never closed.
func unbracket(text string) (plain string, inside []string) {
	if !strings.ContainsAny(text, "([<{【〈《「『") {
		return text, nil
	}
	var b strings.Builder
	rest, begun := text, false
	for rest != "" {
		at := strings.IndexFunc(rest, func(r rune) bool { return closing[r] != 0 })
		if at < 0 {
			break
		}
		open, width := firstRune(rest[at:])
		length := strings.IndexRune(rest[at:], closing[open])
		if length < 0 {
			break
		}
		remark := rest[at+width : at+length]
		b.WriteString(rest[:at])
		begun = begun || strings.TrimSpace(rest[:at]) != ""
		if words := split(remark); !begun && (len(words) == 0 || !areEdition(words)) {
			b.WriteString(" " + remark + " ")
			begun = strings.TrimSpace(remark) != ""
		} else {
			b.WriteByte(' ')
			inside = append(inside, remark)
		}
		rest = rest[at+length+len(string(closing[open])):]
	}
	b.WriteString(rest)
	return b.String(), inside
}

func firstRune(s string) (r rune, width int) {
	for _, r := range s {
		return r, len(string(r))
	}
	return 0, 0
}

// cutSubtitle cuts at the first sign that parts a title from its subtitle.
func cutSubtitle(text string) (before, after string, found bool) {
	at, width := -1, 0
	for _, sign := range []string{":", " - ", "- ", " -", "~", " – ", " — ", "|"} {
		if i := strings.Index(text, sign); i > 0 && (at < 0 || i < at) {
			at, width = i, len(sign)
		}
	}
	if i := hyphen(text); i > 0 && (at < 0 || i < at) {
		at, width = i, 1
	}
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+width:], true
}

// hyphen is where a hyphen parts words in Hangul, as in 신과함께-죄와 벌; -1 without one.
// One within a word of Latin letters or digits belongs to it.
func hyphen(text string) int {
	for at := strings.IndexByte(text, '-'); at > 0; {
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+1:])
		if unicode.Is(unicode.Hangul, before) && unicode.Is(unicode.Hangul, after) {
			return at
		}
		next := strings.IndexByte(text[at+1:], '-')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	return -1
}

// split gives the words of a folded text; digits are words of their own, and so are
// Latin letters behind Hangul, as in 투캅스III.
func split(text string) []string {
	words := make([]string, 0, 8)
	start, digits, hangul := -1, false, false
	for i, r := range text {
		letter := isLetter(r) || r == '\''
		digit := unicode.IsDigit(r)
		turns := hangul && r >= 'a' && r <= 'z'
		hangul = r >= '가' && r <= '힣'
		if start >= 0 && (!letter || digit != digits || turns) {
			words = append(words, strings.ReplaceAll(text[start:i], "'", ""))
			start = -1
		}
		if letter && r != '\'' && start < 0 {
			start, digits = i, digit
		}
	}
	if start >= 0 {
		words = append(words, strings.ReplaceAll(text[start:], "'", ""))
	}
	return words
}

func isNumber(word string) bool {
	return word != "" && strings.IndexFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}
