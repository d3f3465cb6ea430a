package merge

import (
	"time"

	"github.com/google/uuid"
)

// Kinds of titles.
const (
	KindMovie  = "movie"
	KindSeries = "series"
)

// Title is a row of production.titles. Empty texts are NULL.
type Title struct {
	ID               uuid.UUID
	Kind             string
	KobisMovieCd     string
	TmdbID           *int32
	ImdbID           string
	TitleKo          string
	TitleEn          string
	TitleOriginal    string
	OriginalLanguage string // ISO 639-1
	ProductionYear   *int32
	ReleaseDate      *time.Time // opening in Korea where KOBIS knows it
	LastAirDate      *time.Time
	RuntimeMinutes   *int32
	SeasonCount      *int32
	EpisodeCount     *int32
	WatchGrade       string
	Form             string // feature, short, omnibus, online; KOBIS's word where it is another
	Status           string
	Overview         string
	PosterPath       string
	BackdropPath     string
	Countries        []string // ISO 3166-1; KOBIS's Korean name where it has no code
	Sources          map[string]string
	MissingSince     *time.Time
}

// Sources of a field.
const (
	FromKobis = "kobis"
	FromTmdb  = "tmdb"
)

// claim is a source's value for a field.
type claim[T any] struct {
	source string
	value  T
	given  bool
}

func text(source, value string) claim[string] { return claim[string]{source, value, value != ""} }

func value[T any](source string, v *T) claim[*T] { return claim[*T]{source, v, v != nil} }

// sources collects which source each field came from.
type sources map[string]string

// pick takes the first claim that has a value.
func pick[T any](s sources, field string, claims ...claim[T]) T {
	for _, c := range claims {
		if c.given {
			s[field] = c.source
			return c.value
		}
	}
	var none T
	return none
}

func many(source string, values []string) claim[[]string] {
	return claim[[]string]{source, values, len(values) > 0}
}
