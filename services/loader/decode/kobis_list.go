package decode

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type kobisListBody struct {
	MovieListResult *struct {
		MovieList []kobisListRow `json:"movieList"`
	} `json:"movieListResult"`
}

type kobisListRow struct {
	MovieCd     scalar        `json:"movieCd"`
	MovieNm     scalar        `json:"movieNm"`
	MovieNmEn   scalar        `json:"movieNmEn"`
	PrdtYear    scalar        `json:"prdtYear"`
	OpenDt      scalar        `json:"openDt"`
	TypeNm      scalar        `json:"typeNm"`
	PrdtStatNm  scalar        `json:"prdtStatNm"`
	NationAlt   scalar        `json:"nationAlt"`
	GenreAlt    scalar        `json:"genreAlt"`
	RepNationNm scalar        `json:"repNationNm"`
	RepGenreNm  scalar        `json:"repGenreNm"`
	Directors   []kobisPerson `json:"directors"`
	Companys    []kobisFirm   `json:"companys"`
}

type kobisPerson struct {
	PeopleNm    scalar `json:"peopleNm"`
	PeopleNmEn  scalar `json:"peopleNmEn"`
	Cast        scalar `json:"cast"`
	CastEn      scalar `json:"castEn"`
	StaffRoleNm scalar `json:"staffRoleNm"`
}

type kobisFirm struct {
	CompanyCd     scalar `json:"companyCd"`
	CompanyNm     scalar `json:"companyNm"`
	CompanyNmEn   scalar `json:"companyNmEn"`
	CompanyPartNm scalar `json:"companyPartNm"`
}

func kobisMovieList(r kobisReader, p messages.Payload, facts *Facts) error {
	scope, text := p.Scope()
	page, err := strconv.ParseInt(text, 10, 32)
	if err != nil || page < 1 {
		return fmt.Errorf("%w: %q is not a page of a list", ErrUnreadable, p.Key)
	}
	var body kobisListBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	if body.MovieListResult == nil {
		return twice("movieListResult")
	}
	listed := record.KobisListPage{Scope: scope, Page: int32(page), TotalCount: r.answer.Total, MovieCds: []string{}}
	rows := body.MovieListResult.MovieList
	facts.KobisMovies = make([]record.KobisMovie, 0, len(rows))
	codes := r.movieCds(len(rows), func(i int) scalar { return rows[i].MovieCd })
	for _, code := range codes {
		listed.MovieCds = appendText(listed.MovieCds, code)
	}
	r.once("movieCd", codes, func(i, j int) bool { return titleOf(&rows[i]) != "" && titleOf(&rows[j]) == "" })
	for i, code := range codes {
		if r.is(code); code == "" {
			continue
		}
		movie := r.kobisMovie(code, &rows[i])
		facts.KobisMovies = append(facts.KobisMovies, movie)
		doubtful := r.doubtful("companys")
		for _, c := range movie.Companies {
			if c.Code != "" && c.Name != "" {
				facts.KobisCompanies = append(facts.KobisCompanies, record.KobisCompanyName{Code: c.Code, Name: c.Name, Doubtful: doubtful})
			}
		}
	}
	facts.KobisListPages = []record.KobisListPage{listed}
	return nil
}

// titleOf is a row's title, without a word of what is wrong with it.
func titleOf(row *kobisListRow) string {
	blind := reader{source: messages.KOBIS}
	return blind.text("movieNm", row.MovieNm)
}

func (r kobisReader) kobisMovie(movieCd string, row *kobisListRow) record.KobisMovie {
	movie := record.KobisMovie{
		MovieCd:        movieCd,
		Title:          r.text("movieNm", row.MovieNm),
		TitleEn:        r.text("movieNmEn", row.MovieNmEn),
		ProductionYear: r.year("prdtYear", row.PrdtYear),
		OpenDate:       r.date("openDt", row.OpenDt),
		TypeName:       r.text("typeNm", row.TypeNm),
		StatusName:     r.text("prdtStatNm", row.PrdtStatNm),
		Nations:        r.joined("nationAlt", row.NationAlt),
		Genres:         r.joined("genreAlt", row.GenreAlt),
		MainNation:     r.text("repNationNm", row.RepNationNm),
		MainGenre:      r.text("repGenreNm", row.RepGenreNm),
		Directors:      make([]string, 0, len(row.Directors)),
		Companies:      make([]record.KobisListCompany, 0, len(row.Companys)),
	}
	if movie.Title == "" {
		r.note("movieNm", MissingTitle)
	}
	for _, d := range row.Directors {
		if name := r.text("directors.peopleNm", d.PeopleNm); name != "" {
			movie.Directors = append(movie.Directors, name)
		}
	}
	for _, c := range row.Companys {
		movie.Companies = append(movie.Companies, record.KobisListCompany{
			Code: r.companyCd(c.CompanyCd), Name: r.text("companys.companyNm", c.CompanyNm),
		})
	}
	return movie
}

// joined splits a list that KOBIS joins with commas.
func (r kobisReader) joined(field string, s scalar) []string {
	text := r.raw(field, s, longestScalar)
	if text == "" {
		return []string{}
	}
	if len(text) > longestText { // the last one that is whole
		r.note(field, Shortened)
		text = text[:max(0, strings.LastIndexByte(text[:longestText], ','))]
	}
	parts := make([]string, 0, strings.Count(text, ",")+1)
	for part := range strings.SplitSeq(text, ",") {
		if part = Clean(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
