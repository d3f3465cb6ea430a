package kobis

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// source is the value of every "source" key.
const source = "영화진흥위원회"

// appendString appends s as a JSON string in the API's manner: nothing is escaped
// that JSON doesn't demand.
func appendString(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] == '"' || s[i] == '\\' {
			plain = false
			break
		}
	}
	if plain {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	// A string can't fail to encode.
	_ = enc.Encode(s)
	return append(b, bytes.TrimSuffix(buf.Bytes(), []byte("\n"))...)
}

// object appends `{"key":"value",…` with keys and values in turn, without the
// closing brace.
func object(b []byte, pairs ...string) []byte {
	b = append(b, '{')
	for i := 0; i < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, pairs[i]...)
		b = append(b, '"', ':')
		b = appendString(b, pairs[i+1])
	}
	return b
}

// array appends `,"key":[…]`.
func array[T any](b []byte, key string, items []T, item func([]byte, T) []byte) []byte {
	b = append(b, ',', '"')
	b = append(b, key...)
	b = append(b, '"', ':', '[')
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(item(b, it), '}')
	}
	return append(b, ']')
}

func named(key string) func([]byte, string) []byte {
	return func(b []byte, s string) []byte { return object(b, key, s) }
}

func appendFilm(b []byte, f *Film) []byte {
	b = object(b,
		"movieCd", f.Code, "movieNm", f.Title, "movieNmEn", f.TitleEN, "prdtYear", f.ProductionYear,
		"openDt", f.OpenDate, "typeNm", f.Form, "prdtStatNm", f.Status, "nationAlt", f.Nations,
		"genreAlt", f.Genres, "repNationNm", f.Nation, "repGenreNm", f.Genre)
	b = array(b, "directors", f.Directors, named("peopleNm"))
	b = array(b, "companys", f.Companies, func(b []byte, c Company) []byte {
		return object(b, "companyCd", c.Code, "companyNm", c.Name)
	})
	return append(b, '}')
}

func appendList(b []byte, total int, films []*Film, omitEmpty bool) []byte {
	b = append(b, `{"movieListResult":{"totCnt":`...)
	b = strconv.AppendInt(b, int64(total), 10)
	b = append(b, `,"source":"`+source+`"`...)
	if len(films) > 0 || !omitEmpty {
		b = append(b, `,"movieList":[`...)
		for i, f := range films {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendFilm(b, f)
		}
		b = append(b, ']')
	}
	return append(b, "}}"...)
}

func appendDetail(b []byte, d *Detail) []byte {
	b = append(b, `{"movieInfoResult":{"movieInfo":`...)
	b = object(b,
		"movieCd", d.Code, "movieNm", d.Title, "movieNmEn", d.TitleEN, "movieNmOg", d.TitleOriginal,
		"showTm", d.Minutes, "prdtYear", d.ProductionYear, "openDt", d.OpenDate,
		"prdtStatNm", d.Status, "typeNm", d.Form)
	b = array(b, "nations", d.Nations, named("nationNm"))
	b = array(b, "genres", d.Genres, named("genreNm"))
	b = array(b, "directors", d.Directors, func(b []byte, p Person) []byte {
		return object(b, "peopleNm", p.Name, "peopleNmEn", p.NameEN)
	})
	b = array(b, "actors", d.Actors, func(b []byte, a Actor) []byte {
		return object(b, "peopleNm", a.Name, "peopleNmEn", a.NameEN, "cast", a.Cast, "castEn", a.CastEN)
	})
	b = array(b, "showTypes", d.ShowTypes, func(b []byte, s ShowType) []byte {
		return object(b, "showTypeGroupNm", s.Group, "showTypeNm", s.Name)
	})
	b = array(b, "companys", d.Companies, func(b []byte, c CompanyRole) []byte {
		return object(b, "companyCd", c.Code, "companyNm", c.Name, "companyNmEn", c.NameEN, "companyPartNm", c.Part)
	})
	b = array(b, "audits", d.Audits, func(b []byte, a Audit) []byte {
		return object(b, "auditNo", a.Number, "watchGradeNm", a.Grade)
	})
	b = array(b, "staffs", d.Staff, func(b []byte, s Staff) []byte {
		return object(b, "peopleNm", s.Name, "peopleNmEn", s.NameEN, "staffRoleNm", s.Role)
	})
	return append(b, `},"source":"`+source+`"}}`...)
}

// appendBoxOffice appends a day's or a week's ranking; list is the name of its rows.
func appendBoxOffice(b []byte, o BoxOffice, list string) []byte {
	b = append(b, `{"boxOfficeResult":`...)
	if o.Week == "" {
		b = object(b, "boxofficeType", o.Type, "showRange", o.Range)
	} else {
		b = object(b, "boxofficeType", o.Type, "showRange", o.Range, "yearWeekTime", o.Week)
	}
	b = array(b, list, o.Rows, func(b []byte, r BoxOfficeRow) []byte {
		return object(b,
			"rnum", r.RowNumber, "rank", r.Rank, "rankInten", r.RankChange, "rankOldAndNew", r.RankOldAndNew,
			"movieCd", r.Code, "movieNm", r.Title, "openDt", r.OpenDate,
			"salesAmt", r.Sales, "salesShare", r.SalesShare, "salesInten", r.SalesDiff,
			"salesChange", r.SalesChange, "salesAcc", r.SalesTotal,
			"audiCnt", r.Audience, "audiInten", r.AudienceDiff, "audiChange", r.AudienceChange,
			"audiAcc", r.AudienceTotal, "scrnCnt", r.Screens, "showCnt", r.Shows)
	})
	return append(b, "}}"...)
}
