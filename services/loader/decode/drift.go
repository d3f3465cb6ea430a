package decode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Drift is a place where an answer does not look as its kind does.
type Drift struct {
	Path string // names of fields joined by dots, without the indexes of arrays
	What string // one of a few fixed phrases
}

// What of a drift. A field of another type is named with the type that it has.
const (
	NewField     = "new field"
	MissingField = "missing field"
)

var nowA = map[types]string{
	stringType: "now a string", numberType: "now a number", booleanType: "now true or false",
	nullType: "now null", objectType: "now an object", arrayType: "now an array",
}

const (
	// deepest is how far values may be nested; the sources' stand ten deep.
	deepest = 100
	// mostDrifts bounds what one payload can report: its field names are the
	// source's, and a map of ids that stands where fields should would be endless.
	mostDrifts = 50
	// longestPath is in bytes.
	longestPath = 200
	wholeBody   = "(the body)"
)

var anything = &shape{types: anyType}

// checker walks over a body beside the shape of its kind. The body is valid
// JSON: the decoder has read it.
type checker struct {
	body   []byte
	at     int
	depth  int
	path   []string
	drifts map[Drift]int
	// lost counts arrays and objects that are something else, by path: what
	// should stand in them can't be read.
	lost map[string]int
}

// check compares a body with the shape of its kind.
func (r *reader) check(want *shape) error {
	c := &checker{body: r.body}
	if c.value(want); c.depth > deepest {
		return fmt.Errorf("%w: it is nested deeper than %d levels", ErrUnreadable, deepest)
	}
	r.drifts = c.drifts
	for path, times := range c.lost {
		r.add(Note{path, WrongShape}, times)
	}
	return nil
}

// value passes over the value at hand. Beyond the deepest level it stops
// wherever it is: depth tells.
func (c *checker) value(want *shape) {
	c.space()
	if c.at >= len(c.body) {
		return
	}
	have := typeOf(c.body[c.at])
	if have&want.types == 0 {
		c.drift("", nowA[have])
		if !want.opaque() && have != nullType {
			c.lose()
		}
		want = anything
	}
	switch have {
	case stringType:
		c.text()
	case objectType:
		c.nested(func() { c.object(want) })
	case arrayType:
		c.nested(func() { c.array(cmp.Or(want.element, anything)) })
	default:
		for c.at < len(c.body) && strings.IndexByte(",]} \t\r\n", c.body[c.at]) < 0 {
			c.at++
		}
	}
}

func typeOf(first byte) types {
	switch first {
	case '"':
		return stringType
	case '{':
		return objectType
	case '[':
		return arrayType
	case 'n':
		return nullType
	case 't', 'f':
		return booleanType
	}
	return numberType
}

func (c *checker) nested(walk func()) {
	if c.depth++; c.depth > deepest {
		return
	}
	c.at++ // the opening bracket
	walk()
	if c.depth <= deepest {
		c.depth--
	}
}

// next reports whether another element follows, and passes over the comma or the
// closing bracket.
func (c *checker) next(closing byte) bool {
	for c.depth <= deepest {
		c.space()
		if c.at >= len(c.body) {
			return false
		}
		switch c.body[c.at] {
		case closing:
			c.at++
			return false
		case ',':
			c.at++
		default:
			return true
		}
	}
	return false
}

func (c *checker) array(element *shape) {
	for c.next(']') {
		c.value(element)
	}
}

func (c *checker) object(want *shape) {
	var seen uint64
	expect := 0 // fields come in the same order, nearly always
	for c.next('}') {
		c.space()
		key := unescaped(c.text())
		c.space()
		c.at++ // the colon
		if want.fields == nil {
			c.value(anything)
			continue
		}
		i, known := want.find(key, expect)
		if !known {
			c.drift(string(key), NewField)
			c.value(anything)
			continue
		}
		seen |= 1 << i
		expect = i + 1
		c.path = append(c.path, want.fields[i].name)
		c.value(&want.fields[i].shape)
		c.path = c.path[:len(c.path)-1]
	}
	for i := range want.fields {
		if (want.required&^seen)>>i&1 == 1 && c.depth <= deepest {
			c.drift(want.fields[i].name, MissingField)
		}
	}
}

// find looks for a field, first where it is expected.
func (s *shape) find(key []byte, expect int) (int, bool) {
	if expect < len(s.fields) && s.fields[expect].name == string(key) {
		return expect, true
	}
	i, known := s.index[string(key)]
	return i, known
}

// unescaped is what a key says. The bytes stand between the quotes of a string.
func unescaped(key []byte) []byte {
	if bytes.IndexByte(key, '\\') < 0 {
		return key
	}
	var text string
	if err := json.Unmarshal(append(append([]byte{'"'}, key...), '"'), &text); err != nil {
		return key
	}
	return []byte(text)
}

// text passes over a string and returns what stands between its quotes.
func (c *checker) text() []byte {
	c.at++
	start := c.at
	for c.at < len(c.body) && c.body[c.at] != '"' {
		if c.body[c.at] == '\\' {
			c.at++
		}
		c.at++
	}
	end := min(c.at, len(c.body))
	c.at = end + 1
	return c.body[min(start, end):end]
}

func (c *checker) space() {
	for c.at < len(c.body) && (c.body[c.at] == ' ' || c.body[c.at] == '\n' || c.body[c.at] == '\t' || c.body[c.at] == '\r') {
		c.at++
	}
}

func (c *checker) drift(field, what string) {
	drift := Drift{c.where(field), what}
	if _, known := c.drifts[drift]; !known && len(c.drifts) == mostDrifts {
		return
	}
	if c.drifts == nil {
		c.drifts = make(map[Drift]int)
	}
	c.drifts[drift]++
}

func (c *checker) lose() {
	if c.lost == nil {
		c.lost = make(map[string]int)
	}
	c.lost[c.where("")]++
}

// where is the path of a field of the value at hand, fit for a table.
func (c *checker) where(field string) string {
	path := strings.Join(c.path, ".")
	if field != "" && path != "" {
		path += "."
	}
	path = strings.ReplaceAll(strings.ToValidUTF8(path+field, "\uFFFD"), "\x00", "\uFFFD")
	if path == "" {
		return wholeBody
	}
	if len(path) <= longestPath {
		return path
	}
	cut := longestPath
	for !utf8.RuneStart(path[cut]) {
		cut--
	}
	return path[:cut] + "…"
}
