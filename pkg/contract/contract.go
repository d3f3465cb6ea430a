package contract

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

// Verdict is what a body is to the question that it answers.
type Verdict int

// The verdicts. The zero value is the one that trusts nothing.
const (
	NoAnswer Verdict = iota // not in the API's form, or about something else: ask again
	Fault                   // the source's own error: Code and Message say which
	Breach                  // an answer that breaks its contract: kept whole, not believed
	NotFound                // the source says in its form that there is no such entity
	OK                      // an answer
)

func (v Verdict) String() string {
	return [...]string{"no answer", "fault", "breach", "not found", "ok"}[v]
}

// Answer is what a body says.
type Answer struct {
	Verdict Verdict
	// Reason is for a person: one line that says what the body is or has; empty for
	// OK and NotFound.
	Reason string
	// Code and Message are those of a Fault: the code without white space, whether
	// it came as a number or a string, empty where there is none.
	Code, Message string
	// Body is the text as repaired; the bytes as they came where Repaired is empty and
	// Marked is false.
	Body []byte
	// Marked is true where a mark of byte order stood before the text.
	Marked bool
	// Repaired are the fields whose text was repaired, in the order of their first
	// repair.
	Repaired []Repair
	// Tells is true where the body tells of a film, a series or a person, be it another one or
	// under another name: nothing of what such a body says is that there is none.
	Tells bool
	// Total is the source's count of all rows of a list (totCnt, total_results), and
	// Pages its count of pages (TMDB alone); 0 where it tells none. Both are set for
	// OK alone.
	Total, Pages int32
}

// Repair is a field whose text was repaired.
type Repair struct {
	// Path is the names of the fields from the outermost object on, joined by dots,
	// without the indexes of arrays, at most 300 bytes; of what is longer, the
	// beginning.
	Path string
	// Row is the index of the row in a list of entities, -1 outside of one.
	Row int
}

// Read reads the body of an answer to the question of the given name. A name of
// no known kind has the contract of any JSON.
func Read(name messages.Name, body []byte) Answer {
	kind, known := kinds[name.Source][name.Kind]
	if !known {
		kind = anyKind
	}
	body, marked := bytes.CutPrefix(body, []byte("\ufeff"))
	s := scan{remembered: remembered{body: body}, bounds: kind.bounds, row: -1}
	if err := s.document(&kind.root); err != "" {
		answer := Answer{Reason: err, Body: body, Marked: marked}
		if kind.markup != nil {
			answer.faulty(kind.markup(body))
		}
		return answer
	}
	answer := Answer{Body: body, Marked: marked, Repaired: s.repairs}
	if s.damaged {
		answer.Body = repaired(body)
	}
	if answer.faulty(kind.fault(&s)); answer.Verdict == Fault {
		return answer
	}
	answer.Tells = s.tells()
	if answer.Reason = cmp.Or(s.beyondRepair(), s.takenBack()); answer.Reason != "" {
		return answer
	}
	answer.Verdict, answer.Reason = kind.read(&s, name, &answer)
	if answer.Verdict == OK && s.breach != "" {
		answer.Verdict, answer.Reason = Breach, s.breach
	}
	return answer
}

// faulty makes an answer the source's own error, where it is one.
func (a *Answer) faulty(f fault, isFault bool) {
	if isFault {
		a.Verdict, a.Code, a.Message = Fault, f.code, f.message
		a.Reason = fmt.Sprintf("it is the source's error %s, %q", cmp.Or(f.code, "without a code"), f.message)
	}
}

// kind is the contract of the answers of one kind.
type kind struct {
	root   field
	bounds bounds
	// fault reads the source's own error, where the body is one.
	fault func(*scan) (fault, bool)
	// markup finds it in a body that is not JSON; nil: there is none.
	markup func([]byte) (fault, bool)
	// read says what the body is, which is JSON and no fault.
	read func(*scan, messages.Name, *Answer) (Verdict, string)
}

type fault struct{ code, message string }

// field is a place in a body that the contract knows. The elements of an array
// have the fields of the array.
type field struct {
	name     string
	slot     slot // where its value is remembered; none: it is not
	identity bool // a code, an id or a date: never repaired
	rows     bool // an array of entities
	most     int  // elements; 0: as many as the kind's bounds say
	fields   []field
}

func (f *field) find(name []byte) *field {
	if f == nil {
		return nil
	}
	for i := range f.fields {
		if f.fields[i].name == string(name) {
			return &f.fields[i]
		}
	}
	return nil
}

// bounds are what a body may hold, far above whatever was seen.
type bounds struct {
	elements int // of one array
	total    int // elements of all arrays together
}

// deepest is how far values may be nested; the sources' stand ten deep.
const deepest = 100

var anyKind = kind{
	bounds: bounds{elements: 20_000, total: 100_000},
	fault:  func(*scan) (fault, bool) { return fault{}, false },
	read:   func(*scan, messages.Name, *Answer) (Verdict, string) { return OK, "" },
}

var kinds = map[messages.Source]map[messages.Kind]kind{
	messages.KOBIS: {
		messages.KindMovieList:      kobisList,
		messages.KindMovieDetail:    kobisDetail,
		messages.KindDailyBoxOffice: kobisBoxOffice,
		messages.KindPeopleList:     kobisPeopleList,
		messages.KindPeopleDetail:   kobisPeopleDetail,
	},
	messages.TMDB: {
		messages.KindMovieSearch:    tmdbSearch,
		messages.KindMovieDetail:    tmdbMovieDetail,
		messages.KindSeriesDetail:   tmdbSeriesDetail,
		messages.KindSeasonDetail:   tmdbSeason,
		messages.KindPersonDetail:   tmdbPersonDetail,
		messages.KindSeriesDiscover: tmdbDiscover,
		messages.KindMovieChanges:   tmdbChanges,
		messages.KindSeriesChanges:  tmdbChanges,
		messages.KindPersonChanges:  tmdbChanges,
	},
}

// longestMessage bounds what a reason quotes of a body, in bytes.
const longestMessage = 300

// quotable makes a text of a body fit for a line that a person reads.
func quotable(text string) string {
	text = strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(text, "\uFFFD"))), " ")
	if len(text) > longestMessage {
		text = strings.ToValidUTF8(text[:longestMessage], "") + "…"
	}
	return text
}
