package decode

import (
	"encoding/json"
	"unicode/utf8"
)

// scalar is a value that a source may send as a string or as a number, whatever
// its documentation says.
type scalar struct {
	text string
	kind valueKind
}

type valueKind byte

const (
	absent valueKind = iota // missing or null
	quoted
	number
	truth
	composite // an array or an object where a value should stand
	oversized // a text longer than any that is read
)

// longestLiteral is what a text of the longest kind takes in JSON, every character
// escaped, and longestScalar what such a text has at most.
const (
	longestLiteral = 6*longestProse + 2
	longestScalar  = longestLiteral
)

// UnmarshalJSON never fails: what is not a scalar is noted where the field is read.
func (s *scalar) UnmarshalJSON(data []byte) error {
	if len(data) > longestLiteral && data[0] != '[' && data[0] != '{' {
		*s = scalar{kind: oversized}
		return nil
	}
	switch data[0] {
	case '"':
		return s.unquote(data)
	case 'n':
		*s = scalar{}
	case 't', 'f':
		*s = scalar{text: string(data), kind: truth}
	case '[', '{':
		*s = scalar{kind: composite}
	default:
		*s = scalar{text: string(data), kind: number}
	}
	return nil
}

// unquote spares the decoder's second pass for the many strings without escapes.
func (s *scalar) unquote(data []byte) error {
	s.kind = quoted
	body := data[1 : len(data)-1]
	for _, c := range body {
		if c == '\\' || c < ' ' {
			return json.Unmarshal(data, &s.text)
		}
	}
	if !utf8.Valid(body) {
		return json.Unmarshal(data, &s.text)
	}
	s.text = string(body)
	return nil
}
