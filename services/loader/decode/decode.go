// Package decode turns an answer's bytes into typed, cleaned rows.
//
// The structs that name the sources' own fields are private to this package;
// each is mapped to our terms (package record) in one function. Values come as
// strings, numbers or not at all, whatever the documentation says, and all are
// read through a reader that notes what it could not understand.
//
// How it fails: a field that can't be read is null, a row without its key is
// left out, and either is counted in the notes. A payload of which nothing can
// be read (no JSON, no UTF-8, nested too deep, another film than asked for)
// is ErrUnreadable. Nothing is guessed. Beside that each body is compared with
// the shape that its kind is known to have (shapes/), and what is new, missing or
// of another type is told as drift.
package decode

import (
	"cmp"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

// Facts are the rows that one payload holds.
type Facts struct {
	KobisListPages     []record.KobisListPage
	KobisMovies        []record.KobisMovie
	KobisMovieDetails  []record.KobisMovieDetail
	KobisCompanies     []record.KobisCompanyName
	KobisBoxOfficeDays []record.KobisBoxOfficeDay
	KobisBoxOffice     []record.KobisBoxOffice
	TmdbSearches       []record.TmdbSearch
	TmdbMovies         []record.TmdbMovie
	TmdbSeries         []record.TmdbSeries
	TmdbDiscoverPages  []record.TmdbDiscoverPage
	TmdbPeople         []record.TmdbPersonName
	TmdbCompanies      []record.TmdbCompanyName
}

// Rows counts the rows of entities. People and companies that they name are not
// counted: many of them are the same.
func (f *Facts) Rows() int {
	return len(f.KobisMovies) + len(f.KobisMovieDetails) + len(f.KobisBoxOffice) +
		len(f.TmdbSearches) + len(f.TmdbMovies) + len(f.TmdbSeries)
}

// decoder reads the body of one kind of payload.
type decoder func(r *reader, p messages.Payload, facts *Facts) error

var decoders = map[messages.Source]map[messages.Kind]decoder{
	messages.KOBIS: {
		messages.KindMovieList:      kobisMovieList,
		messages.KindMovieDetail:    kobisMovieDetail,
		messages.KindDailyBoxOffice: kobisDailyBoxOffice,
	},
	messages.TMDB: {
		messages.KindMovieSearch:    tmdbMovieSearch,
		messages.KindMovieDetail:    tmdbMovie,
		messages.KindSeriesDiscover: tmdbSeriesDiscover,
		messages.KindSeriesDetail:   tmdbSeries,
	},
}

// Findings are what an answer says beside its facts. All counts are of places
// within the one payload.
type Findings struct {
	Notes map[Note]int  // fields that could not be read
	Drift map[Drift]int // differences from what answers of its kind look like
	// Gaps are the optional fields without a value to be trusted, once for each
	// entity and field, sorted. What the facts hold in their place is their zero
	// value, or the repaired text.
	Gaps []Gap
	// Repaired is the body with its text repaired; nil where it is fine as it came.
	Repaired []byte
}

// Payload reads a payload. A kind without tables of its own (the change lists)
// has no facts: its bytes are kept in raw.payloads alone. It returns
// ErrUnreadable, and no other error.
func Payload(p messages.Payload) (Facts, Findings, error) {
	if len(p.Body) > messages.MaxBody {
		return Facts{}, Findings{}, fmt.Errorf("%w: the body is %d bytes long, at most %d are accepted", ErrUnreadable, len(p.Body), messages.MaxBody)
	}
	if !utf8.Valid(p.Body) {
		return Facts{}, Findings{}, fmt.Errorf("%w: the body is not UTF-8", ErrUnreadable)
	}
	var facts Facts
	r := reader{body: p.Body}
	if err := r.payload(p, &facts); err != nil {
		return Facts{}, Findings{}, err
	}
	return facts, Findings{Notes: r.notes, Drift: r.drifts}, nil
}

func (r *reader) payload(p messages.Payload, facts *Facts) error {
	decode, want := decoders[p.Source][p.Kind], expected()[p.Source][p.Kind]
	switch {
	case p.Outcome == messages.OutcomeNotFound:
		decode, want = notFound, anything // the body is an error's
	case decode == nil:
		decode = factless
	}
	if err := decode(r, p, facts); err != nil {
		return err
	}
	return r.check(cmp.Or(want, anything))
}

// factless is for bodies of which only the bytes are kept; they must be JSON for that.
func factless(r *reader, p messages.Payload, _ *Facts) error {
	return r.unmarshal(p.Body, new(json.RawMessage))
}

// notFound is a tombstone for an entity; for a list it is a fact without rows.
func notFound(r *reader, p messages.Payload, facts *Facts) error {
	if err := factless(r, p, facts); err != nil {
		return err
	}
	switch {
	case p.Source == messages.KOBIS && p.Kind == messages.KindMovieDetail:
		facts.KobisMovieDetails = []record.KobisMovieDetail{{MovieCd: p.Key}}
	case p.Source == messages.TMDB && (p.Kind == messages.KindMovieDetail || p.Kind == messages.KindSeriesDetail):
		id, err := keyID(p.Key)
		if err != nil {
			return err
		}
		work := record.TmdbWork{TmdbID: id}
		if p.Kind == messages.KindMovieDetail {
			facts.TmdbMovies = []record.TmdbMovie{{TmdbWork: work}}
		} else {
			facts.TmdbSeries = []record.TmdbSeries{{TmdbWork: work}}
		}
	}
	return nil
}
