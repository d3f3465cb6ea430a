package decode

import (
	"html"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Clean makes a name or title of a source comparable and presentable: entities
// are unescaped, invisible characters dropped, white space of any kind (tabs and
// no-break spaces too) becomes single spaces, the ends are trimmed, and the
// result is NFC, which also maps the CJK compatibility ideographs that KOBIS has
// to the unified ones. A U+FFFD stays: what it stood for is lost at the source,
// and guessing would invent. Clean of a cleaned text is the same text.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	for range mostPasses {
		s = cleaned(unescape(s))
		if unescape(s) == s { // else an invisible character stood within an entity
			return s
		}
	}
	return cleaned(strings.ReplaceAll(s, "&", ""))
}

// mostPasses bounds how often entities are unescaped that came escaped several
// times. A text that goes on beyond that was made to, and loses its ampersands: the
// cost stays in proportion to the length.
const mostPasses = 8

// cleaned is Clean but for the entities.
func cleaned(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space, last := false, rune(0)
	for _, r := range norm.NFC.String(s) { // first: what stands before a joiner is what it composes to
		switch {
		case unicode.IsSpace(r) || r == '\u200B':
			space = true
			continue
		case isInvisible(r, last):
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space, last = false, r
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// isPlain reports a text that Clean would leave alone, without allocating: one of
// printable ASCII and Hangul syllables, which are NFC whatever stands beside them.
func isPlain(s string) bool {
	before := ' '
	for _, r := range s {
		hangul := r >= '가' && r <= '힣'
		if !hangul && (r < ' ' || r >= 0x7f || r == '&' || (r == ' ' && before == ' ')) {
			return false
		}
		before = r
	}
	return before != ' ' || s == ""
}

// unescape repeats, because entities come escaped twice ("&amp;nbsp;"): a single
// pass would leave the text dirty and cleaning it again would change it.
func unescape(s string) string {
	for range mostPasses {
		if !strings.Contains(s, "&") {
			return s
		}
		once := html.UnescapeString(s)
		if once == s {
			return s
		}
		s = once
	}
	return strings.ReplaceAll(s, "&", "")
}

// isInvisible reports controls and format characters. A joiner stays where it
// changes what is read: in the scripts that use it and in emoji.
func isInvisible(r, before rune) bool {
	switch r {
	case '\u200C', '\u200D':
		return !unicode.In(before, unicode.Arabic, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
			unicode.Gujarati, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
			unicode.Myanmar, unicode.Khmer, unicode.So, unicode.Mn, unicode.Mc)
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// prose cleans a text of several paragraphs: white space inside stays.
func prose(s string) string {
	s = strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	return norm.NFC.String(strings.TrimSpace(s))
}
