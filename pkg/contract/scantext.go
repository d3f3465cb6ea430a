package contract

import (
	"bytes"
	"unicode/utf8"
)

// textValue passes over a string that is a value, and remembers what is to be
// repaired in it.
func (s *scan) textValue(f *field) bool {
	start := s.at
	damage, ok := s.text()
	if !ok {
		return false
	}
	if !blankText(s.body[start+1 : s.at-1]) {
		s.content++
	}
	if damage == 0 {
		return true
	}
	s.damaged = true
	s.badIdentity = s.badIdentity || (damage&badUTF8 != 0 && f != nil && f.identity)
	if len(s.repairs) > mostRepairs {
		return true
	}
	s.pathBytes = s.appendPath(s.pathBytes[:0])
	if _, known := s.seen[Repair{string(s.pathBytes), s.row}]; known {
		return true
	}
	if s.seen == nil {
		s.seen = make(map[Repair]struct{})
	}
	s.seen[Repair{string(s.pathBytes), s.row}] = struct{}{}
	s.repairs = append(s.repairs, Repair{quotable(string(s.pathBytes)), s.row})
	return true
}

// blankText reports whether nothing is seen in a string; the bytes stand between its quotes.
func blankText(text []byte) bool {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == '\\' {
			size, _ = escape(text)
			if size = max(size, 1); size == len(`\n`) {
				r = ' '
				if bytes.IndexByte([]byte(`"\/`), text[1]) >= 0 {
					return false
				}
			} else if r, _ = hex(text); size > len(`\u0000`) {
				return false
			}
		}
		if isSeen(r) {
			return false
		}
		text = text[size:]
	}
	return true
}

// The damages of a string, a set.
type damage byte

const (
	badUTF8 damage = 1 << iota
	badRune        // a control character or a lone surrogate
)

// text passes over a string, its quotes included.
func (s *scan) text() (damage, bool) {
	var found damage
	s.at++
	for s.at < len(s.body) {
		switch c := s.body[s.at]; {
		case c == '"':
			s.at++
			return found, true
		case c == '\\':
			length, bad := escape(s.body[s.at:])
			if length == 0 {
				s.toOffender()
				return found, false
			}
			if s.at += length; bad {
				found |= badRune
			}
		case c < ' ' || c == '\x7f':
			found |= badRune
			s.at++
		case c < utf8.RuneSelf:
			s.at++
		default:
			r, size := utf8.DecodeRune(s.body[s.at:])
			switch s.at += size; {
			case r == utf8.RuneError && size == 1:
				s.badBytes++
				found |= badUTF8
			case isControl(r):
				found |= badRune
			}
		}
	}
	return found, false
}

// toOffender moves to the end of a body that breaks off within an escape.
func (s *scan) toOffender() {
	if len(s.body)-s.at < len(`\u0000`) && bytes.IndexByte(s.body[s.at:], '"') < 0 {
		s.at = len(s.body)
	}
}
