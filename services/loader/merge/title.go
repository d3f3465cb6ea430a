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
	Tagline          string // of a film
	PosterPath       string
	BackdropPath     string
	Countries        []string // ISO 3166-1; KOBIS's Korean name where it has no code
	Sources          map[string]string
	MissingSince     *time.Time
	TitleEnDisplay   string // TitleEn in small letters, where it is all in capitals
	GradeCode        string // ALL, 7, 12, 15, 18, 19, restricted; empty for what is none of them
	StatusCode       string // planned, in production, post-production, upcoming, released, returning, ended, cancelled
	Adult            bool   // made for adults alone; Sources says who tells
	// Contradictions are what other editions of a work say otherwise: by field, then
	// by edition.
	Contradictions map[string]map[string]any
}
