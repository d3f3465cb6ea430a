package credits

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// TitleCompany is a row of production.title_companies.
type TitleCompany struct {
	TitleID       uuid.UUID
	CompanyID     uuid.UUID
	Role          string    // production, distribution, …; KOBIS's word where it is another
	Position      int32     // from 0, as a page prints it
	Sources       string    // with commas between
	Editions      string    // that KOBIS names it for, the main one first, with commas between
	TmdbCompanyID uuid.UUID // of a company of both sources: TMDB's
}

// Companies says what stands behind a title. Role and company come once.
type Companies struct {
	List  []TitleCompany
	Kobis []string // the company codes that are named
	Tmdb  []int32  // the ids that are named

	names []companyName // of each in the list
}

// companyName is a company by what it is called.
type companyName struct{ name, nameEn string }

const (
	roleProduction   = "production"
	roleCoProduction = "co-production"
	kobisProduction  = "제작사"
	kobisProductions = "공동제작사"
)

// companyRoles are KOBIS's words for roles, in the order in which a page prints them.
var companyRoles = []struct{ kobis, role string }{
	{kobisProduction, roleProduction},
	{kobisProductions, roleCoProduction},
	{"프로덕션 서비스", "production service"},
	{"제공", "financing"},
	{"공동제공", "co-financing"},
	{"투자조합", "investment fund"},
	{"배급사", "distribution"},
	{"수입사", "import"},
	{"해외세일즈사", "international sales"},
	{"홍보사", "publicity"},
	{"가치봄 제작처", "accessible version"},
	{"기타", "other"},
}

// companyRole is KOBIS's word in the vocabulary, and its place there.
func companyRole(word string) (role string, place int) {
	for i, r := range companyRoles {
		if word == r.kobis || word == r.role {
			return r.role, i
		}
	}
	return word, len(companyRoles)
}

// Edition is a film of KOBIS as one of a work's editions. Either record may be nil.
type Edition struct {
	MovieCd string
	List    *record.KobisMovie
	Detail  *record.KobisMovieDetail
}

// FilmCompanies lists those of a film, of all its editions, the main one first. A
// company without a code or id is not an identity and is left out, as is one without a name,
// which nothing may know, and the list row's where there is a detail.
func FilmCompanies(title uuid.UUID, editions []Edition, movie *record.TmdbMovie) Companies {
	var c Companies
	for _, e := range editions {
		switch {
		case e.Detail != nil && e.Detail.Found:
			for _, company := range e.Detail.Companies {
				c.kobis(title, e.MovieCd, company.Code, company.Role, companyName{company.Name, company.NameEn})
			}
		case e.List != nil:
			for _, company := range e.List.Companies {
				c.kobis(title, e.MovieCd, company.Code, kobisProduction, companyName{name: company.Name})
			}
		}
	}
	if movie != nil {
		c.tmdb(title, movie.Companies)
	}
	c.print()
	return c
}

// SeriesCompanies lists those of a series. Networks are none: TMDB numbers them
// apart, so that a network and a company may have the same id.
func SeriesCompanies(title uuid.UUID, s *record.TmdbSeries) Companies {
	var c Companies
	c.tmdb(title, s.Companies)
	c.print()
	return c
}

// print puts companies into the order of a page.
func (c *Companies) print() {
	slices.SortStableFunc(c.List, func(a, b TitleCompany) int {
		_, x := companyRole(a.Role)
		_, y := companyRole(b.Role)
		return cmp.Compare(x, y)
	})
	for i := range c.List {
		c.List[i].Position = int32(i)
	}
}

func (c *Companies) kobis(title uuid.UUID, movieCd, code, word string, name companyName) {
	if code == "" || name.name == "" {
		return
	}
	role, _ := companyRole(word)
	id := identity.Of(identity.KobisCompany + code)
	c.Kobis = append(c.Kobis, code)
	for i := range c.List {
		if old := &c.List[i]; old.CompanyID == id && old.Role == role {
			if !slices.Contains(strings.Split(old.Editions, ","), movieCd) {
				old.Editions += "," + movieCd
			}
			return
		}
	}
	c.List = append(c.List, TitleCompany{TitleID: title, CompanyID: id, Role: role, Sources: kobis, Editions: movieCd})
	c.names = append(c.names, name)
}

// tmdb adds TMDB's producers: to the company of KOBIS's that is the same, where one
// alone is.
func (c *Companies) tmdb(title uuid.UUID, companies []record.TmdbCompany) {
	known := len(c.List)
	partner := c.partners(companies)
	for i, company := range companies {
		if company.ID == 0 {
			continue
		}
		c.Tmdb = append(c.Tmdb, company.ID)
		id := identity.OfNumber(identity.TmdbCompany, company.ID)
		if at, ok := partner[i]; ok {
			c.List[at].TmdbCompanyID, c.List[at].Sources = id, kobis+","+tmdb
			continue
		}
		if slices.ContainsFunc(c.List[known:], func(t TitleCompany) bool { return t.CompanyID == id }) {
			continue
		}
		c.List = append(c.List, TitleCompany{TitleID: title, CompanyID: id, Role: roleProduction, Sources: tmdb})
	}
}

// mostCompanies are compared of either source; no film has as many.
const mostCompanies = 64

// partners pairs producers of both sources: who has one name in one script, then whose
// names are spellings of each other in two, and who has no other such partner.
func (c *Companies) partners(companies []record.TmdbCompany) map[int]int {
	found, taken := make(map[int]int), make(map[int]bool)
	kobis := c.producers()
	for _, same := range []func(a companyName, b string) bool{sameCompany, sameCompanySpelling} {
		of, count := make(map[int][]int), make(map[int]int)
		for i := range companies[:min(len(companies), mostCompanies)] {
			if _, done := found[i]; done || companies[i].ID == 0 {
				continue
			}
			for _, at := range kobis {
				if !taken[at] && same(c.names[at], companies[i].Name) {
					of[i] = append(of[i], at)
					count[at]++
				}
			}
		}
		for i, places := range of {
			if len(places) == 1 && count[places[0]] == 1 {
				found[i], taken[places[0]] = places[0], true
			}
		}
	}
	return found
}

// producers are where the companies that produced stand in the list.
func (c *Companies) producers() (at []int) {
	for i := range c.List {
		if role := c.List[i].Role; (role == roleProduction || role == roleCoProduction) && len(at) < mostCompanies {
			at = append(at, i)
		}
	}
	return at
}

var corporate = strings.NewReplacer("㈜", "", "(주)", "", "주식회사", "", "(유)", "")

// corporateWords say what sort of a firm it is.
var corporateWords = map[string]bool{
	"inc": true, "ltd": true, "co": true, "llc": true, "corp": true, "corporation": true, "company": true, "limited": true,
	"gmbh": true, "the": true,
}

// firmName is a company's name in the form that compares.
func firmName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(corporate.Replace(first(name))), func(r rune) bool { return r == ' ' || r == ',' || r == '.' })
	words = slices.DeleteFunc(words, func(w string) bool { return corporateWords[w] })
	return compact(strings.Join(words, ""))
}

func sameCompany(a companyName, b string) bool {
	name := firmName(b)
	return name != "" && (firmName(a.name) == name || firmName(a.nameEn) == name)
}

// sameCompanySpelling compares Hangul with Latin letters, by the measure by which
// directors speak for a match.
func sameCompanySpelling(a companyName, b string) bool {
	if a.nameEn != "" || spelling.HasHangul(a.name) == spelling.HasHangul(b) {
		return false
	}
	same, _ := match.ComparePeople([]string{corporate.Replace(a.name)}, []string{b})
	return same
}
