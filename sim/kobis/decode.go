package kobis

import (
	"encoding/json"
	"fmt"
)

// FilmJSON decodes a row of movieList.
type FilmJSON struct {
	MovieCd     string `json:"movieCd"`
	MovieNm     string `json:"movieNm"`
	MovieNmEn   string `json:"movieNmEn"`
	PrdtYear    string `json:"prdtYear"`
	OpenDt      string `json:"openDt"`
	TypeNm      string `json:"typeNm"`
	PrdtStatNm  string `json:"prdtStatNm"`
	NationAlt   string `json:"nationAlt"`
	GenreAlt    string `json:"genreAlt"`
	RepNationNm string `json:"repNationNm"`
	RepGenreNm  string `json:"repGenreNm"`
	Directors   []struct {
		PeopleNm string `json:"peopleNm"`
	} `json:"directors"`
	Companys []struct {
		CompanyCd string `json:"companyCd"`
		CompanyNm string `json:"companyNm"`
	} `json:"companys"`
}

// Film is the row in our terms.
func (j FilmJSON) Film() Film {
	f := Film{
		Code: j.MovieCd, Title: j.MovieNm, TitleEN: j.MovieNmEn, ProductionYear: j.PrdtYear, OpenDate: j.OpenDt,
		Form: j.TypeNm, Status: j.PrdtStatNm, Nations: j.NationAlt, Genres: j.GenreAlt,
		Nation: j.RepNationNm, Genre: j.RepGenreNm,
	}
	for _, d := range j.Directors {
		f.Directors = append(f.Directors, d.PeopleNm)
	}
	for _, c := range j.Companys {
		f.Companies = append(f.Companies, Company{Code: c.CompanyCd, Name: c.CompanyNm})
	}
	return f
}

type detailJSON struct {
	MovieCd    string `json:"movieCd"`
	MovieNm    string `json:"movieNm"`
	MovieNmEn  string `json:"movieNmEn"`
	MovieNmOg  string `json:"movieNmOg"`
	ShowTm     string `json:"showTm"`
	PrdtYear   string `json:"prdtYear"`
	OpenDt     string `json:"openDt"`
	PrdtStatNm string `json:"prdtStatNm"`
	TypeNm     string `json:"typeNm"`
	Nations    []struct {
		NationNm string `json:"nationNm"`
	} `json:"nations"`
	Genres []struct {
		GenreNm string `json:"genreNm"`
	} `json:"genres"`
	Directors []struct {
		PeopleNm   string `json:"peopleNm"`
		PeopleNmEn string `json:"peopleNmEn"`
	} `json:"directors"`
	Actors []struct {
		PeopleNm   string `json:"peopleNm"`
		PeopleNmEn string `json:"peopleNmEn"`
		Cast       string `json:"cast"`
		CastEn     string `json:"castEn"`
	} `json:"actors"`
	ShowTypes []struct {
		ShowTypeGroupNm string `json:"showTypeGroupNm"`
		ShowTypeNm      string `json:"showTypeNm"`
	} `json:"showTypes"`
	Companys []struct {
		CompanyCd     string `json:"companyCd"`
		CompanyNm     string `json:"companyNm"`
		CompanyNmEn   string `json:"companyNmEn"`
		CompanyPartNm string `json:"companyPartNm"`
	} `json:"companys"`
	Audits []struct {
		AuditNo      string `json:"auditNo"`
		WatchGradeNm string `json:"watchGradeNm"`
	} `json:"audits"`
	Staffs []struct {
		PeopleNm    string `json:"peopleNm"`
		PeopleNmEn  string `json:"peopleNmEn"`
		StaffRoleNm string `json:"staffRoleNm"`
	} `json:"staffs"`
}

// decodeDetail reads a body of searchMovieInfo.
func decodeDetail(body []byte) (Detail, error) {
	var result struct {
		MovieInfoResult struct {
			MovieInfo *detailJSON `json:"movieInfo"`
		} `json:"movieInfoResult"`
	}
	if err := json.Unmarshal(body, &result); err != nil {
		return Detail{}, fmt.Errorf("decoding a detail: %w", err)
	}
	if result.MovieInfoResult.MovieInfo == nil {
		return Detail{}, fmt.Errorf("decoding a detail: %w", ErrNotDetail)
	}
	return result.MovieInfoResult.MovieInfo.detail(), nil
}

func (j *detailJSON) detail() Detail {
	d := Detail{
		Code: j.MovieCd, Title: j.MovieNm, TitleEN: j.MovieNmEn, TitleOriginal: j.MovieNmOg, Minutes: j.ShowTm,
		ProductionYear: j.PrdtYear, OpenDate: j.OpenDt, Status: j.PrdtStatNm, Form: j.TypeNm,
	}
	for _, n := range j.Nations {
		d.Nations = append(d.Nations, n.NationNm)
	}
	for _, g := range j.Genres {
		d.Genres = append(d.Genres, g.GenreNm)
	}
	for _, p := range j.Directors {
		d.Directors = append(d.Directors, Person{Name: p.PeopleNm, NameEN: p.PeopleNmEn})
	}
	for _, a := range j.Actors {
		d.Actors = append(d.Actors, Actor{Name: a.PeopleNm, NameEN: a.PeopleNmEn, Cast: a.Cast, CastEN: a.CastEn})
	}
	for _, s := range j.ShowTypes {
		d.ShowTypes = append(d.ShowTypes, ShowType{Group: s.ShowTypeGroupNm, Name: s.ShowTypeNm})
	}
	for _, c := range j.Companys {
		d.Companies = append(d.Companies, CompanyRole{Code: c.CompanyCd, Name: c.CompanyNm, NameEN: c.CompanyNmEn, Part: c.CompanyPartNm})
	}
	for _, a := range j.Audits {
		d.Audits = append(d.Audits, Audit{Number: a.AuditNo, Grade: a.WatchGradeNm})
	}
	for _, s := range j.Staffs {
		d.Staff = append(d.Staff, Staff{Name: s.PeopleNm, NameEN: s.PeopleNmEn, Role: s.StaffRoleNm})
	}
	return d
}

type boxOfficeJSON struct {
	Rnum          string `json:"rnum"`
	Rank          string `json:"rank"`
	RankInten     string `json:"rankInten"`
	RankOldAndNew string `json:"rankOldAndNew"`
	MovieCd       string `json:"movieCd"`
	MovieNm       string `json:"movieNm"`
	OpenDt        string `json:"openDt"`
	SalesAmt      string `json:"salesAmt"`
	SalesShare    string `json:"salesShare"`
	SalesInten    string `json:"salesInten"`
	SalesChange   string `json:"salesChange"`
	SalesAcc      string `json:"salesAcc"`
	AudiCnt       string `json:"audiCnt"`
	AudiInten     string `json:"audiInten"`
	AudiChange    string `json:"audiChange"`
	AudiAcc       string `json:"audiAcc"`
	ScrnCnt       string `json:"scrnCnt"`
	ShowCnt       string `json:"showCnt"`
}

// DecodeBoxOffice reads a body of searchDailyBoxOfficeList or
// searchWeeklyBoxOfficeList and keeps it as Body.
func DecodeBoxOffice(body []byte) (BoxOffice, error) {
	var result struct {
		BoxOfficeResult *struct {
			BoxofficeType string          `json:"boxofficeType"`
			ShowRange     string          `json:"showRange"`
			YearWeekTime  string          `json:"yearWeekTime"`
			Daily         []boxOfficeJSON `json:"dailyBoxOfficeList"`
			Weekly        []boxOfficeJSON `json:"weeklyBoxOfficeList"`
		} `json:"boxOfficeResult"`
	}
	if err := json.Unmarshal(body, &result); err != nil {
		return BoxOffice{}, fmt.Errorf("decoding a box office: %w", err)
	}
	if result.BoxOfficeResult == nil {
		return BoxOffice{}, fmt.Errorf("decoding a box office: %w", ErrNotBoxOffice)
	}
	r := result.BoxOfficeResult
	b := BoxOffice{Type: r.BoxofficeType, Range: r.ShowRange, Week: r.YearWeekTime, Body: body}
	for _, row := range append(r.Daily, r.Weekly...) {
		b.Rows = append(b.Rows, row.row())
	}
	return b, nil
}

func (j boxOfficeJSON) row() BoxOfficeRow {
	return BoxOfficeRow{
		RowNumber: j.Rnum, Rank: j.Rank, RankChange: j.RankInten, RankOldAndNew: j.RankOldAndNew,
		Code: j.MovieCd, Title: j.MovieNm, OpenDate: j.OpenDt,
		Sales: j.SalesAmt, SalesShare: j.SalesShare, SalesDiff: j.SalesInten,
		SalesChange: j.SalesChange, SalesTotal: j.SalesAcc,
		Audience: j.AudiCnt, AudienceDiff: j.AudiInten, AudienceChange: j.AudiChange,
		AudienceTotal: j.AudiAcc, Screens: j.ScrnCnt, Shows: j.ShowCnt,
	}
}
