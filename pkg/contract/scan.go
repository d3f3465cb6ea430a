package contract

import (
	"bytes"
	"fmt"
	"strings"
)

const (
	// mostBadBytes is how many bytes of a body may be no UTF-8.
	mostBadBytes = 8
	// mostRepairs is in how many fields of a body text may be repaired.
	mostRepairs = 1_000
	// maxDepth is where the walk itself ends; encoding/json ends there too.
	maxDepth = 10_000
	// longestName bounds what a path holds of one name, in bytes.
	longestName = 64
	// longestPath is where a path ends, after a name of that length at most.
	longestPath = 150
)

// value is a remembered value.
type value struct {
	// kind is the first byte of the value's text: one of "{[tfn and - for every
	// number; 0 where there is no value.
	kind       byte
	start, end int
	hollow     bool // no text but white space and no number is in it
	told       int  // texts, numbers and truths in all values of the place: its name may stand twice
}

// slot is the place of a remembered value in a scan.
type slot int

const (
	none slot = iota
	slotFault
	slotFaultCode
	slotFaultMessage
	slotSuccess
	slotErrors
	slotResult
	slotSource
	slotRows
	slotMovie
	slotID
	slotTitle
	slotOriginal
	slotSeason
	slotSeries
	slotRange
	slotPage
	slotPages
	slotTotal
	slots
)

// remembered are the values of a body that its contract asks for.
type remembered struct {
	body   []byte
	values [slots]value
}

// scan is one walk over a body.
type scan struct {
	remembered
	at     int
	bounds bounds

	depth, row, elements int
	path                 [][]byte // names from the outermost object on, down to deepest
	content              int      // texts, numbers and truths seen so far
	breach               string   // the first one

	damaged     bool // something is to be repaired
	badBytes    int
	badIdentity bool
	repairs     []Repair
	seen        map[Repair]struct{}
	pathBytes   []byte
}

// document reads the whole body and returns what is wrong with its form.
func (s *scan) document(root *field) (problem string) {
	switch start := bytes.TrimLeft(s.body, " \t\r\n"); {
	case len(start) == 0:
		return "the body is empty"
	case start[0] == '<':
		return "the body is a page of HTML or XML and no JSON"
	case start[0] != '{':
		root = nil
	}
	if s.space(); !s.value(root) {
		return s.notJSON()
	}
	if s.space(); s.at < len(s.body) {
		return s.notJSON()
	}
	return ""
}

func (s *scan) notJSON() string {
	switch {
	case s.depth > maxDepth:
		return fmt.Sprintf("its nesting exceeded max depth, %d levels", maxDepth)
	case s.at >= len(s.body):
		return fmt.Sprintf("the JSON breaks off after %d bytes", len(s.body))
	}
	return fmt.Sprintf("the body is not JSON from byte %d on", s.at)
}

// beyondRepair says why the text is damaged too much to be an answer.
func (s *scan) beyondRepair() string {
	switch {
	case s.badBytes > mostBadBytes:
		return fmt.Sprintf("the body is not UTF-8: %d bytes are none, at most %d are repaired", s.badBytes, mostBadBytes)
	case s.badIdentity:
		return "a code, an id or a date in it is not UTF-8"
	case len(s.repairs) > mostRepairs:
		return fmt.Sprintf("the text of more than %d fields is damaged", mostRepairs)
	}
	return ""
}

// breaks remembers the first breach.
func (s *scan) breaks(format string, args ...any) {
	if s.breach == "" {
		s.breach = fmt.Sprintf(format, args...)
	}
}

func (s *scan) space() {
	for s.at < len(s.body) && (s.body[s.at] == ' ' || s.body[s.at] == '\n' || s.body[s.at] == '\t' || s.body[s.at] == '\r') {
		s.at++
	}
}

// value passes over the value at hand and reports whether it is JSON; f is nil
// where the contract does not know the place. Where it is none, at stays at the
// offending byte.
func (s *scan) value(f *field) bool {
	if s.at >= len(s.body) {
		return false
	}
	start, before := s.at, s.content
	var ok bool
	kind := s.body[s.at]
	switch kind {
	case '{':
		ok = s.nested(f, s.object)
	case '[':
		ok = s.nested(f, s.array)
	case '"':
		ok = s.textValue(f)
	case 't':
		ok = s.literal("true")
	case 'f':
		ok = s.literal("false")
	case 'n':
		ok = s.literal("null")
	default:
		kind = '-'
		ok = s.number()
	}
	if strings.IndexByte("tf-", kind) >= 0 {
		s.content++
	}
	if f != nil && f.slot != none {
		told := s.content - before
		s.values[f.slot] = value{kind, start, s.at, told == 0, s.values[f.slot].told + told}
	}
	return ok
}

func (s *scan) nested(f *field, walk func(*field) bool) bool {
	if s.depth++; s.depth > maxDepth {
		return false
	}
	if s.depth == deepest+1 {
		s.breaks("it is nested deeper than %d levels", deepest)
	}
	s.at++ // the opening bracket
	ok := walk(f)
	if ok {
		s.depth--
	}
	return ok
}

func (s *scan) object(f *field) bool {
	if s.space(); s.skip('}') {
		return true
	}
	for {
		if s.space(); s.at >= len(s.body) || s.body[s.at] != '"' {
			return false
		}
		start := s.at + 1
		damage, ok := s.text()
		if !ok {
			return false
		}
		name := s.body[start : s.at-1]
		s.damaged = s.damaged || damage != 0
		if s.space(); !s.skip(':') {
			return false
		}
		s.space()
		s.push(name)
		ok = s.value(f.find(plain(name)))
		s.pop()
		if !ok {
			return false
		}
		if s.space(); s.skip('}') {
			return true
		}
		if !s.skip(',') {
			return false
		}
	}
}

func (s *scan) array(f *field) bool {
	if s.space(); s.skip(']') {
		return true
	}
	row, most := s.row, s.bounds.elements
	if f != nil && f.most > 0 {
		most = f.most
	}
	defer func() { s.row = row }()
	for n := 1; ; n++ {
		if s.elements++; n > most && s.breach == "" {
			s.breaks("more than %d elements in %s", most, s.where())
		}
		if s.elements > s.bounds.total && s.breach == "" {
			s.breaks("more than %d elements in all", s.bounds.total)
		}
		if f != nil && f.rows {
			s.row = n - 1
		}
		if s.space(); !s.value(f) {
			return false
		}
		if s.space(); s.skip(']') {
			return true
		}
		if !s.skip(',') {
			return false
		}
	}
}

func (s *scan) skip(c byte) bool {
	if s.at < len(s.body) && s.body[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scan) literal(word string) bool {
	for i := range len(word) {
		if !s.skip(word[i]) {
			return false
		}
	}
	return true
}

func (s *scan) number() bool {
	s.skip('-')
	if !s.skip('0') && !s.digits() {
		return false
	}
	if s.skip('.') && !s.digits() {
		return false
	}
	if s.skip('e') || s.skip('E') {
		if !s.skip('+') {
			s.skip('-')
		}
		return s.digits()
	}
	return true
}

func (s *scan) digits() bool {
	start := s.at
	for s.at < len(s.body) && s.body[s.at] >= '0' && s.body[s.at] <= '9' {
		s.at++
	}
	return s.at > start
}

// push and pop keep the path; below the deepest level it is not kept.
func (s *scan) push(name []byte) {
	if s.depth <= deepest {
		s.path = append(s.path, name)
	}
}

func (s *scan) pop() {
	if s.depth <= deepest {
		s.path = s.path[:len(s.path)-1]
	}
}

func (s *scan) appendPath(to []byte) []byte {
	for i, name := range s.path {
		if len(to) > longestPath {
			break
		}
		if i > 0 {
			to = append(to, '.')
		}
		name = plain(name[:min(len(name), longestName)])
		to = append(to, name...)
	}
	return to
}

// where is the path of the value at hand, for a person.
func (s *scan) where() string {
	if path := quotable(string(s.appendPath(nil))); path != "" {
		return path
	}
	return "the outermost list"
}
