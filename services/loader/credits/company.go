package credits

import (
	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
)

// TitleCompany is a row of production.title_companies.
type TitleCompany struct {
	TitleID   uuid.UUID
	CompanyID uuid.UUID
	Role      string // production, distribution, …; KOBIS's word where it is another
}

// Companies says what stands behind a title. Role and company come once.
type Companies struct {
	List  []TitleCompany
	Kobis []string // the company codes that are named
	Tmdb  []int32  // the ids that are named
}

const (
	roleProduction   = "production"
	kobisProduction  = "제작사"
	kobisProductions = "공동제작사"
)

var companyRoles = map[string]string{
	kobisProduction: roleProduction, kobisProductions: "co-production", "배급사": "distribution", "수입사": "import",
	"제공": "financing", "공동제공": "co-financing", "해외세일즈사": "international sales", "투자조합": "investment fund",
	"가치봄 제작처": "accessible version", "프로덕션 서비스": "production service", "홍보사": "publicity", "기타": "other",
}

// FilmCompanies lists those of a film. A company without a code or id is no identity
// and is left out, as is the list row's where there is a detail.
func FilmCompanies(title uuid.UUID, list *record.KobisMovie, detail *record.KobisMovieDetail, movie *record.TmdbMovie) Companies {
	var c Companies
	switch {
	case detail != nil && detail.Found:
		for _, company := range detail.Companies {
			c.kobis(title, company.Code, company.Role)
		}
	case list != nil:
		for _, company := range list.Companies {
			c.kobis(title, company.Code, kobisProduction)
		}
	}
	if movie != nil {
		c.tmdb(title, movie.Companies, roleProduction)
	}
	return c
}

// SeriesCompanies lists those of a series. Networks are none: TMDB numbers them
// apart, so that a network and a company may have the same id.
func SeriesCompanies(title uuid.UUID, s *record.TmdbSeries) Companies {
	var c Companies
	c.tmdb(title, s.Companies, roleProduction)
	return c
}

func (c *Companies) kobis(title uuid.UUID, code, role string) {
	if code == "" {
		return
	}
	if known, ok := companyRoles[role]; ok {
		role = known
	}
	c.Kobis = append(c.Kobis, code)
	c.List = append(c.List, TitleCompany{title, identity.Of(identity.KobisCompany + code), role})
}

func (c *Companies) tmdb(title uuid.UUID, companies []record.TmdbCompany, role string) {
	for _, company := range companies {
		if company.ID == 0 {
			continue
		}
		c.Tmdb = append(c.Tmdb, company.ID)
		c.List = append(c.List, TitleCompany{title, identity.OfNumber(identity.TmdbCompany, company.ID), role})
	}
}

// Genre is a genre under one source's name for it.
type Genre struct {
	Source string
	Name   string
}

// FilmGenres lists the genres of a film.
func FilmGenres(list *record.KobisMovie, detail *record.KobisMovieDetail, movie *record.TmdbMovie) []Genre {
	var genres []Genre
	var names []string
	if list != nil {
		names = list.Genres
	}
	if len(names) == 0 && detail != nil {
		names = detail.Genres
	}
	for _, name := range names {
		genres = append(genres, Genre{kobis, name})
	}
	if movie != nil {
		genres = append(genres, TmdbGenres(&movie.TmdbWork)...)
	}
	return genres
}

// TmdbGenres lists the genres that TMDB gives a work.
func TmdbGenres(w *record.TmdbWork) []Genre {
	genres := make([]Genre, 0, len(w.Genres))
	for _, g := range w.Genres {
		genres = append(genres, Genre{tmdb, g.Name})
	}
	return genres
}
