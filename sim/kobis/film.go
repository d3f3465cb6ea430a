package kobis

import (
	"slices"
	"strings"
)

// Film is what a list row says about a film. Values are KOBIS's own: dates are
// YYYYMMDD, years YYYY, and what isn't known is empty.
type Film struct {
	Code           string
	Title          string
	TitleEN        string
	ProductionYear string
	OpenDate       string
	Form           string
	Status         string
	// Nations and Genres are comma-joined, as in nationAlt and genreAlt.
	Nations   string
	Genres    string
	Nation    string
	Genre     string
	Directors []string
	Companies []Company
}

// Company produced a film.
type Company struct {
	Code, Name string
}

// Detail is what searchMovieInfo adds. It repeats what the list row says, and
// may say it differently: the list keeps white space that the detail trims.
type Detail struct {
	Code           string
	Title          string
	TitleEN        string
	TitleOriginal  string
	Minutes        string
	ProductionYear string
	OpenDate       string
	Status         string
	Form           string
	Nations        []string
	Genres         []string
	Directors      []Person
	Actors         []Actor
	ShowTypes      []ShowType
	Companies      []CompanyRole
	Audits         []Audit
	Staff          []Staff
}

// Person is a name, in Korean and in Latin letters.
type Person struct {
	Name, NameEN string
}

// Actor is a person with a part.
type Actor struct {
	Name, NameEN, Cast, CastEN string
}

// ShowType is a way in which a film is shown.
type ShowType struct {
	Group, Name string
}

// CompanyRole is a company's part in a film; a company stands once per part.
type CompanyRole struct {
	Code, Name, NameEN, Part string
}

// Audit is a rating by the board.
type Audit struct {
	Number, Grade string
}

// Staff is a person with a role behind the camera.
type Staff struct {
	Name, NameEN, Role string
}

// BoxOfficeRow is one film on one day, or one week, in the API's own words; all
// numbers are decimal strings.
type BoxOfficeRow struct {
	RowNumber, Rank, RankChange, RankOldAndNew string
	Code, Title                                string
	OpenDate                                   string // YYYY-MM-DD, unlike everywhere else
	Sales, SalesShare, SalesDiff, SalesChange  string
	SalesTotal                                 string
	Audience, AudienceDiff, AudienceChange     string
	AudienceTotal                              string
	Screens, Shows                             string
}

// clone is a copy that shares nothing which could be changed.
func (f Film) clone() Film {
	f.Directors, f.Companies = slices.Clone(f.Directors), slices.Clone(f.Companies)
	return f
}

func (d Detail) clone() Detail {
	d.Nations, d.Genres = slices.Clone(d.Nations), slices.Clone(d.Genres)
	d.Directors, d.Actors, d.Staff = slices.Clone(d.Directors), slices.Clone(d.Actors), slices.Clone(d.Staff)
	d.ShowTypes, d.Companies, d.Audits = slices.Clone(d.ShowTypes), slices.Clone(d.Companies), slices.Clone(d.Audits)
	return d
}

// Listed is the list row that goes with a detail, by the rules that hold for
// recorded pairs: joined nations and genres, and as companies those that produced.
func (d Detail) Listed() Film {
	f := Film{
		Code: d.Code, Title: d.Title, TitleEN: d.TitleEN, ProductionYear: d.ProductionYear,
		OpenDate: d.OpenDate, Form: d.Form, Status: d.Status,
		Nations: strings.Join(d.Nations, ","), Genres: strings.Join(d.Genres, ","), Nation: first(d.Nations), Genre: first(d.Genres),
	}
	for _, p := range d.Directors {
		f.Directors = append(f.Directors, p.Name)
	}
	for _, c := range d.Companies {
		if c.Part == "제작사" {
			f.Companies = append(f.Companies, Company{Code: c.Code, Name: c.Name})
		}
	}
	return f
}

func first(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return parts[0]
}
