package kobis

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/sim/traffic"
)

type operation func(url.Values) traffic.Answer

// operation finds an operation by its name.
func (s *Server) operation(name string) operation {
	switch name {
	case "searchMovieList":
		return s.movieList
	case "searchMovieInfo":
		return s.movieInfo
	case "searchPeopleList":
		return s.peopleList
	case "searchPeopleInfo":
		return s.peopleInfo
	case "searchDailyBoxOfficeList":
		return s.daily
	case "searchWeeklyBoxOfficeList":
		return s.weekly
	}
	return nil
}

// route finds the operation of a path below Root.
func (s *Server) route(path string) operation {
	group, name, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	name, isJSON := strings.CutSuffix(name, ".json")
	of := "boxoffice"
	switch {
	case strings.HasPrefix(name, "searchMovie"):
		of = "movie"
	case strings.HasPrefix(name, "searchPeople"):
		of = "people"
	}
	if !isJSON || group != of {
		return nil
	}
	return s.operation(name)
}

// Codes of the parameters repNationCd and movieTypeCd whose names are known.
var (
	nationNames = map[string]string{"22041011": "한국"}
	formNames   = map[string]string{"220101": "장편"}
)

func (s *Server) movieList(q url.Values) traffic.Answer {
	f := filter{
		OpenFrom: q.Get("openStartDt"), OpenTo: q.Get("openEndDt"),
		MadeFrom: q.Get("prdtStartYear"), MadeTo: q.Get("prdtEndYear"),
		Title: q.Get("movieNm"), Director: q.Get("directorNm"),
	}
	for _, name := range []string{"openStartDt", "openEndDt", "prdtStartYear", "prdtEndYear"} {
		if v := q.Get(name); v != "" && !isYear(v) {
			return malformed("YYYY", name, v)
		}
	}
	known := true
	f.Nation, known = nameOf(nationNames, q.Get("repNationCd"), known)
	f.Form, known = nameOf(formNames, q.Get("movieTypeCd"), known)
	if !known {
		return ok(appendList(nil, 0, nil, s.options.OmitEmpty))
	}
	size := min(number(q.Get("itemPerPage"), 10), s.options.MaxPerPage)
	s.drift.step()
	total, films := s.catalogue.page(f, number(q.Get("curPage"), 1), size)
	return ok(appendList(make([]byte, 0, 400*(len(films)+1)), total, films, s.options.OmitEmpty))
}

// nameOf gives the name of a code; an unknown code selects nothing.
func nameOf(names map[string]string, code string, known bool) (string, bool) {
	if code == "" {
		return "", known
	}
	name, ok := names[code]
	return name, known && ok
}

func (s *Server) movieInfo(q url.Values) traffic.Answer {
	code := q.Get("movieCd")
	if code == "" {
		return missing("movieCd")
	}
	if body, found := s.catalogue.detailBody(code); found {
		return ok(body)
	}
	return s.unknown("movie")
}

func (s *Server) peopleList(q url.Values) traffic.Answer {
	size := min(number(q.Get("itemPerPage"), 10), s.options.MaxPerPage)
	total, people := s.catalogue.peoplePage(q.Get("peopleNm"), q.Get("filmoNames"), number(q.Get("curPage"), 1), size)
	return ok(appendPeople(nil, total, people, s.options.OmitEmpty))
}

func (s *Server) peopleInfo(q url.Values) traffic.Answer {
	code := q.Get("peopleCd")
	if code == "" {
		return missing("peopleCd")
	}
	if p, found := s.catalogue.person(code); found {
		return ok(appendPerson(nil, &p))
	}
	return s.unknown("people")
}

// unknown is the answer about something that there is not.
func (s *Server) unknown(what string) traffic.Answer {
	info := map[NotFound]string{NotFoundNull: `"` + what + `Info":null,`, NotFoundMissing: ""}
	told, ruled := info[s.options.NotFound]
	if !ruled {
		told = `"` + what + `Info":{},`
	}
	return ok([]byte(`{"` + what + `InfoResult":{` + told + `"source":"` + source + `"}}`))
}

func (s *Server) daily(q url.Values) traffic.Answer {
	day := q.Get("targetDt")
	if refusal := badDay(day); refusal != nil {
		return *refusal
	}
	b := s.catalogue.day(day)
	if b.Generated && !s.published(day) {
		b.Rows = nil
	}
	return ok(cut(b, q, "dailyBoxOfficeList"))
}

// published reports whether a day, which can be read, is over for long enough.
func (s *Server) published(day string) bool {
	start, err := time.ParseInLocation("20060102", day, s.options.Limits.Zone)
	return err == nil && !s.options.Clock().Before(start.AddDate(0, 0, 1).Add(s.options.BoxOfficeDelay))
}

func (s *Server) weekly(q url.Values) traffic.Answer {
	day := q.Get("targetDt")
	if refusal := badDay(day); refusal != nil {
		return *refusal
	}
	week, found := s.catalogue.week(day)
	if !found || (q.Get("weekGb") != "" && q.Get("weekGb") != "1") {
		week = BoxOffice{Type: "주말 박스오피스", Range: day + "~" + day, Week: isoWeek(day)}
	}
	return ok(cut(week, q, "weeklyBoxOfficeList"))
}

// cut keeps the first itemPerPage rows; a recorded body that needs no cutting is
// given as it is.
func cut(b BoxOffice, q url.Values, list string) []byte {
	size := min(number(q.Get("itemPerPage"), 10), 10)
	if len(b.Rows) <= size && b.Body != nil {
		return b.Body
	}
	b.Rows = b.Rows[:min(size, len(b.Rows))]
	return appendBoxOffice(nil, b, list)
}

func badDay(day string) *traffic.Answer {
	if day == "" {
		a := missing("targetDt")
		return &a
	}
	if _, err := time.Parse("20060102", day); err != nil {
		a := malformed("YYYYMMDD", "targetDt", day)
		return &a
	}
	return nil
}

func isoWeek(day string) string {
	t, _ := time.Parse("20060102", day)
	year, week := t.ISOWeek()
	return strconv.Itoa(year*100 + week)
}

func isYear(s string) bool {
	if len(s) != 4 {
		return false
	}
	_, err := strconv.ParseUint(s, 10, 16)
	return err == nil
}

// number reads a positive number; anything else is the default.
func number(s string, otherwise int) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return otherwise
	}
	return n
}
