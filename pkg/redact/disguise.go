package redact

import (
	"bytes"
	"io"
	"strconv"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// mostDisguises is how many escapings over each other are seen through.
const mostDisguises = 4

// Disguised reports whether the text holds one of the secrets in a spelling that Bytes
// does not know: with letters of another case, escaped as JSON, a URL or HTML may escape
// any letter, or with control characters within, which go when a text is repaired. Who
// decodes such a text has the secret. It takes no memory in proportion to the text.
func (s *Set) Disguised(text []byte) bool {
	secrets, longest := s.lower()
	for layers := range mostDisguises + 1 {
		var outer layer
		var plain io.Reader = bytes.NewReader(text)
		for range layers {
			outer = layer{}
			plain = transform.NewReader(plain, &outer)
		}
		if holds(plain, secrets, longest) {
			return true
		}
		if layers > 0 && !outer.found {
			return false
		}
	}
	return false
}

// lower is what is looked for, in lower case, and the length of the longest.
func (s *Set) lower() (secrets [][]byte, longest int) {
	for _, p := range *s.patterns.Load() {
		secrets = append(secrets, lowerASCII([]byte(p.spelling)))
		longest = max(longest, len(p.spelling))
	}
	return secrets, longest
}

// holds looks for the secrets a block at a time, each with the end of the one before.
func holds(text io.Reader, secrets [][]byte, longest int) bool {
	const block = 32 << 10
	window := make([]byte, 0, longest+block)
	for {
		n, err := io.ReadFull(text, window[len(window):cap(window)])
		lowerASCII(window[len(window) : len(window)+n])
		window = window[:len(window)+n]
		for _, secret := range secrets {
			if bytes.Contains(window, secret) {
				return true
			}
		}
		if err != nil {
			return false // the end: nothing else ends a text in memory
		}
		window = window[:copy(window, window[len(window)-longest:])]
	}
}

// lowerASCII changes the text itself.
func lowerASCII(text []byte) []byte {
	for i, b := range text {
		if 'A' <= b && b <= 'Z' {
			text[i] = b - 'A' + 'a'
		}
	}
	return text
}

// longestEscape is how much of a text has to be there to tell whether it begins with
// an escape.
const longestEscape = 32

// layer takes one layer of escapes of ASCII off a text, and control characters.
type layer struct {
	transform.NopResetter
	found bool // there were some
}

// Transform implements transform.Transformer.
func (l *layer) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
	for read < len(src) {
		if plain := plainUntil(src[read:]); plain > 0 {
			n := copy(dst[written:], src[read:read+plain])
			written, read = written+n, read+n
			if n < plain {
				return written, read, transform.ErrShortDst
			}
			continue
		}
		if written == len(dst) {
			return written, read, transform.ErrShortDst
		}
		if !atEOF && len(src)-read < longestEscape {
			return written, read, transform.ErrShortSrc
		}
		if length := control(src[read:]); length > 0 {
			l.found, read = true, read+length
			continue
		}
		letter, length := escaped(src[read:])
		if length == 0 {
			letter, length = src[read], 1
		} else {
			l.found = true
		}
		dst[written] = letter
		written, read = written+1, read+length
	}
	return written, read, nil
}

// plainUntil is how many bytes of the text begin neither an escape nor a control
// character. Those of two bytes begin with 0xC2 in UTF-8.
func plainUntil(text []byte) int {
	for i, b := range text {
		if b < ' ' || b == 0x7f || b == 0xc2 || b == '\\' || b == '%' || b == '&' {
			return i
		}
	}
	return len(text)
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
	if bytes.HasPrefix(text, []byte("&amp;")) {
		return '&', len("&amp;")
	}
	end := bytes.IndexByte(text[:min(len(text), longestEscape)], ';')
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
