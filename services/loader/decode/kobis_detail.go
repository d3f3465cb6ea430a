package decode

import (
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type kobisDetailBody struct {
	MovieInfoResult *struct {
		MovieInfo *kobisDetail `json:"movieInfo"`
	} `json:"movieInfoResult"`
}

type kobisDetail struct {
	MovieCd    scalar `json:"movieCd"`
	MovieNm    scalar `json:"movieNm"`
	MovieNmEn  scalar `json:"movieNmEn"`
	MovieNmOg  scalar `json:"movieNmOg"`
	ShowTm     scalar `json:"showTm"`
	PrdtYear   scalar `json:"prdtYear"`
	OpenDt     scalar `json:"openDt"`
	PrdtStatNm scalar `json:"prdtStatNm"`
	TypeNm     scalar `json:"typeNm"`
	Nations    []struct {
		NationNm scalar `json:"nationNm"`
	} `json:"nations"`
	Genres []struct {
		GenreNm scalar `json:"genreNm"`
	} `json:"genres"`
	Directors []kobisPerson `json:"directors"`
	Actors    []kobisPerson `json:"actors"`
	ShowTypes []struct {
		ShowTypeGroupNm scalar `json:"showTypeGroupNm"`
		ShowTypeNm      scalar `json:"showTypeNm"`
	} `json:"showTypes"`
	Companys []kobisFirm `json:"companys"`
	Audits   []struct {
		AuditNo      scalar `json:"auditNo"`
		WatchGradeNm scalar `json:"watchGradeNm"`
	} `json:"audits"`
	Staffs []kobisPerson `json:"staffs"`
}

func kobisMovieDetail(r kobisReader, p messages.Payload, facts *Facts) error {
	var body kobisDetailBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	if body.MovieInfoResult == nil || body.MovieInfoResult.MovieInfo == nil {
		return twice("movieInfo")
	}
	r.is(p.Key)
	detail := r.kobisDetail(p.Key, body.MovieInfoResult.MovieInfo)
	facts.KobisMovieDetails = []record.KobisMovieDetail{detail}
	doubtful := r.doubtful("companys")
	for _, c := range detail.Companies {
		if c.Code != "" && c.Name != "" {
			facts.KobisCompanies = append(facts.KobisCompanies,
				record.KobisCompanyName{Code: c.Code, Name: c.Name, NameEn: c.NameEn, FromDetail: true, Doubtful: doubtful})
		}
	}
	return nil
}

func (r kobisReader) kobisDetail(movieCd string, s *kobisDetail) record.KobisMovieDetail {
	detail := record.KobisMovieDetail{
		MovieCd: movieCd, Found: true,
		Title:          r.text("movieNm", s.MovieNm),
		TitleEn:        r.text("movieNmEn", s.MovieNmEn),
		TitleOriginal:  r.text("movieNmOg", s.MovieNmOg),
		RuntimeMinutes: r.positive("showTm", s.ShowTm),
		ProductionYear: r.year("prdtYear", s.PrdtYear),
		OpenDate:       r.date("openDt", s.OpenDt),
		TypeName:       r.text("typeNm", s.TypeNm),
		StatusName:     r.text("prdtStatNm", s.PrdtStatNm),
		Nations:        make([]string, 0, len(s.Nations)),
		Genres:         make([]string, 0, len(s.Genres)),
		ShowTypes:      make([]record.KobisShowType, 0, len(s.ShowTypes)),
		Audits:         make([]record.KobisAudit, 0, len(s.Audits)),
	}
	for _, n := range s.Nations {
		detail.Nations = appendText(detail.Nations, r.text("nations.nationNm", n.NationNm))
	}
	for _, g := range s.Genres {
		detail.Genres = appendText(detail.Genres, r.text("genres.genreNm", g.GenreNm))
	}
	for _, t := range s.ShowTypes {
		detail.ShowTypes = append(detail.ShowTypes, record.KobisShowType{
			Group: r.text("showTypes.showTypeGroupNm", t.ShowTypeGroupNm), Name: r.text("showTypes.showTypeNm", t.ShowTypeNm),
		})
	}
	for _, a := range s.Audits {
		audit := record.KobisAudit{Number: r.code("audits.auditNo", a.AuditNo), WatchGrade: r.text("audits.watchGradeNm", a.WatchGradeNm)}
		detail.Audits = append(detail.Audits, audit)
		if audit.WatchGrade != "" {
			detail.WatchGrade = audit.WatchGrade
		}
	}
	detail.Companies = r.kobisCompanies(s.Companys)
	detail.Directors, detail.Actors, detail.Staff = r.kobisPeople(s)
	return detail
}

func (r kobisReader) kobisCompanies(firms []kobisFirm) []record.KobisCompany {
	companies := make([]record.KobisCompany, 0, len(firms))
	for _, c := range firms {
		companies = append(companies, record.KobisCompany{
			Code: r.companyCd(c.CompanyCd), Name: r.text("companys.companyNm", c.CompanyNm),
			NameEn: r.text("companys.companyNmEn", c.CompanyNmEn), Role: r.text("companys.companyPartNm", c.CompanyPartNm),
		})
	}
	return companies
}

// kobisPeople reads the three lists of people. Somebody without any name is
// nobody and is left out.
func (r kobisReader) kobisPeople(s *kobisDetail) ([]record.KobisDirector, []record.KobisActor, []record.KobisStaff) {
	directors := make([]record.KobisDirector, 0, len(s.Directors))
	for _, d := range s.Directors {
		name, nameEn := r.text("directors.peopleNm", d.PeopleNm), r.text("directors.peopleNmEn", d.PeopleNmEn)
		if name != "" || nameEn != "" {
			directors = append(directors, record.KobisDirector{Name: name, NameEn: nameEn})
		}
	}
	actors := make([]record.KobisActor, 0, len(s.Actors))
	for _, a := range s.Actors {
		name, nameEn := r.text("actors.peopleNm", a.PeopleNm), r.text("actors.peopleNmEn", a.PeopleNmEn)
		if name != "" || nameEn != "" {
			actors = append(actors, record.KobisActor{
				Name: name, NameEn: nameEn, Character: r.text("actors.cast", a.Cast), CharacterEn: r.text("actors.castEn", a.CastEn),
			})
		}
	}
	staff := make([]record.KobisStaff, 0, len(s.Staffs))
	for _, m := range s.Staffs {
		name, nameEn := r.text("staffs.peopleNm", m.PeopleNm), r.text("staffs.peopleNmEn", m.PeopleNmEn)
		if name != "" || nameEn != "" {
			staff = append(staff, record.KobisStaff{Name: name, NameEn: nameEn, Role: r.text("staffs.staffRoleNm", m.StaffRoleNm)})
		}
	}
	return directors, actors, staff
}

func appendText(list []string, text string) []string {
	if text == "" {
		return list
	}
	return append(list, text)
}
