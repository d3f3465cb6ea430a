package contract

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// escape reads an escape sequence: its length in bytes, a surrogate pair's as one,
// 0 where it is none, and whether what it stands for is to be repaired.
func escape(text []byte) (length int, bad bool) {
	if len(text) < 2 {
		return 0, false
	}
	switch text[1] {
	case '"', '\\', '/', 'n', 'r', 't':
		return 2, false
	case 'b', 'f':
		return 2, true
	case 'u':
	default:
		return 0, false
	}
	first, ok := hex(text)
	switch {
	case !ok:
		return 0, false
	case utf16.IsSurrogate(first):
		if second, ok := hex(text[6:]); ok && utf16.DecodeRune(first, second) != unicode.ReplacementChar {
			return 12, false
		}
		return 6, true
	}
	return 6, isControl(first)
}

// isControl reports what is not a character of a text: C0 but tabs and line breaks, DEL
// and C1.
func isControl(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' }

// hex reads \uXXXX.
func hex(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(n), err == nil
}

// repaired is JSON whose strings hold neither bytes that are not UTF-8 nor lone
// surrogates (both become U+FFFD) nor control characters: tabs and line breaks
// become escapes, the others go. Nothing else changes. The text is one that was
// scanned, or a value of it.
func repaired(text []byte) []byte {
	clean := make([]byte, 0, len(text)+2*mostBadBytes)
	inside := false
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"':
			inside = !inside
			clean, i = append(clean, c), i+1
		case !inside:
			clean, i = append(clean, c), i+1
		case c == '\\':
			length, bad := escape(text[i:])
			length = max(length, 1)
			switch {
			case !bad:
				clean = append(clean, text[i:i+length]...)
			case length == len(`\ud800`) && text[i+2] != '0':
				clean = append(clean, `\ufffd`...)
			}
			i += length
		case c < ' ':
			if short := bytes.IndexByte([]byte("\t\n\r"), c); short >= 0 {
				clean = append(clean, '\\', "tnr"[short])
			}
			i++
		default:
			r, size := utf8.DecodeRune(text[i:])
			if i += size; !isControl(r) {
				clean = utf8.AppendRune(clean, r)
			}
		}
	}
	return clean
}

// plain is what a name says; the bytes stand between the quotes of a string.
func plain(name []byte) []byte {
	if bytes.IndexByte(name, '\\') < 0 {
		return name
	}
	var text string
	if err := json.Unmarshal(repaired(append(append([]byte{'"'}, name...), '"')), &text); err != nil {
		return name
	}
	return []byte(text)
}

// visible drops control characters from what a person is shown; an invalid byte
// comes as U+FFFD already.
func visible(r rune) rune {
	if unicode.IsControl(r) && !unicode.IsSpace(r) {
		return -1
	}
	return r
}
