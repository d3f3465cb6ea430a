package redact

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// mostDisguises is how many escapings over each other are seen through.
const mostDisguises = 4

// Disguised reports whether the text holds one of the secrets in a spelling that Bytes
// does not know: with letters of another case, escaped as JSON, a URL or HTML may escape
// any letter, or with control characters within, which go when a text is repaired. Who
// decodes such a text has the secret.
func (s *Set) Disguised(text []byte) bool {
	for range mostDisguises {
		lower := bytes.ToLower(text)
		for _, p := range *s.patterns.Load() {
			if bytes.Contains(lower, bytes.ToLower([]byte(p.spelling))) {
				return true
			}
		}
		plain := unescape(text)
		if len(plain) == len(text) {
			return false
		}
		text = plain
	}
	return false
}

// unescape takes one layer of escapes of ASCII off a text, and control characters.
func unescape(text []byte) []byte {
	if bytes.IndexFunc(text, func(r rune) bool { return r == '\\' || r == '%' || r == '&' || unicode.IsControl(r) }) < 0 {
		return text
	}
	plain := make([]byte, 0, len(text))
	for len(text) > 0 {
		if length := control(text); length > 0 {
			text = text[length:]
			continue
		}
		if letter, length := escaped(text); length > 0 {
			plain, text = append(plain, letter), text[length:]
			continue
		}
		plain, text = append(plain, text[0]), text[1:]
	}
	return plain
}

// control is the length of the control character, or of JSON's escape of one, that the
// text begins with; 0 for none.
func control(text []byte) int {
	if r, length := utf8.DecodeRune(text); unicode.IsControl(r) {
		return length
	}
	if len(text) < 2 || text[0] != '\\' {
		return 0
	}
	if bytes.IndexByte([]byte("bfnrt"), text[1]) >= 0 {
		return 2
	}
	if text[1] == 'u' && len(text) >= 6 {
		if n, err := strconv.ParseUint(string(text[2:6]), 16, 16); err == nil && unicode.IsControl(rune(n)) {
			return 6
		}
	}
	return 0
}

// escaped is the letter that the text begins with an escape of, and the length of that;
// 0 for none.
func escaped(text []byte) (letter byte, length int) {
	switch text[0] {
	case '%':
		return hexLetter(text, 1, 3)
	case '&':
		return entity(text)
	case '\\':
		if len(text) > 1 && text[1] == 'u' {
			return hexLetter(text, 2, 6)
		}
		if len(text) > 1 && (text[1] == '/' || text[1] == '\\') {
			return text[1], 2
		}
	}
	return 0, 0
}

func hexLetter(text []byte, from, to int) (byte, int) {
	if len(text) < to {
		return 0, 0
	}
	return ascii(string(text[from:to]), 16, to)
}

// entity reads &#52; and &#x34;, and &amp; before which others may be hidden.
func entity(text []byte) (byte, int) {
	const longest = 10
	if bytes.HasPrefix(text, []byte("&amp;")) {
		return '&', len("&amp;")
	}
	end := bytes.IndexByte(text[:min(len(text), longest)], ';')
	if end < 3 || text[1] != '#' {
		return 0, 0
	}
	if text[2] == 'x' || text[2] == 'X' {
		return ascii(string(text[3:end]), 16, end+1)
	}
	return ascii(string(text[2:end]), 10, end+1)
}

func ascii(digits string, base, length int) (byte, int) {
	n, err := strconv.ParseUint(digits, base, 7)
	if err != nil {
		return 0, 0
	}
	return byte(n), length
}
