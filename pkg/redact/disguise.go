package redact

import (
	"bytes"
	"strconv"
)

// mostDisguises is how many escapings over each other are seen through.
const mostDisguises = 4

// Disguised reports whether the text holds one of the secrets in a spelling that Bytes
// does not know: with letters of another case, or escaped as JSON, a URL or HTML may
// escape any letter. Who decodes such a text has the secret.
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

// unescape takes one layer of escapes of ASCII off a text.
func unescape(text []byte) []byte {
	if !bytes.ContainsAny(text, `\%&`) {
		return text
	}
	plain := make([]byte, 0, len(text))
	for len(text) > 0 {
		if letter, length := escaped(text); length > 0 {
			plain, text = append(plain, letter), text[length:]
			continue
		}
		plain, text = append(plain, text[0]), text[1:]
	}
	return plain
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
