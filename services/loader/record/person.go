package record

import "time"

// KobisPeoplePage is one page of searchPeopleList.
type KobisPeoplePage struct {
	Page       int32 // from 1
	TotalCount int32 // the number of people that the page claims for the whole list
	PeopleCds  []string
}

// KobisPerson is a person as a row of searchPeopleList.
type KobisPerson struct {
	PeopleCd   string
	Name       string   // empty only where KOBIS sent nothing readable
	NameEn     string   // the person's, the same on all credits; empty of most
	Department string   // the part of most credits
	Titles     []string // of the films, each film once
}

// KobisPersonDetail is the answer of searchPeopleInfo.
type KobisPersonDetail struct {
	PeopleCd    string
	Name        string
	NameEn      string
	Sex         string // 남자, 여자
	Department  string
	Filmography []KobisFilmo
	Found       bool // as of a film
}

// KobisFilmo is a part in a film. The same one may stand twice.
type KobisFilmo struct {
	MovieCd string `json:"movie_cd,omitempty"`
	Title   string `json:"title,omitempty"`
	Part    string `json:"part,omitempty"`
}

// TmdbPersonDetail is what TMDB tells of a person beside credits.
type TmdbPersonDetail struct {
	TmdbID       int32
	Name         string
	NameKo       string // of the Korean translation, where it has one
	AlsoKnownAs  []string
	Gender       *int32 // 1 female, 2 male, 3 non-binary; nil where TMDB does not say
	Department   string // Acting, Directing, …
	Birthday     *time.Time
	Deathday     *time.Time
	PlaceOfBirth string
	Profile      string // path of a portrait
	Adult        *bool
	ExternalIDs  []TmdbExternalID
	Found        bool // as of a work
}
