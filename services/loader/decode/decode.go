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
// is ErrUnreadable. Nothing is guessed.
package decode

import (
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

// Payload reads a payload. A kind without tables of its own (the change lists)
// has no facts: its bytes are kept in raw.payloads alone. It returns
// ErrUnreadable, and no other error.
func Payload(p messages.Payload) (Facts, map[Note]int, error) {
	if !utf8.Valid(p.Body) {
		return Facts{}, nil, fmt.Errorf("%w: the body is not UTF-8", ErrUnreadable)
	}
	if p.Outcome == messages.OutcomeNotFound {
		return notFound(p)
	}
	decode, known := decoders[p.Source][p.Kind]
	if !known {
		return Facts{}, nil, nil
	}
	var facts Facts
	var r reader
	if err := decode(&r, p, &facts); err != nil {
		return Facts{}, r.notes, err
	}
	return facts, r.notes, nil
}

// notFound is a tombstone for an entity; for a list it is a fact without rows.
func notFound(p messages.Payload) (Facts, map[Note]int, error) {
	switch {
	case p.Source == messages.KOBIS && p.Kind == messages.KindMovieDetail:
		return Facts{KobisMovieDetails: []record.KobisMovieDetail{{MovieCd: p.Key}}}, nil, nil
	case p.Source == messages.TMDB && (p.Kind == messages.KindMovieDetail || p.Kind == messages.KindSeriesDetail):
		id, err := keyID(p.Key)
		if err != nil {
			return Facts{}, nil, err
		}
		work := record.TmdbWork{TmdbID: id}
		if p.Kind == messages.KindMovieDetail {
			return Facts{TmdbMovies: []record.TmdbMovie{{TmdbWork: work}}}, nil, nil
		}
		return Facts{TmdbSeries: []record.TmdbSeries{{TmdbWork: work}}}, nil, nil
	}
	return Facts{}, nil, nil
}
