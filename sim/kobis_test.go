package sim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/internal/simtest"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/traffic"
)

func TestWindowsOfTheListAddUp(t *testing.T) {
	both(t, func(t *testing.T, o sim.Options) {
		s := open(t, o)
		_, all := walk(t, s)
		var byYear []string
		years := map[string]bool{}
		for _, f := range s.KOBIS.Catalogue().Films() {
			if len(f.OpenDate) >= 4 {
				years[f.OpenDate[:4]] = true
			}
		}
		for year := range years {
			total, codes := walk(t, s, "openStartDt", year, "openEndDt", year)
			require.Len(t, codes, total)
			require.IsIncreasing(t, places(all, codes), "a window keeps the order of the whole list")
			byYear = append(byYear, codes...)
		}
		range1, codes := walk(t, s, "openStartDt", "1900", "openEndDt", "2100")
		require.Len(t, codes, range1)
		require.ElementsMatch(t, codes, byYear)
	})
}

// places gives where each code is in the whole list.
func places(all, codes []string) []int {
	at := map[string]int{}
	for i, code := range all {
		at[code] = i
	}
	found := []int{-1}
	for _, code := range codes {
		found = append(found, at[code])
	}
	return found
}

func TestListParameters(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	_, rows := list(t, s, "itemPerPage", "10000")
	require.Len(t, rows, 100, "itemPerPage is capped")
	_, rows = list(t, s, "itemPerPage", "")
	require.Len(t, rows, 10)
	total, rows := list(t, s, "curPage", "99999")
	require.Equal(t, s.Truth().Films, total)
	require.Empty(t, rows)
	for _, r := range second(list(t, s, "prdtStartYear", "1990", "prdtEndYear", "1995")) {
		require.True(t, r.PrdtYear >= "1990" && r.PrdtYear <= "1995", r.PrdtYear)
	}
	for _, r := range second(list(t, s, "movieNm", "하루")) {
		require.Contains(t, r.MovieNm, "하루")
	}
	for _, r := range second(list(t, s, "repNationCd", "22041011", "movieTypeCd", "220101", "openStartDt", "2023")) {
		require.Equal(t, []string{"한국", "장편"}, []string{r.RepNationNm, r.TypeNm})
	}
	total, _ = list(t, s, "repNationCd", "999")
	require.Zero(t, total)
}

func second[A, B any](_ A, b B) B { return b }

func TestFaultInfo(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{KOBIS: kobis.Options{Keys: []string{"good"}, Limits: traffic.Limits{DailyQuota: 5}}})
	const daily = "/boxoffice/searchDailyBoxOfficeList.json"
	for _, c := range []struct{ path, key, parameter, value, want string }{
		{daily, "bad", "targetDt", "20250825", `{"faultInfo":{"message":"유효하지않은 키값입니다.","errorCode":"320010"}}`},
		{daily, "", "targetDt", "20250825", `{"faultInfo":{"message":"유효하지않은 키값입니다.","errorCode":"320010"}}`},
		{daily, "good", "x", "", `{"faultInfo":{"message":"날짜는 필수항목입니다.[parameterName=targetDt,parameterValue=null]","errorCode":"320102"}}`},
		{daily, "good", "targetDt", "2025", `{"faultInfo":{"message":"날싸형식에 맞게 입력하십시요.(YYYYMMDD)[parameterName=targetDt,parameterValue=2025]","errorCode":"320103"}}`},
		{"/movie/searchMovieList.json", "good", "openStartDt", "20", `{"faultInfo":{"message":"날싸형식에 맞게 입력하십시요.(YYYY)[parameterName=openStartDt,parameterValue=20]","errorCode":"320103"}}`},
		{"/movie/searchMovieInfo.json", "good", "x", "", `{"faultInfo":{"message":"날짜는 필수항목입니다.[parameterName=movieCd,parameterValue=null]","errorCode":"320102"}}`},
		{daily, "good", "targetDt", "19000101", `{"boxOfficeResult":{"boxofficeType":"일별 박스오피스","showRange":"19000101~19000101","dailyBoxOfficeList":[]}}`},
		{daily, "good", "targetDt", "20250825", `{"faultInfo":{"message":"키의 하루 이용량을 초과하였습니다.","errorCode":"320011"}}`},
	} {
		status, body := simtest.Get(t, s, sim.KOBISPath+c.path, "key", c.key, c.parameter, c.value)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, c.want, string(body))
	}
	stats := s.KOBIS.Stats().Keys[traffic.Fingerprint("good")]
	require.Equal(t, 6, stats.Requests, "every call that arrives with the key counts, also the refused")
	require.Equal(t, 1, stats.OverQuota)
}

func TestKeysChangeWhileRunning(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{KOBIS: kobis.Options{Keys: []string{"one"}}})
	ask := func(key string) string {
		_, body := simtest.Get(t, s, "/movie/searchMovieList.json", "key", key, "itemPerPage", "1")
		return string(body)
	}
	require.Contains(t, ask("two"), "320010")
	s.KOBIS.SetKeys([]string{"two"})
	require.Contains(t, ask("one"), "320010")
	require.Contains(t, ask("two"), "movieListResult")
}

func TestNotFoundVariants(t *testing.T) {
	t.Parallel()
	for style, want := range map[kobis.NotFound]string{
		"":                    `{"movieInfoResult":{"movieInfo":{},"source":"영화진흥위원회"}}`,
		kobis.NotFoundNull:    `{"movieInfoResult":{"movieInfo":null,"source":"영화진흥위원회"}}`,
		kobis.NotFoundMissing: `{"movieInfoResult":{"source":"영화진흥위원회"}}`,
	} {
		s := open(t, sim.Options{KOBIS: kobis.Options{NotFound: style, OmitEmpty: style != ""}})
		_, body := simtest.Get(t, s, "/movie/searchMovieInfo.json", "key", "k", "movieCd", "00000000")
		require.Equal(t, want, string(body))
		_, body = simtest.Get(t, s, "/movie/searchMovieList.json", "key", "k", "curPage", "9999")
		require.Equal(t, style == "", strings.Contains(string(body), "movieList\":[]"), string(body))
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	for _, path := range []string{
		"/movie/searchMovieList.xml", "/boxoffice/searchMovieList.json", "/movie/searchDailyBoxOfficeList.json",
		"/searchMovieList.json", "/movie/searchNothing.json",
	} {
		status, body := simtest.Get(t, s, sim.KOBISPath+path, "key", "k")
		require.Equal(t, http.StatusNotFound, status, path)
		require.False(t, json.Valid(body))
	}
}

func TestWeeklyBoxOffice(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	_, body := simtest.Get(t, s, "/boxoffice/searchWeeklyBoxOfficeList.json", "key", "k", "targetDt", "20120101", "itemPerPage", "3")
	b, err := kobis.DecodeBoxOffice(body)
	require.NoError(t, err)
	require.Equal(t, []string{"주말 박스오피스", "20111230~20120101", "201152"}, []string{b.Type, b.Range, b.Week})
	require.Len(t, b.Rows, 3)
	require.Equal(t, "미션임파서블:고스트프로토콜", b.Rows[0].Title)
	_, body = simtest.Get(t, s, "/boxoffice/searchWeeklyBoxOfficeList.json", "key", "k", "targetDt", "20200105")
	require.Contains(t, string(body), `"weeklyBoxOfficeList":[]`)
}

func TestAnEditedFilmIsMissedByACrawl(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	_, before := walk(t, s)
	_, firstPage := list(t, s)
	edited := before[150]
	require.True(t, s.KOBIS.Catalogue().Edit(edited, kobis.ToggleStatus))
	_, secondPage := list(t, s, "curPage", "2")
	require.Equal(t, firstPage[99].MovieCd, secondPage[0].MovieCd, "the others shift down")
	require.False(t, slices.ContainsFunc(secondPage, func(r kobis.FilmJSON) bool { return r.MovieCd == edited }))
	_, head := list(t, s)
	require.Equal(t, edited, head[0].MovieCd)
	_, after := walk(t, s)
	require.ElementsMatch(t, before, after)
}

func TestDrift(t *testing.T) {
	t.Parallel()
	crawl := func() ([]string, int) {
		s := open(t, sim.Options{KOBIS: kobis.Options{Drift: kobis.Drift{Edits: 0.5, Adds: 0.25, Seed: 7}}})
		films := s.Truth().Films
		for range 8 {
			list(t, s)
		}
		return s.Codes(), s.Truth().Films - films
	}
	first, added := crawl()
	require.Equal(t, 2, added, "a quarter of eight pages")
	again, _ := crawl()
	require.Equal(t, first, again, "the same seed drifts the same way")
	require.Equal(t, "80000001", first[0], "new films appear at the head")
}

func TestEditsReachListWindowAndDetail(t *testing.T) {
	both(t, func(t *testing.T, o sim.Options) {
		s := open(t, o)
		c := s.KOBIS.Catalogue()
		code := withDetail(t, s)
		require.True(t, c.Edit(code, func(f *kobis.Film, d *kobis.Detail) {
			f.OpenDate, d.OpenDate, d.Minutes = "20300101", "20300101", "77"
		}))
		_, codes := walk(t, s, "openStartDt", "2030", "openEndDt", "2030")
		require.Equal(t, []string{code}, codes)
		_, body := simtest.Get(t, s, "/movie/searchMovieInfo.json", "key", "k", "movieCd", code)
		require.Contains(t, string(body), `"showTm":"77"`)
		truth := s.Truth()
		require.True(t, c.Remove(code))
		require.False(t, c.Remove(code))
		require.Equal(t, truth.Films-1, s.Truth().Films)
		require.Equal(t, truth.WithDetail-1, s.Truth().WithDetail)
		require.False(t, c.Edit(code, kobis.ToggleStatus))
	})
}

func withDetail(t *testing.T, s *sim.Sim) string {
	t.Helper()
	for _, code := range s.Codes() {
		if _, found := s.KOBIS.Catalogue().Detail(code); found {
			return code
		}
	}
	t.Fatal("no film has a detail")
	return ""
}

func TestEditsStayInTheirCatalogue(t *testing.T) {
	t.Parallel()
	one, other := open(t, sim.Options{}), open(t, sim.Options{})
	code := withDetail(t, one)
	before, _ := other.KOBIS.Catalogue().Detail(code)
	one.KOBIS.Catalogue().Edit(code, func(f *kobis.Film, d *kobis.Detail) {
		f.Directors[0], d.Directors[0].Name = "바뀐 이름", "바뀐 이름"
	})
	after, _ := other.KOBIS.Catalogue().Detail(code)
	require.Equal(t, before, after)
	film, _ := other.KOBIS.Catalogue().Film(code)
	require.NotEqual(t, "바뀐 이름", film.Directors[0])
}

func TestMadeUpBoxOfficeIsPublishedAfterItsDay(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 10, 14, 59, 0, 0, time.UTC) // a minute before midnight in Seoul
	s := open(t, sim.Options{
		Clock: func() time.Time { return now }, Generate: generate.Options{BoxOffice: true, Seed: 2},
		KOBIS: kobis.Options{BoxOfficeDelay: 2 * time.Hour},
	})
	ask := func(day string) []kobis.BoxOfficeRow {
		_, body := simtest.Get(t, s, "/boxoffice/searchDailyBoxOfficeList.json", "key", "k", "targetDt", day)
		b, err := kobis.DecodeBoxOffice(body)
		require.NoError(t, err)
		return b.Rows
	}
	require.Empty(t, ask("20260310"))
	now = now.Add(2 * time.Hour)
	require.Empty(t, ask("20260310"))
	now = now.Add(time.Minute)
	rows := ask("20260310")
	require.Len(t, rows, 10)
	require.Len(t, ask("20250825"), 10, "recorded days are there")
	s.KOBIS.Drift(50, 5)
	require.Equal(t, rows, ask("20260310"), "a day stays as it was published")
	require.Equal(t, rows, s.KOBIS.Catalogue().BoxOffice("20260310"))
	s.KOBIS.Catalogue().SetBoxOffice("20260310", kobis.BoxOffice{})
	require.Empty(t, ask("20260310"))
	s.KOBIS.Catalogue().ClearBoxOffice("20260310")
	require.Equal(t, rows, ask("20260310"))
}

func TestFaultsBySwitch(t *testing.T) {
	t.Parallel()
	s := open(t, sim.Options{})
	post := func(path string) int {
		w := httptest.NewRecorder()
		s.KOBISHandler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, nil))
		return w.Code
	}
	status := func() int {
		code, _ := simtest.Get(t, s, "/movie/searchMovieList.json", "key", "k")
		return code
	}
	require.Equal(t, http.StatusNoContent, post("/_sim/faults?source=kobis&rates=500=1"))
	require.Equal(t, []int{500, 500}, []int{status(), status()})
	require.Equal(t, http.StatusNoContent, post("/_sim/faults?source=kobis"))
	require.Equal(t, http.StatusNoContent, post("/_sim/fail?source=kobis&fault=429&n=1"))
	require.Equal(t, []int{429, 200}, []int{status(), status()})
	require.Equal(t, http.StatusNoContent, post("/_sim/drift?edits=1&adds=2"))
	require.Equal(t, "80000001", s.Codes()[0])
	for _, path := range []string{"/_sim/faults?source=x", "/_sim/faults?source=tmdb&rates=x=1", "/_sim/fail?source=kobis&fault=x", "/_sim/fail?fault=500"} {
		require.Equal(t, http.StatusBadRequest, post(path), path)
	}
}
