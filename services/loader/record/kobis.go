package record

import (
	"cmp"
	"time"
)

// KobisListPage is one page of searchMovieList.
type KobisListPage struct {
	Scope      string // all, open-YYYY or made-YYYY
	Page       int32  // from 1
	TotalCount int32  // the number of films that the page claims for its scope
	MovieCds   []string
}

// KobisMovie is a film as a row of searchMovieList.
type KobisMovie struct {
	MovieCd        string
	Title          string // never absent; empty only where KOBIS sent nothing readable
	TitleEn        string
	ProductionYear *int32
	OpenDate       *time.Time
	TypeName       string // 장편, 단편, …
	StatusName     string // 개봉, 개봉예정, …
	Nations        []string
	Genres         []string
	MainNation     string
	MainGenre      string
	Directors      []string
	Companies      []KobisListCompany // those of the role 제작사
}

// KobisListCompany is a company as a list row names it.
type KobisListCompany struct {
	Code string `json:"code,omitempty"`
	Name string `json:"name"`
}

// KobisMovieDetail is the answer of searchMovieInfo.
type KobisMovieDetail struct {
	MovieCd        string
	Title          string
	TitleEn        string
	TitleOriginal  string
	RuntimeMinutes *int32
	ProductionYear *int32
	OpenDate       *time.Time
	TypeName       string
	StatusName     string
	Nations        []string
	Genres         []string
	Directors      []KobisDirector
	Actors         []KobisActor
	Staff          []KobisStaff
	Companies      []KobisCompany
	ShowTypes      []KobisShowType
	Audits         []KobisAudit
	WatchGrade     string // of the last audit that has one
	// MissingSince is when KOBIS first said "not found" after the last time that
	// it had the film; Found reports whether it ever had it.
	MissingSince *time.Time
	Found        bool
}

// KobisDirector is a director; KOBIS gives people no code here.
type KobisDirector struct {
	Name   string `json:"name"`
	NameEn string `json:"name_en,omitempty"`
}

// KobisActor is an actor with the role played.
type KobisActor struct {
	Name        string `json:"name"`
	NameEn      string `json:"name_en,omitempty"`
	Character   string `json:"character,omitempty"`
	CharacterEn string `json:"character_en,omitempty"`
}

// Played is the character in either script, empty where KOBIS does not tell.
func (a *KobisActor) Played() string { return cmp.Or(a.Character, a.CharacterEn) }

// KobisStaff is a member of the staff with KOBIS's word for the role.
type KobisStaff struct {
	Name   string `json:"name"`
	NameEn string `json:"name_en,omitempty"`
	Role   string `json:"role,omitempty"`
}

// KobisCompany is a company in one of its roles; it repeats once per role.
type KobisCompany struct {
	Code   string `json:"code,omitempty"`
	Name   string `json:"name"`
	NameEn string `json:"name_en,omitempty"`
	Role   string `json:"role,omitempty"`
}

// KobisShowType is a way in which the film is shown, such as 2D and 디지털.
type KobisShowType struct {
	Group string `json:"group"`
	Name  string `json:"name"`
}

// KobisAudit is a rating decision.
type KobisAudit struct {
	Number     string `json:"number,omitempty"`
	WatchGrade string `json:"watch_grade,omitempty"`
}

// KobisCompanyName is what an answer calls a company.
type KobisCompanyName struct {
	Code       string
	Name       string
	NameEn     string
	FromDetail bool // a detail knows the English name, a list row does not
	Doubtful   bool // its text is in a field that had to be repaired
}

// KobisBoxOfficeDay is an answered day.
type KobisBoxOfficeDay struct {
	Date *time.Time // a day in Asia/Seoul, never nil
	Rows int32
	Torn bool // it has a row whose film can't be told
}

// KobisBoxOffice is a film on a day. Sales are KRW; shares and rates are percent.
type KobisBoxOffice struct {
	Date               *time.Time // a day in Asia/Seoul, never nil
	MovieCd            string
	Rank               *int32 // from 1 on; nil where the film is listed without one
	RankChange         *int32
	IsNew              bool
	Title              string
	OpenDate           *time.Time
	SalesAmount        *int64
	SalesShare         *float64
	SalesChange        *int64
	SalesChangeRate    *float64
	SalesTotal         *int64
	Audience           *int64
	AudienceChange     *int64
	AudienceChangeRate *float64
	AudienceTotal      *int64
	Screens            *int32
	Shows              *int32
}
