package decode

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/cledit/pipeline/pkg/contract"
)

// Clean makes a name or title of KOBIS comparable and presentable: entities are
// unescaped, and then what tidy does. KOBIS' form escapes what its own character set
// lacks; nothing else that is recorded of either source does. Clean of a cleaned text
// is the same text.
func Clean(s string) string {
	if isPlain(s) {
		return s
	}
	for range mostPasses {
		s = tidy(unescape(s))
		if unescape(s) == s { // else an invisible character stood within an entity
			return s
		}
	}
	return tidy(strings.ReplaceAll(s, "&", ""))
}

// mostPasses bounds how often entities are unescaped that came escaped several
// times. A text that goes on beyond that was made to, and loses its ampersands: the
// cost stays in proportion to the length.
const mostPasses = 8

// tidy makes a text comparable and presentable: invisible characters are dropped,
// white space of any kind (tabs, no-break spaces and characters that are as blank)
// becomes single spaces, the ends are trimmed, and the result is NFC, which also maps
// the CJK compatibility ideographs that KOBIS has to the unified ones. So what looks
// empty is empty. A U+FFFD stays: what it stood for is lost at the source, and
// guessing would invent. What tidy returns for a tidy text is the same text.
func tidy(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	space, last := false, rune(0)
	for _, r := range norm.NFC.String(s) { // first: what stands before a joiner is what it composes to
		switch {
		case contract.IsBlank(r):
			space, last = true, 0
			continue
		case contract.IsInvisible(r, last):
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
		once := unescapeOnce(s)
		if once == s {
			return s
		}
		s = once
	}
	return strings.ReplaceAll(s, "&", "")
}

// longestEntity is longer than any of HTML's, in bytes.
const longestEntity = 40

// unescapeOnce replaces entities, all of which end in a semicolon: &copy without one
// is how a text goes on.
func unescapeOnce(s string) string {
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '&')
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:at])
		s = s[at:]
		end := 1 + strings.IndexFunc(s[1:min(len(s), longestEntity)], func(r rune) bool { return r != '#' && !isAlphanumeric(r) })
		if end < 1 || s[end] != ';' {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		b.WriteString(entity(s[:end+1]))
		s = s[end+1:]
	}
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// entity is what an entity stands for; what is none stays. KOBIS capitalises names of
// entities with the title around them, so &Eacute; is what it says, and &Lt; no ≪.
func entity(s string) string {
	if strings.Trim(s, "&#xX;") == "" {
		return s
	}
	text, known := named(s)
	small, capitalised := named(strings.ToLower(s))
	switch {
	case known && (!capitalised || text == strings.ToUpper(small)):
		return text
	case capitalised:
		return small
	}
	return s
}

// named is what stands behind the name of an entity, or its number.
func named(s string) (text string, known bool) {
	text = html.UnescapeString(s)
	return text, text == ";" || !strings.HasSuffix(text, ";")
}

// prose cleans a text of several paragraphs: white space inside stays. One that looks
// empty is.
func prose(s string) string {
	s = strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
	if s = norm.NFC.String(strings.TrimSpace(s)); contract.LooksEmpty(s) {
		return ""
	}
	return s
}

// cut shortens a text to a length in bytes, between characters. Nothing that belongs
// to the character before it begins what is left out.
func cut(s string, longest int) string {
	if len(s) <= longest {
		return s
	}
	end := longest
	for end > 0 {
		if r, _ := utf8.DecodeRuneInString(s[end:]); utf8.RuneStart(s[end]) && !unicode.In(r, unicode.M, unicode.Cf) {
			break
		}
		end--
	}
	return strings.TrimRightFunc(s[:end], unicode.IsSpace)
}
