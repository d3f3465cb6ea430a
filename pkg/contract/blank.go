package contract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsBlank reports white space, and what is not white space but as blank: the fillers of
// Hangul that take room and the empty pattern of Braille.
func IsBlank(r rune) bool {
	switch r {
	case '\u200B', '\u2800', '\u3164', '\uFFA0':
		return true
	}
	return unicode.IsSpace(r)
}

// IsInvisible reports controls, format characters and all others that show nothing. A
// joiner stays where it changes what is read: in the scripts that use it and in emoji;
// so does what selects the form of a character before it.
func IsInvisible(r, before rune) bool {
	switch r {
	case '\u200C', '\u200D':
		return !unicode.In(before, unicode.Arabic, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
			unicode.Gujarati, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
			unicode.Myanmar, unicode.Khmer, unicode.So, unicode.Mn, unicode.Mc)
	}
	if unicode.Is(unicode.Variation_Selector, r) {
		return before == 0
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point)
}

// LooksEmpty reports a text in which nothing is seen.
func LooksEmpty(text string) bool { return strings.IndexFunc(text, isSeen) < 0 }

func isSeen(r rune) bool {
	return r > ' ' && r < 0x7f || r >= '가' && r <= '힣' || !IsBlank(r) && !IsInvisible(r, 0)
}

// trimmed is a text without what is not seen around it.
func trimmed(text string) string {
	if text != "" && text[0] > ' ' && text[0] < utf8.RuneSelf && text[len(text)-1] > ' ' && text[len(text)-1] < 0x7f {
		return text
	}
	return strings.TrimFunc(text, func(r rune) bool { return !isSeen(r) })
}
