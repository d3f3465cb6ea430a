package messages

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Source is an upstream API.
type Source string

// The sources of the pipeline.
const (
	KOBIS Source = "kobis" // Korean Film Council, www.kobis.or.kr
	TMDB  Source = "tmdb"  // The Movie Database, api.themoviedb.org
)

// Kind is what a job asks of its source.
type Kind string

// The kinds of each source, with the form of their key.
const (
	KindMovieList      Kind = "movie-list"       // kobis: scope.page, scope = all, open-YYYY or made-YYYY
	KindMovieDetail    Kind = "movie-detail"     // kobis: movieCd; tmdb: movie id
	KindPeopleList     Kind = "people-list"      // kobis: all.page
	KindPeopleDetail   Kind = "people-detail"    // kobis: peopleCd
	KindDailyBoxOffice Kind = "daily-box-office" // kobis: YYYYMMDD, a day in Asia/Seoul
	KindMovieSearch    Kind = "movie-search"     // tmdb: movieCd.variant, one call and one answer
	KindSeriesDiscover Kind = "series-discover"  // tmdb: window.page, window = FROM_TO as YYYY-MM-DD_YYYY-MM-DD
	KindSeriesDetail   Kind = "series-detail"    // tmdb: series id
	KindSeasonDetail   Kind = "season-detail"    // tmdb: series id.season number
	KindPersonDetail   Kind = "person-detail"    // tmdb: person id
	KindMovieChanges   Kind = "movie-changes"    // tmdb: YYYY-MM-DD.page
	KindSeriesChanges  Kind = "series-changes"   // tmdb: YYYY-MM-DD.page
	KindPersonChanges  Kind = "person-changes"   // tmdb: YYYY-MM-DD.page
)

// keyTokens is the number of dot-separated tokens in a key of each source and kind.
var keyTokens = map[Source]map[Kind]int{
	KOBIS: {KindMovieList: 2, KindMovieDetail: 1, KindDailyBoxOffice: 1, KindPeopleList: 2, KindPeopleDetail: 1},
	TMDB: {
		KindMovieSearch: 2, KindMovieDetail: 1, KindSeriesDiscover: 2, KindSeriesDetail: 1, KindSeasonDetail: 2,
		KindPersonDetail: 1, KindMovieChanges: 2, KindSeriesChanges: 2, KindPersonChanges: 2,
	},
}

// Kinds returns the kinds of each source, in no order.
func Kinds() map[Source][]Kind {
	all := make(map[Source][]Kind, len(keyTokens))
	for source, kinds := range keyTokens {
		all[source] = slices.Collect(maps.Keys(kinds))
	}
	return all
}

// Name identifies what a job asks for and what a payload answers.
type Name struct {
	Source Source
	Kind   Kind
	Key    string
}

// String is the tail that the subjects of a job, its answer and its dead letter
// share: source.kind.key.
func (n Name) String() string { return string(n.Source) + "." + string(n.Kind) + "." + n.Key }

// JobSubject is where the job is published.
func (n Name) JobSubject() string { return PrefixJobs + n.String() }

// RawSubject is where the answer is published.
func (n Name) RawSubject() string { return PrefixRaw + n.String() }

// Scope splits a key of two tokens: scope and page, movieCd and variant. The
// second is empty for a key of one token.
func (n Name) Scope() (scope, rest string) {
	scope, rest, _ = strings.Cut(n.Key, ".")
	return scope, rest
}

// ParseName reads the tail of a subject. It returns ErrMalformed for a source or
// kind it does not know and for a key that is not of the kind's form.
func ParseName(tail string) (Name, error) {
	parts := strings.SplitN(tail, ".", 3)
	if len(parts) != 3 {
		return Name{}, fmt.Errorf("%w: name %q is not source.kind.key", ErrMalformed, tail)
	}
	name := Name{Source: Source(parts[0]), Kind: Kind(parts[1]), Key: parts[2]}
	return name, name.validate()
}

// maxName bounds a name, in bytes: what is longer would make a line of NATS'
// protocol, or a key of an index, too long.
const maxName = 255

func (n Name) validate() error {
	if length := len(n.Source) + len(n.Kind) + len(n.Key) + 2; length > maxName {
		return fmt.Errorf("%w: a name of %d bytes, more than %d", ErrMalformed, length, maxName)
	}
	kinds, ok := keyTokens[n.Source]
	if !ok {
		return fmt.Errorf("%w: name %q has an unknown source", ErrMalformed, n.String())
	}
	want, ok := kinds[n.Kind]
	if !ok {
		return fmt.Errorf("%w: name %q has a kind that %s does not have", ErrMalformed, n.String(), n.Source)
	}
	tokens := strings.Split(n.Key, ".")
	if len(tokens) != want {
		return fmt.Errorf("%w: key of %q has %d parts, a %s has %d", ErrMalformed, n.String(), len(tokens), n.Kind, want)
	}
	for _, token := range tokens {
		if token == "" || strings.IndexFunc(token, notInToken) >= 0 {
			return fmt.Errorf("%w: key of %q may hold letters, digits, '-' and '_' only", ErrMalformed, n.String())
		}
	}
	return nil
}

func notInToken(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// Prefixes of the subjects of each stream.
const (
	PrefixJobs = "jobs."
	PrefixRaw  = "raw."
	PrefixDead = "dead."
)

// DeadSubject is where a message of the given subject goes when it can't be
// processed. A subject that only a person can have made, too long for a prefix, is
// cut; the letter then has it in HeaderSubject.
func DeadSubject(subject string) string {
	if len(subject) > maxSubject {
		subject = strings.ToValidUTF8(subject[:maxSubject], "")
		subject = strings.TrimRight(subject, ".")
	}
	return PrefixDead + subject
}

// ParseSubject reads the subject of a job or a raw payload and says which prefix
// it had.
func ParseSubject(subject string) (prefix string, name Name, err error) {
	for _, prefix := range []string{PrefixJobs, PrefixRaw} {
		if tail, ok := strings.CutPrefix(subject, prefix); ok {
			name, err := ParseName(tail)
			return prefix, name, err
		}
	}
	return "", Name{}, fmt.Errorf("%w: subject %q is neither a job's nor a raw payload's", ErrMalformed, subject)
}
