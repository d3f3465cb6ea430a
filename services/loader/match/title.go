package match

import (
	"slices"
	"strings"
	"unicode"
)

// title is a title in the forms in which it is compared.
type title struct {
	whole   string   // Normalise
	forms   []string // what else means the same: see readTitle
	remarks []string // what stands in brackets: 海霧 in 해무(海霧)
	head    string   // what stands before a subtitle; empty without one
	numbers string   // all numbers in order, which tell parts of a series apart
	words   []string // without editions
	hangul  bool
	edition bool // it says which edition this is
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
	// reordered marks a form whose words are sorted, so that it equals no other.
	reordered = "~"
)

// readTitle takes a title apart. Its forms are: without what stands in brackets
// and without the words for an edition, with numerals as digits and without words
// such as "part" before them; the same without an article; the same with its
// words sorted, so that 강철중: 공공의 적 1-1 equals 공공의 적 1-1: 강철중.
func readTitle(text string) title {
	text = folded(text)
	t := title{whole: letters(text)}
	t.hangul = hasHangul(t.whole)
	plain, inside := unbracket(text)
	words := canonical(split(plain))
	t.words = words
	t.edition = len(words) < len(numbered(split(plain)))
	t.numbers = strings.Join(slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !isNumber(w) }), " ")
	t.add(strings.Join(words, ""))
	if len(words) > 1 && articles[words[0]] {
		t.add(strings.Join(words[1:], ""))
	}
	if len(words) > 1 {
		sorted := slices.Sorted(slices.Values(words))
		t.add(reordered + strings.Join(sorted, " "))
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
	return t
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
	case t.has(o.whole), o.has(t.whole), slices.ContainsFunc(t.forms, o.has), slices.ContainsFunc(t.remarks, o.says),
		slices.ContainsFunc(o.remarks, t.says):
		return varied
	}
	return different
}

func (t *title) has(form string) bool { return slices.Contains(t.forms, form) }

// says tells whether the title itself, not a remark of it, is a text.
func (t *title) says(text string) bool { return t.whole == text || t.has(text) }

// near compares titles that are different for is. Parts of a series differ by
// their numbers, so those must be the same.
func (t *title) near(o *title) level {
	if t.hangul != o.hangul || t.numbers != o.numbers {
		return different
	}
	a, b := t.base(), o.base()
	if runes(a) >= alikeLength && runes(b) >= alikeLength && similarity(jamo(a), jamo(b)) >= alikeFrom {
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
	if slices.ContainsFunc(t.words, func(w string) bool { return runes(w) > 1 && !englishWords[w] && slices.Contains(o.words, w) }) {
		return true
	}
	return similarity(jamo(t.base()), jamo(o.base())) > 0.5
}

// base is the form without brackets and editions.
func (t *title) base() string {
	if len(t.forms) > 0 && !strings.HasPrefix(t.forms[0], reordered) {
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
	rest := text
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
		if words := split(remark); strings.TrimSpace(b.String()) == "" && (len(words) == 0 || !isEdition(words[0])) {
			b.WriteString(" " + remark + " ")
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
