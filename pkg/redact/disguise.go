package redact

import (
	"bytes"
	"errors"
	"io"
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
	layers := mostDisguises
	if plainUntil(text) == len(text) {
		layers = 0
	}
	var plain io.Reader = bytes.NewReader(text)
	for i := range layers + 1 {
		if i > 0 {
			plain = transform.NewReader(plain, layer{})
		}
		plain = io.TeeReader(plain, &search{secrets: secrets, longest: longest})
	}
	_, err := io.Copy(io.Discard, plain)
	return err != nil
}

// lower is what is looked for, in lower case, and the length of the longest.
func (s *Set) lower() (secrets [][]byte, longest int) {
	for _, p := range *s.patterns.Load() {
		secrets = append(secrets, lowerASCII([]byte(p.spelling)))
		longest = max(longest, len(p.spelling))
	}
	return secrets, longest
}

// errFound ends the reading of a text.
var errFound = errors.New("a secret is in it")

// search looks for the secrets in what goes by, each piece with the end of the one before.
type search struct {
	secrets [][]byte
	longest int
	window  []byte
}

// Write returns errFound with the first secret.
func (s *search) Write(piece []byte) (int, error) {
	s.window = append(s.window[:copy(s.window, s.window[max(0, len(s.window)-s.longest):])], piece...)
	lowerASCII(s.window[len(s.window)-len(piece):])
	for _, secret := range s.secrets {
		if bytes.Contains(s.window, secret) {
			return 0, errFound
		}
	}
	return len(piece), nil
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

// longestEscape is how much of a text has to be there to report whether it begins with
// an escape.
const longestEscape = 32

// layer takes one layer of escapes of ASCII off a text, and control characters.
type layer struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (layer) Transform(dst, src []byte, atEOF bool) (written, read int, err error) {
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
			read += length
			continue
		}
		letter, length := escaped(src[read:])
		if length == 0 {
			letter, length = src[read], 1
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
		if odd[b] {
			return i
		}
	}
	return len(text)
}

// odd are the bytes that an escape or a control character may begin with.
var odd = func() (odd [256]bool) {
	for b := range ' ' {
		odd[b] = true
	}
	for _, b := range []byte{0x7f, 0xc2, '\\', '%', '&'} {
		odd[b] = true
	}
	return odd
}()

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
		if n, ok := number(text[2:6], 16); ok && unicode.IsControl(n) {
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
	return ascii(text[from:to], 16, to)
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
		return ascii(text[3:end], 16, end+1)
	}
	return ascii(text[2:end], 10, end+1)
}

func ascii(digits []byte, base rune, length int) (byte, int) {
	if n, ok := number(digits, base); ok && n <= unicode.MaxASCII {
		return byte(n), length
	}
	return 0, 0
}

// number reads digits, of a number that may be a letter's.
func number(digits []byte, base rune) (n rune, ok bool) {
	for _, d := range digits {
		digit := base
		switch {
		case '0' <= d && d <= '9':
			digit = rune(d - '0')
		case 'a' <= d|0x20 && d|0x20 <= 'f':
			digit = rune(d|0x20-'a') + 10
		}
		if n = n*base + digit; digit >= base || n > unicode.MaxRune {
			return 0, false
		}
	}
	return n, len(digits) > 0
}
