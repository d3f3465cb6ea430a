package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
)

// Note is a field that could not be read, or a shape that was not expected. The
// row is kept, the field is null.
type Note struct {
	Field   string // the source's own name for it
	Problem string // what was wrong, one of a few fixed phrases
}

// The problems of a note.
const (
	NotANumber   = "not a number"
	NotADate     = "not a date"
	NotAYear     = "not a year"
	NotATruth    = "not true or false"
	OutOfRange   = "out of range"
	WrongShape   = "unexpected shape"
	MissingKey   = "row without its key"
	MissingTitle = "no title"
	TooLong      = "too long"
	NotACode     = "not a code"
	RepairedText = "text repaired"
	Shortened    = "text cut"
	Twice        = "row twice in one answer"
)

// Bounds of texts in bytes, some ten times what was seen; an index of Postgres has
// room for one of longestText. A name, title or overview that is longer is cut, a code
// is not read.
const (
	longestText  = 2 << 10
	longestProse = 64 << 10
)

// Years outside are typing errors of the source, such as "194".
const (
	firstYear = 1850
	lastYear  = 2150
)

// reader turns the scalars of one payload into values and notes what it can't read.
type reader struct {
	body   []byte
	source messages.Source
	remarks
}

// kobisReader reads the forms of KOBIS' answers.
type kobisReader struct{ *reader }

// tmdbReader reads the forms of TMDB's answers.
type tmdbReader struct{ *reader }

// remarks are what is to be said of an answer beside its facts.
type remarks struct {
	answer contract.Answer
	depth  int // how many names stand above the entities' fields, -1 where there are none
	notes  map[Note]int
	drifts map[Drift]int
	gaps   map[place]Why

	entity  string   // whose fields are being read
	rows    []string // the entity of each row of the answer, "" where it was left out
	credits string   // the field in which cast and crew stand
}

// is begins with the fields of another entity.
func (r *remarks) is(entity string) { r.entity, r.rows = entity, append(r.rows, entity) }

func (r *remarks) note(field, problem string) {
	note := Note{field, problem}
	r.add(note, 1)
	r.unread(note)
}

func (r *remarks) add(note Note, times int) {
	if r.notes == nil {
		r.notes = make(map[Note]int)
	}
	r.notes[note] += times
}

// hasNote reports a note on a field of that name, at any depth.
func (r *remarks) hasNote(field string) bool {
	for note := range r.notes {
		if note.Field == field || strings.HasSuffix(note.Field, "."+field) {
			return true
		}
	}
	return false
}

// unmarshal decodes as much as fits: encoding/json skips a value of the wrong
// type and goes on. check notes all of those. The contract has seen that it is JSON.
func (r *reader) unmarshal(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !ok {
		return fmt.Errorf("%w: the body is not JSON (%w)", ErrUnreadable, err)
	}
	return nil
}

// raw is a text of limited length as it came.
func (r *reader) raw(field string, s scalar, longest int) string {
	switch {
	case s.kind == composite:
		r.note(field, WrongShape)
	case s.kind == oversized, len(s.text) > longest:
		r.note(field, TooLong)
		return ""
	}
	return s.text
}

// written is a text of limited length as it came. A number is one too, but for 0,
// which like true and false stands where there is none.
func (r *reader) written(field string, s scalar, longest int) string {
	if s.kind == truth || s.kind == number && isZero(s.text) {
		r.note(field, WrongShape)
		return ""
	}
	return r.raw(field, s, longest)
}

func isZero(text string) bool {
	n, err := contract.Int(text)
	return err == nil && n == 0
}

// text is a name or title.
func (r *reader) text(field string, s scalar) string {
	if r.source == messages.KOBIS {
		return r.shortened(field, s, longestText, Clean)
	}
	return r.shortened(field, s, longestText, tidy)
}

func (r *reader) prose(field string, s scalar) string {
	return r.shortened(field, s, longestProse, prose)
}

// growth is how much longer a text may be before it is cleaned.
const growth = 4

// shortened is a cleaned text, of which what goes beyond the limit is cut. Nothing is
// left of what is longer than a text can be.
func (r *reader) shortened(field string, s scalar, longest int, clean func(string) string) string {
	raw := r.written(field, s, longestScalar)
	text := clean(cut(raw, growth*longest))
	if len(raw) > growth*longest || len(text) > longest {
		r.note(field, Shortened)
		text = clean(cut(text, longest))
	}
	return text
}

// number is the text of a number, empty where there is none. Thousands separators
// are accepted.
func (r *reader) number(field string, s scalar) string {
	return contract.Plain(r.raw(field, s, longestText))
}

func (r *reader) int64(field string, s scalar) *int64 {
	text := r.number(field, s)
	if text == "" {
		return nil
	}
	n, err := contract.Int(text)
	switch {
	case errors.Is(err, contract.ErrRange):
		r.note(field, OutOfRange)
		return nil
	case err != nil:
		r.note(field, NotANumber)
		return nil
	}
	return &n
}

func (r *reader) int32(field string, s scalar) *int32 {
	n := r.int64(field, s)
	if n == nil {
		return nil
	}
	if *n < math.MinInt32 || *n > math.MaxInt32 {
		r.note(field, OutOfRange)
		return nil
	}
	small := int32(*n)
	return &small
}

// positive is a count or length that the source writes as 0 when it is unknown.
func (r *reader) positive(field string, s scalar) *int32 {
	n := r.int32(field, s)
	if n != nil && *n < 0 {
		r.note(field, OutOfRange)
	}
	if n == nil || *n <= 0 {
		return nil
	}
	return n
}

// count is a number that a row can do without: 0 where it can't be read.
func (r *reader) count(field string, s scalar) int32 {
	if n := r.int32(field, s); n != nil {
		return max(*n, 0)
	}
	return 0
}

// id is a positive identifier, 0 where there is none.
func (r *reader) id(field string, s scalar) int32 {
	n := r.int32(field, s)
	if n == nil || *n <= 0 {
		r.note(field, MissingKey)
		return 0
	}
	return *n
}

// decimal is a number below the limit in both directions, which is that of its column.
func (r *reader) decimal(field string, s scalar, limit float64) *float64 {
	text := r.number(field, s)
	if text == "" {
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) {
		r.note(field, NotANumber)
		return nil
	}
	if math.Abs(f) >= limit {
		r.note(field, OutOfRange)
		return nil
	}
	return &f
}

func (r *reader) year(field string, s scalar) *int32 {
	n := r.int32(field, s)
	if n == nil {
		return nil
	}
	if *n < firstYear || *n > lastYear {
		r.note(field, NotAYear)
		return nil
	}
	return n
}

// date reads a day in any of its forms.
func (r *reader) date(field string, s scalar) *time.Time {
	text := tidy(r.raw(field, s, longestText))
	if text == "" {
		return nil
	}
	t, ok := contract.Day(text)
	if !ok || t.Year() < firstYear || t.Year() > lastYear {
		r.note(field, NotADate)
		return nil
	}
	return &t
}

// day is a date in its canonical text.
func (r *reader) day(field string, s scalar) string {
	if t := r.date(field, s); t != nil {
		return t.Format(time.DateOnly)
	}
	return ""
}

func (r *reader) truth(field string, s scalar) *bool {
	switch strings.ToLower(strings.TrimSpace(r.raw(field, s, longestText))) {
	case "":
		return nil
	case "true", "1":
		return new(true)
	case "false", "0":
		return new(false)
	}
	r.note(field, NotATruth)
	return nil
}
