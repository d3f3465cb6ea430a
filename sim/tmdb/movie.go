package tmdb

import (
	"encoding/json"
	"slices"
)

// Movie is what is known about a film. Empty and zero mean unknown, and are
// served as TMDB serves an empty value.
type Movie struct {
	ID     int
	IMDBID string
	// TitleKO and TitleEN are translations; a film whose original title is
	// Korean needs no TitleKO.
	TitleKO, TitleEN string
	Original         string
	// Language is the original one, ISO 639-1.
	Language string
	// Alternative titles are found by search like the others.
	Alternative []string
	// Released is YYYY-MM-DD.
	Released string
	Minutes  int
	Genres   []int
	// Origin and Countries are ISO 3166-1.
	Origin    []string
	Countries []string
	Companies []string
	// Spoken are the languages' English names.
	Spoken      []string
	Status      string
	Popularity  float64
	VoteAverage float64
	VoteCount   int
	Adult       bool
	Budget      int
	Revenue     int
	Homepage    string
	Overview    string // Korean
	Tagline     string // Korean
	Poster      string // path with its leading slash
	Backdrop    string
	Cast        []Role
	Directors   []string
	Keywords    []string
	// Recorded, where there is one, is served instead.
	Recorded *Recorded
}

// Role is a person and the part played. TMDB's ids of persons are not known: what
// is served is derived from the name.
type Role struct {
	Name, Character string
}

// Series is what is known about a TV series.
type Series struct {
	ID               int
	NameKO, NameEN   string
	Original         string
	Language         string
	Alternative      []string
	FirstAired       string // YYYY-MM-DD
	LastAired        string
	Origin           []string
	Genres           []Genre
	Networks         []string
	Seasons          int
	Episodes         int
	Status           string
	Popularity       float64
	VoteAverage      float64
	VoteCount        int
	Adult            bool
	Overview         string // Korean
	Poster, Backdrop string
	Directors        []string
	Writers          []string
	Cast             []Role
	Recorded         *Recorded
	// Shelf is a date, YYYY-MM-DD, at which discover lists a series whose first
	// air date is unknown. It is never served. TMDB knows the date, this data
	// doesn't: without a place of its own the series would be in no slice of
	// discover, or in each.
	Shelf string
}

// Genre is TMDB's number, 0 where unknown, and its name.
type Genre struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// Recorded is a detail as the API sent it.
type Recorded struct {
	// Detail are the top-level members, in order.
	Detail []Member
	// Blocks are appended blocks by name, without their own id.
	Blocks map[string]json.RawMessage
	// Seasons are the members of seasons with their blocks, by number.
	Seasons map[int][]Member
}

// Member is one member of a JSON object.
type Member struct {
	Name  string
	Value json.RawMessage
}

// clone is a copy that shares nothing which could be changed, but a recording.
func (m Movie) clone() Movie {
	m.Alternative, m.Genres, m.Origin = slices.Clone(m.Alternative), slices.Clone(m.Genres), slices.Clone(m.Origin)
	m.Countries, m.Companies, m.Spoken = slices.Clone(m.Countries), slices.Clone(m.Companies), slices.Clone(m.Spoken)
	m.Cast, m.Directors, m.Keywords = slices.Clone(m.Cast), slices.Clone(m.Directors), slices.Clone(m.Keywords)
	return m
}

func (s Series) clone() Series {
	s.Alternative, s.Origin, s.Genres = slices.Clone(s.Alternative), slices.Clone(s.Origin), slices.Clone(s.Genres)
	s.Networks, s.Directors = slices.Clone(s.Networks), slices.Clone(s.Directors)
	s.Writers, s.Cast = slices.Clone(s.Writers), slices.Clone(s.Cast)
	return s
}

// titles are all under which search finds a film.
func (m *Movie) titles() []string {
	return append([]string{m.Original, m.TitleKO, m.TitleEN}, m.Alternative...)
}

func (s *Series) titles() []string {
	return append([]string{s.Original, s.NameKO, s.NameEN}, s.Alternative...)
}

// listed is the date by which discover slices.
func (s *Series) listed() string {
	if s.FirstAired != "" {
		return s.FirstAired
	}
	return s.Shelf
}

// translated is the title in a language: the translation, or else the original.
// Only where neither is known any other known title is taken.
func translated(language, ko, en, original string) string {
	title := original
	switch {
	case language == "ko" && ko != "":
		title = ko
	case language == "en" && en != "":
		title = en
	}
	if title == "" {
		return ko + map[bool]string{true: en}[ko == ""]
	}
	return title
}
