package doors_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/hostile"
	simtmdb "github.com/cledit/pipeline/sim/tmdb"
)

// question is a call of the sources with the name of its job.
type question struct {
	name messages.Name
	path string
}

// source is the simulator with the questions that it is asked, of all kinds.
var source = sync.OnceValues(func() (http.Handler, []question) {
	s, err := sim.Open(sim.Options{Clock: func() time.Time { return time.Date(2025, 9, 5, 3, 0, 0, 0, time.UTC) }})
	if err != nil { // the tables are built in
		panic(err)
	}
	var all []question
	ask := func(source messages.Source, kind messages.Kind, key, path string) {
		all = append(all, question{messages.Name{Source: source, Kind: kind, Key: key}, path})
	}
	films, movies := s.KOBIS.Catalogue(), s.TMDB.Catalogue()
	for page := 1; page <= 3; page++ {
		ask(messages.KOBIS, messages.KindMovieList, fmt.Sprintf("all.%d", page), fmt.Sprintf("/movie/searchMovieList.json?key=k&itemPerPage=20&curPage=%d", page))
	}
	for i, code := range films.Codes() {
		if _, ok := films.Detail(code); ok && i%97 == 0 {
			ask(messages.KOBIS, messages.KindMovieDetail, code, "/movie/searchMovieInfo.json?key=k&movieCd="+code)
		}
	}
	for page := 1; page <= 2; page++ {
		ask(messages.KOBIS, messages.KindPeopleList, fmt.Sprintf("all.%d", page), fmt.Sprintf("/people/searchPeopleList.json?key=k&itemPerPage=20&curPage=%d", page))
	}
	for i, p := range films.People() {
		if i%4_000 == 0 {
			ask(messages.KOBIS, messages.KindPeopleDetail, p.Code, "/people/searchPeopleInfo.json?key=k&peopleCd="+p.Code)
		}
	}
	for _, day := range films.BoxOfficeDays()[:3] {
		ask(messages.KOBIS, messages.KindDailyBoxOffice, day, "/boxoffice/searchDailyBoxOfficeList.json?key=k&targetDt="+day)
	}
	for i, id := range movies.MovieIDs() {
		if i%100 == 0 {
			ask(messages.TMDB, messages.KindMovieDetail, strconv.Itoa(id), fmt.Sprintf("/3/movie/%d?language=ko-KR&append_to_response=%s,credits,release_dates", id, appended))
		}
	}
	for i, id := range movies.SeriesIDs() {
		if i%20 == 0 {
			ask(messages.TMDB, messages.KindSeriesDetail, strconv.Itoa(id), fmt.Sprintf("/3/tv/%d?language=ko-KR&append_to_response=%s,aggregate_credits,content_ratings,credits", id, appended))
		}
	}
	movies.AddSeries(simtmdb.Series{ID: 5, Original: "드라마", Seasons: 3, Episodes: 30, Cast: []simtmdb.Role{{Name: "가나다", Character: "라"}, {Name: "마바사"}}})
	for _, name := range []string{"가나다", "마바사"} {
		id := simtmdb.PersonID(name)
		ask(messages.TMDB, messages.KindPersonDetail, strconv.Itoa(id), fmt.Sprintf("/3/person/%d?language=ko-KR&append_to_response=external_ids,translations", id))
	}
	for season := 1; season <= 3; season++ {
		ask(messages.TMDB, messages.KindSeasonDetail, fmt.Sprintf("5.%d", season), fmt.Sprintf("/3/tv/5/season/%d?language=ko-KR&append_to_response=aggregate_credits,credits", season))
	}
	for i, title := range []string{"기생충", "사랑", "the"} {
		ask(messages.TMDB, messages.KindMovieSearch, fmt.Sprintf("2019000%d.ko", i), "/3/search/movie?language=ko-KR&query="+url.QueryEscape(title))
	}
	ask(messages.TMDB, messages.KindSeriesDiscover, "2021-01-01_2021-12-31.1", "/3/discover/tv?with_origin_country=KR&first_air_date.gte=2021-01-01&first_air_date.lte=2021-12-31&page=1")
	return s.Handler(), all
})

const appended = "translations,alternative_titles,external_ids,images,videos,keywords,watch/providers"

// asked is what a handler answers to a question.
func asked(t *testing.T, h http.Handler, q question) *httptest.ResponseRecorder {
	t.Helper()
	gone, cancel := context.WithCancel(t.Context())
	cancel() // nobody waits for what a source holds back
	request := httptest.NewRequestWithContext(gone, http.MethodGet, q.path, nil)
	request.Header.Set("Authorization", "Bearer t")
	answer := httptest.NewRecorder()
	func() {
		defer func() { _ = recover() }() // a connection that ends within a body
		h.ServeHTTP(answer, request)
	}()
	return answer
}

// spoiled asks a question of a source that is hostile, in the way of a seed.
func spoiled(t *testing.T, q question, seed uint64) *httptest.ResponseRecorder {
	t.Helper()
	handler, _ := source()
	h := hostile.New(handler, seed, 1)
	h.Mutate(func(messages.Name) bool { return true })
	return asked(t, h, q)
}

// reform gives values of a body other forms.
type reform struct {
	*rand.Rand
	odd int // how many values may become what the sources send in their place
}

func (r *reform) body(t *testing.T, body []byte) []byte {
	t.Helper()
	var root any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	require.NoError(t, decoder.Decode(&root), string(body))
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(r.value("", root)))
	return out.Bytes()
}

func (r *reform) value(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sorted(v) { // a seed must decide all of it
			v[name] = r.value(name, v[name])
		}
	case []any:
		for i := range v {
			v[i] = r.value(key, v[i])
		}
		if len(v) > 0 && r.isOdd() {
			return append([]any{v[0]}, v...)
		}
	case json.Number:
		return r.number(v)
	case string:
		if r.isOdd() {
			return r.oddText(key, v)
		}
		return r.text(key, v)
	}
	return v
}

// isOdd draws whether a value becomes something else.
func (r *reform) isOdd() bool {
	if r.odd == 0 || r.IntN(20) > 0 {
		return false
	}
	r.odd--
	return true
}

func sorted(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func one[T any](r *reform, from ...T) T { return from[r.IntN(len(from))] }

// number is the same number.
func (r *reform) number(n json.Number) any {
	text := n.String()
	if strings.ContainsAny(text, ".eE") {
		return one[any](r, n, text, " "+text)
	}
	return one[any](r, n, text, json.Number(text+".0"), json.Number(text+"e0"), text+".00", " "+text+"\n")
}

// days are fields with a day in them, counts those of KOBIS with a number.
var (
	days   = map[string]bool{"release_date": true, "first_air_date": true, "last_air_date": true, "air_date": true, "openDt": true}
	counts = map[string]bool{
		"showTm": true, "prdtYear": true, "rank": true, "rankInten": true, "salesAmt": true, "salesInten": true, "salesAcc": true,
		"audiCnt": true, "audiInten": true, "audiAcc": true, "scrnCnt": true, "showCnt": true,
	}
)

// text is a text that says the same.
func (r *reform) text(key, text string) any {
	switch {
	case days[key]:
		return r.day(text)
	case key == "showRange":
		first, last, _ := strings.Cut(text, "~")
		return one(r, text, text+" ", first+" ~ "+last, first+"000000~"+last)
	case key == "movieCd" || key == "companyCd":
		if n, err := strconv.Atoi(text); err == nil && text[0] != '0' {
			return one[any](r, text, text+" ", "\ufeff"+text, n, text+".0")
		}
		return one(r, text, " "+text, text+"\u200b")
	case counts[key]:
		if _, err := strconv.Atoi(text); err == nil {
			return one[any](r, text, text+".0", " "+text, json.Number(strings.TrimPrefix(text, "+")))
		}
	case strings.HasPrefix(key, "peopleNm") || key == "movieNm" || key == "name" || key == "title":
		return one(r, text, " "+text, text+"\u3164", "\u200b"+text)
	}
	return text
}

func (r *reform) day(text string) string {
	for _, layout := range []string{"20060102", time.DateOnly, "2006-01-02T15:04:05.000Z"} {
		if day, err := time.Parse(layout, text); err == nil {
			zone := time.FixedZone("", (r.IntN(27)-12)*3600)
			return one(r, text, day.Format("2006-01-02 15:04:05 UTC"), day.Format("2006.1.2"), day.In(zone).Format(time.RFC3339), day.Format(time.RFC1123), " "+text)
		}
	}
	return text
}

// oddText is what the sources send in the place of a text.
func (r *reform) oddText(key, text string) any {
	switch {
	case key == "iso_639_1" || key == "original_language":
		return one[any](r, "xx", "XX", "cn", nil, "", "xx-XX")
	case key == "iso_3166_1" || key == "origin_country":
		return one(r, "XX", "SU", "XC", "")
	case key == "movieCd" || key == "showRange" || key == "status_message":
		return text
	case days[key] || counts[key]:
		return one[any](r, "", "0", "00000000", "2019", "-", nil, "1993-07-17T03:00:00+09:00")
	}
	var long strings.Builder
	for range 900 {
		long.WriteRune('가' + r.Int32N(11172))
	}
	return one[any](r, long.String(), "\u3164", "\u115f\u200b\u2800", "Cut&copy", "&eacute;&amp;&#12539;", "", nil, "\u0000")
}
