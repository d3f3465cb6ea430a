package match

import (
	"slices"
	"strings"
	"unicode"
)

// title is a title in the forms in which it is compared. Most titles are equal or
// never compared, so what is below whole is only there after apart.
type title struct {
	text    string // folded
	whole   string // Normalise
	hangul  bool
	read    bool     // it was taken apart
	forms   []string // what else means the same: see apart
	remarks []string // what stands in brackets: 海霧 in 해무(海霧)
	head    string   // what stands before a subtitle; empty without one
	numbers string   // all numbers in order, which tell parts of a series apart
	words   []string // without editions
	edition bool     // it says which edition this is
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
	// alikeLength is the least length, in letters: short titles differ by one.
	alikeLength = 4
)

func readTitle(text string) title {
	text = folded(text)
	t := title{text: text, whole: letters(text)}
	t.hangul = hasHangul(t.whole)
	return t
}

// apart takes a title apart, once. Its forms are: without what stands in brackets
// and without the words for an edition, with numerals as digits and without words
// such as "part" before them; and the same without an article.
func (t *title) apart() {
	if t.read {
		return
	}
	t.read = true
	plain, inside := unbracket(t.text)
	all := split(plain)
	kept := trimEditions(all)
	t.words = numbered(kept)
	t.edition = !slices.Equal(kept, all) && len(t.words) < len(numbered(all))
	t.numbers = numbersOf(t.words)
	t.add(strings.Join(t.words, ""))
	if len(t.words) > 1 && articles[t.words[0]] {
		t.add(strings.Join(t.words[1:], ""))
	}
	for _, remark := range inside {
		if said := canonical(split(remark)); len(said) > 0 && isEdition(said[0]) {
			t.edition = true
		} else if len(said) > 0 && !isNumber(said[0]) {
			t.remarks = append(t.remarks, strings.Join(said, ""))
		}
	}
	if before, after, found := cutSubtitle(plain); found {
		if head := strings.Join(canonical(split(before)), ""); head != "" && len(split(after)) > 0 {
			t.head = head
		}
	}
}

func numbersOf(words []string) string {
	var numbers []string
	for _, w := range words {
		if isNumber(w) {
			numbers = append(numbers, w)
		}
	}
	return strings.Join(numbers, " ")
}

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

// reorders tells whether titles have the same words in another order, as
// 강철중: 공공의 적 1-1 and 공공의 적 1-1: 강철중.
func (t *title) reorders(o *title) bool {
	if len(t.words) < 2 || len(t.words) != len(o.words) || !slices.Contains(o.words, t.words[0]) {
		return false
	}
	return slices.Equal(slices.Sorted(slices.Values(t.words)), slices.Sorted(slices.Values(o.words)))
}

func (t *title) has(form string) bool { return slices.Contains(t.forms, form) }

// says tells whether the title itself, not a remark of it, is a text.
func (t *title) says(text string) bool { return t.whole == text || t.has(text) }

// near compares titles that are different for is. Parts of a series differ by
// their numbers, so those must be the same.
func (t *title) near(o *title) level {
	t.apart()
	o.apart()
	if t.hangul != o.hangul || t.numbers != o.numbers {
		return different
	}
	a, b := t.base(), o.base()
	if runes(a) >= alikeLength && runes(b) >= alikeLength && similarity(sounds(a), sounds(b)) >= alikeFrom {
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

// the is the English article as Korean titles write it. Unlike the original it
// tells films apart.
const the = "더"

// touches tells whether different titles have something in common: a word, or
// half of their letters.
func (t *title) touches(o *title) bool {
	t.apart()
	o.apart()
	theirs := sieve(o.words)
	if slices.ContainsFunc(t.words, func(w string) bool { return runes(w) > 1 && !englishWords[w] && theirs(w) }) {
		return true
	}
	return similarity(sounds(t.base()), sounds(o.base())) > 0.5
}

// sounds is what two titles are compared by that are not equal: of very long ones
// the beginning, as the comparison takes the square of the length.
func sounds(text string) []rune { return jamo(first(text, longestCompared)) }

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

// unbracket parts a title from what stands in brackets. What a title begins with
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
		if words := split(remark); !begun && (len(words) == 0 || !isEdition(words[0])) {
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
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+width:], true
}

// split gives the words of a folded text; digits are words of their own.
func split(text string) []string {
	words := make([]string, 0, 8)
	start, digits := -1, false
	for i, r := range text {
		letter := isLetter(r) || r == '\''
		digit := unicode.IsDigit(r)
		if start >= 0 && (!letter || digit != digits) {
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
