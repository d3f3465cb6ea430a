// Package decode turns an answer's bytes into typed, cleaned rows.
//
// The structs that name the sources' own fields are private to this package;
// each is mapped to our terms (package record) in one function. Values come as
// strings, numbers or not at all, whatever the documentation says, and all are
// read through a reader that notes what it could not understand.
//
// How it fails: a field that can't be read is null, a row without a key that is
// one is left out, and either is counted in the notes. A payload that is not an answer
// (no JSON, another film than asked for) or that breaks its contract (package
// contract) is ErrUnreadable. Nothing is guessed. Beside that each body is compared with
// the shape that its kind is known to have (shapes/), and what is new, missing or
// of another type is told as drift.
package decode

import (
	"cmp"
	"fmt"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

// Facts are the rows that one payload holds.
type Facts struct {
	KobisListPages     []record.KobisListPage
	KobisMovies        []record.KobisMovie
	KobisMovieDetails  []record.KobisMovieDetail
	KobisCompanies     []record.KobisCompanyName
	KobisPeoplePages   []record.KobisPeoplePage
	KobisPeople        []record.KobisPerson
	KobisPersonDetails []record.KobisPersonDetail
	KobisBoxOfficeDays []record.KobisBoxOfficeDay
	KobisBoxOffice     []record.KobisBoxOffice
	TmdbSearches       []record.TmdbSearch
	TmdbMovies         []record.TmdbMovie
	TmdbSeries         []record.TmdbSeries
	TmdbSeasons        []record.TmdbSeasonDetail
	TmdbPersons        []record.TmdbPersonDetail
	TmdbDiscoverPages  []record.TmdbDiscoverPage
	TmdbPeople         []record.TmdbPersonName
	TmdbCompanies      []record.TmdbCompanyName

	entities []string // of each row of the answer, "" where it was left out
}

// Rows counts the rows of entities. People and companies that films and series name are
// not counted: many of them are the same.
func (f *Facts) Rows() int {
	return len(f.KobisMovies) + len(f.KobisMovieDetails) + len(f.KobisBoxOffice) +
		len(f.TmdbSearches) + len(f.TmdbMovies) + len(f.TmdbSeries) + len(f.TmdbSeasons) +
		len(f.KobisPeople) + len(f.KobisPersonDetails) + len(f.TmdbPersons)
}

// decoder reads the body of one kind of payload.
type decoder func(r *reader, p messages.Payload, facts *Facts) error

func ofKOBIS(read func(kobisReader, messages.Payload, *Facts) error) decoder {
	return func(r *reader, p messages.Payload, facts *Facts) error { return read(kobisReader{r}, p, facts) }
}

func ofTMDB(read func(tmdbReader, messages.Payload, *Facts) error) decoder {
	return func(r *reader, p messages.Payload, facts *Facts) error { return read(tmdbReader{r}, p, facts) }
}

var decoders = map[messages.Source]map[messages.Kind]decoder{
	messages.KOBIS: {
		messages.KindMovieList:      ofKOBIS(kobisMovieList),
		messages.KindMovieDetail:    ofKOBIS(kobisMovieDetail),
		messages.KindDailyBoxOffice: ofKOBIS(kobisDailyBoxOffice),
		messages.KindPeopleList:     ofKOBIS(kobisPeopleList),
		messages.KindPeopleDetail:   ofKOBIS(kobisPeopleDetail),
	},
	messages.TMDB: {
		messages.KindMovieSearch:    ofTMDB(tmdbMovieSearch),
		messages.KindMovieDetail:    ofTMDB(tmdbMovie),
		messages.KindSeriesDiscover: ofTMDB(tmdbSeriesDiscover),
		messages.KindSeriesDetail:   ofTMDB(tmdbSeries),
		messages.KindSeasonDetail:   ofTMDB(tmdbSeason),
		messages.KindPersonDetail:   ofTMDB(tmdbPersonDetail),
		messages.KindMovieChanges:   ofTMDB(tmdbChanges),
		messages.KindSeriesChanges:  ofTMDB(tmdbChanges),
		messages.KindPersonChanges:  ofTMDB(tmdbChanges),
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
	// Repaired is the body with its text repaired, or without a mark of byte order; nil
	// where it is fine as it came.
	Repaired []byte
}

// Payload reads a payload, through the contract of its kind first: what that
// refuses is refused before anything is allocated for it. It returns
// ErrUnreadable, for a payload that breaks its contract ErrBreach as well, and no
// other error.
func Payload(p messages.Payload) (Facts, Findings, error) {
	if len(p.Body) > messages.MaxBody {
		return Facts{}, Findings{}, fmt.Errorf(
			"%w: the body is %d bytes long, at most %d are accepted", ErrUnreadable, len(p.Body), messages.MaxBody,
		)
	}
	answer, err := admit(p)
	if err != nil {
		return Facts{}, Findings{}, err
	}
	p.Body = answer.Body
	r := reader{body: p.Body, source: p.Source, remarks: remarks{answer: answer, depth: depthOf(p)}}
	var facts Facts
	if err := r.payload(p, &facts); err != nil {
		return Facts{}, Findings{}, err
	}
	facts.entities = r.rows
	findings := r.findings()
	if len(answer.Repaired) > 0 || answer.Marked {
		findings.Repaired = r.body
	}
	findings.Gaps = layouts()[p.Source][p.Kind].kept(findings.Gaps)
	return facts, findings, nil
}

// depthOf is how many names stand above the fields of an answer's entities, -1
// where there are none.
func depthOf(p messages.Payload) int {
	depth, ok := entityDepth[p.Source][p.Kind]
	if !ok || p.Outcome == messages.OutcomeNotFound {
		return -1
	}
	return depth
}

// admit reads the answer's contract. That something was not found is the
// fetcher's word, since the HTTP status tells it too; such a body must be JSON, and
// not be what it is said not to be: nothing goes out of doubt.
func admit(p messages.Payload) (contract.Answer, error) {
	answer := contract.Read(p.Name, p.Body)
	if p.Outcome == messages.OutcomeNotFound {
		switch known := decoders[p.Source][p.Kind] != nil; {
		case known && (answer.Verdict == contract.OK || answer.Verdict == contract.Breach):
			return answer, fmt.Errorf("%w: it is marked as not found, and holds what was asked for", ErrUnreadable)
		case known && answer.Verdict == contract.NoAnswer && answer.Tells:
			return answer, fmt.Errorf("%w: it is marked as not found, and does not say so: %s", ErrUnreadable, answer.Reason)
		}
		answer = contract.Read(messages.Name{}, p.Body)
	}
	switch answer.Verdict {
	case contract.OK:
		return answer, nil
	case contract.NotFound:
		return answer, fmt.Errorf("%w: it has nothing of what was asked for", ErrUnreadable)
	case contract.Breach:
		return answer, fmt.Errorf("%w: %w: %s", ErrUnreadable, ErrBreach, answer.Reason)
	default:
		return answer, fmt.Errorf("%w: %s", ErrUnreadable, answer.Reason)
	}
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
	r.check(cmp.Or(want, anything))
	r.repairs()
	return nil
}

// factless is for bodies of which only the bytes are kept.
func factless(*reader, messages.Payload, *Facts) error { return nil }

// notFound is a tombstone for an entity; for a list it is a fact without rows.
func notFound(_ *reader, p messages.Payload, facts *Facts) error {
	switch {
	case p.Source == messages.KOBIS && p.Kind == messages.KindMovieDetail:
		facts.KobisMovieDetails = []record.KobisMovieDetail{{MovieCd: p.Key}}
	case p.Source == messages.KOBIS && p.Kind == messages.KindPeopleDetail:
		facts.KobisPersonDetails = []record.KobisPersonDetail{{PeopleCd: p.Key}}
	case p.Source == messages.TMDB && p.Kind == messages.KindPersonDetail:
		id, err := keyID(p.Key)
		if err != nil {
			return err
		}
		facts.TmdbPersons = []record.TmdbPersonDetail{{TmdbID: id}}
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
	case p.Source == messages.TMDB && p.Kind == messages.KindSeasonDetail:
		season, err := seasonOf(p.Name)
		if err != nil {
			return err
		}
		facts.TmdbSeasons = []record.TmdbSeasonDetail{season}
	}
	return nil
}
