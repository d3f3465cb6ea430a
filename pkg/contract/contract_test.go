package contract

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

func name(tail string) messages.Name {
	n, err := messages.ParseName(tail)
	if err != nil {
		panic(err)
	}
	return n
}

const (
	filmList   = "kobis.movie-list.all.1"
	film       = "kobis.movie-detail.20190324"
	day        = "kobis.daily-box-office.20250825"
	tmdbFilm   = "tmdb.movie-detail.496243"
	tmdbSeries = "tmdb.series-detail.93405"
	peopleList = "kobis.people-list.all.1"
	actor      = "kobis.people-detail.20066385"
	tmdbPerson = "tmdb.person-detail.21684"
	moved      = "tmdb.person-changes.2026-11-21.2"
	seasonTwo  = "tmdb.season-detail.93405.2"
	search     = "tmdb.movie-search.20190324.ko"
	discover   = "tmdb.series-discover.2024-01-01_2024-06-30.2"
	changed    = "tmdb.movie-changes.2026-11-21.1"
)

// films are an array of so many times an element.
func films(element string, n int) string {
	return "[" + strings.Repeat(element+",", n-1) + element + "]"
}

// verdicts are answers, what each is read as, and a part of the reason.
var verdicts = map[string]struct {
	tail, body string
	want       Verdict
	reason     string
}{
	"list":                       {filmList, `{"movieListResult":{"totCnt":1,"movieList":[{}]}}`, OK, ""},
	"list without films":         {filmList, `{"movieListResult":{"totCnt":1,"movieList":null}}`, OK, ""},
	"total as text":              {filmList, `{"movieListResult":{"totCnt":"95043.0"}}`, OK, ""},
	"total with an exponent":     {filmList, `{"movieListResult":{"totCnt":9.5043e4}}`, OK, ""},
	"total of KOBIS in 80 years": {filmList, `{"movieListResult":{"totCnt":500000}}`, OK, ""},
	"total of 20 million":        {filmList, `{"movieListResult":{"totCnt":20000000,"movieList":[{},{},{}]}}`, Breach, "its totCnt is 20000000, accepted is 0 to 500000"},
	"total of a million":         {filmList, `{"movieListResult":{"totCnt":"1000000","movieList":[{}]}}`, Breach, `its totCnt is "1000000"`},
	"total below nothing":        {filmList, `{"movieListResult":{"totCnt":-1}}`, Breach, "its totCnt is -1"},
	"total without an end":       {filmList, `{"movieListResult":{"totCnt":1e999999}}`, Breach, "its totCnt is 1e999999"},
	"total of a half":            {filmList, `{"movieListResult":{"totCnt":1.5}}`, Breach, "its totCnt is not a number: 1.5"},
	"total in words":             {filmList, `{"movieListResult":{"totCnt":"many"}}`, Breach, `its totCnt is not a number: "many"`},
	"no total":                   {filmList, `{"movieListResult":{"movieList":[]}}`, NoAnswer, "its totCnt is not a number"},
	"total null":                 {filmList, `{"movieListResult":{"totCnt":null}}`, NoAnswer, "its totCnt is not a number"},
	"total blank":                {filmList, `{"movieListResult":{"totCnt":" "}}`, NoAnswer, "its totCnt is not a number"},
	"films are an object":        {filmList, `{"movieListResult":{"totCnt":1,"movieList":{}}}`, NoAnswer, "its movieList is not a list"},
	"another operation":          {filmList, `{"movieInfoResult":{}}`, NoAnswer, "it has no movieListResult"},
	"later value counts":         {filmList, `{"movieListResult":{"totCnt":20000000,"totCnt":3}}`, OK, ""},
	"too many films":             {filmList, `{"movieListResult":{"totCnt":1,"movieList":` + films(`{}`, 20_001) + `}}`, Breach, "more than 20000 elements in movieListResult.movieList"},
	"many films":                 {filmList, `{"movieListResult":{"totCnt":1,"movieList":` + films(`{}`, 20_000) + `}}`, OK, ""},
	"too much in all":            {filmList, `{"movieListResult":{"totCnt":1,"movieList":` + films(`{"directors":[0,0,0,0,0,0,0,0,0,0]}`, 10_000) + `}}`, Breach, "more than 100000 elements in all"},

	"film":                      {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324"}}}`, OK, ""},
	"film in a wider code":      {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"\t20190324\u00a0"}}}`, OK, ""},
	"film as a number's text":   {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324.0"}}}`, OK, ""},
	"film behind a mark":        {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"\u200b20190324\ufeff"}}}`, OK, ""},
	"total with separators":     {filmList, `{"movieListResult":{"totCnt":"63,069"}}`, OK, ""},
	"total with odd separators": {filmList, `{"movieListResult":{"totCnt":"6,30"}}`, Breach, "its totCnt is not a number"},
	"box office in other words": {day, `{"boxOfficeResult":{"showRange":"2025-08-25 ~ 2025-08-25","dailyBoxOfficeList":[]}}`, OK, ""},
	"film as a number":          {film, `{"movieInfoResult":{"movieInfo":{"movieCd":2.0190324e7}}}`, OK, ""},
	"name in escapes":           {film, `{"\u006dovieInfoResult":{"movieInfo":{"movie\u0043d":"2019032\u0034"}}}`, OK, ""},
	"another film":              {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190325"}}}`, NoAnswer, `it is film "20190325", asked for was "20190324"`},
	"film without a code":       {film, `{"movieInfoResult":{"movieInfo":{"movieNm":"기생충"}}}`, NoAnswer, "no movieInfo with a movieCd"},
	"film with a blank code":    {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"","movieNm":"기생충"}}}`, NoAnswer, "no movieInfo with a movieCd"},
	"no film, blank":            {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"","movieNm":" ","actors":[]}}}`, NotFound, ""},
	"no film that is seen":      {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"\u3164\n","movieNm":"\u200b","x":"ㅤ"}}}`, NotFound, ""},
	"no film, null":             {film, `{"movieInfoResult":{"movieInfo":null}}`, NotFound, ""},
	"no film, missing":          {film, `{"movieInfoResult":{"source":"x"}}`, NotFound, ""},
	"film under another name":   {film, `{"movieInfoResult":{"movie":{"movieCd":"20190324"},"source":"x"}}`, NoAnswer, "tells something all the same"},
	"film in a list":            {film, `{"movieInfoResult":{"movieInfoList":[{"movieCd":"20190324","movieNm":"기생충"}]}}`, NoAnswer, "tells something"},
	"film besides an empty one": {film, `{"movieInfoResult":{"movieInfo":{"movieCd":""}},"movie":{"movieCd":"20190324"}}`, NoAnswer, "tells something"},
	"film and then null":        {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324","movieNm":"기생충"},"movieInfo":null}}`, NoAnswer, "is in it twice"},
	"film and then nothing":     {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324"}},"movieInfoResult":{"movieInfo":{}}}`, NoAnswer, "is in it twice"},
	"null and then a film":      {film, `{"movieInfoResult":{"movieInfo":null,"movieInfo":{"movieCd":"20190324"}}}`, OK, ""},
	"films and then null":       {filmList, `{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"20190324"}],"movieList":null}}`, NoAnswer, "is in it twice"},
	"results and then none":     {search, `{"page":1,"results":[{"id":1}],"results":[]}`, NoAnswer, "is in it twice"},
	"no film, and its source":   {film, `{"movieInfoResult":{"source":"x","movieInfo":{"movieCd":""},"source":"x"}}`, NotFound, ""},
	"film is a text":            {film, `{"movieInfoResult":{"movieInfo":"기생충"}}`, NoAnswer, "no movieInfo with a movieCd"},
	"actors without an end":     {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324","actors":` + films(`{}`, 10_001) + `}}}`, Breach, "movieInfoResult.movieInfo.actors"},
	"code after the bound":      {film, `{"movieInfoResult":{"movieInfo":{"staffs":` + films(`0`, 10_001) + `,"movieCd":"20190324"}}}`, Breach, "movieInfoResult.movieInfo.staffs"},
	"another film, and large":   {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190325","staffs":` + films(`0`, 10_001) + `}}}`, NoAnswer, "it is film"},
	"directors without an end":  {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324","directors":` + films(`{}`, 1_001) + `}}}`, Breach, "more than 1000 elements"},
	"box office":                {day, `{"boxOfficeResult":{"showRange":"20250825~20250825","dailyBoxOfficeList":[]}}`, OK, ""},
	"box office of no day":      {day, `{"boxOfficeResult":{"dailyBoxOfficeList":[]}}`, OK, ""},
	"box office of another":     {day, `{"boxOfficeResult":{"showRange":"20250824~20250824","dailyBoxOfficeList":[]}}`, NoAnswer, "for the days"},
	"box office without list":   {day, `{"boxOfficeResult":{"showRange":"20250825~20250825"}}`, NoAnswer, "no dailyBoxOfficeList"},
	"box office without an end": {day, `{"boxOfficeResult":{"dailyBoxOfficeList":` + films(`{}`, 1_001) + `}}`, Breach, "more than 1000 elements"},

	"TMDB film":               {tmdbFilm, `{"id":496243}`, OK, ""},
	"TMDB film as text":       {tmdbFilm, `{"id":" 4.96243e5 "}`, OK, ""},
	"TMDB series":             {tmdbSeries, `{"id":93405.0}`, OK, ""},
	"a page of people":        {peopleList, `{"peopleListResult":{"totCnt":254000,"peopleList":[{"peopleCd":"20066385","peopleNm":"이상용"}],"source":"s"}}`, OK, ""},
	"no people":               {peopleList, `{"peopleListResult":{"totCnt":0,"source":"s"}}`, OK, ""},
	"people without a total":  {peopleList, `{"peopleListResult":{"peopleList":[]}}`, NoAnswer, "its totCnt is not a number"},
	"films in place of them":  {peopleList, `{"movieListResult":{"totCnt":1,"movieList":[]}}`, NoAnswer, "it has no peopleListResult"},
	"people that are no list": {peopleList, `{"peopleListResult":{"totCnt":1,"peopleList":{"peopleCd":"20066385"}}}`, NoAnswer, "its peopleList is not a list"},
	"more people than live":   {peopleList, `{"peopleListResult":{"totCnt":2000001,"peopleList":[]}}`, Breach, "its totCnt is 2000001, accepted is 0 to 2000000"},
	"people without an end":   {peopleList, `{"peopleListResult":{"totCnt":1,"peopleList":` + films(`{}`, 20_001) + `}}`, Breach, "more than 20000 elements in peopleListResult.peopleList"},
	"a person":                {actor, `{"peopleInfoResult":{"peopleInfo":{"peopleCd":" 20066385.0 ","peopleNm":"이상용","filmos":[{"movieCd":"2023C109","moviePartNm":"감독"}]},"source":"s"}}`, OK, ""},
	"another person":          {actor, `{"peopleInfoResult":{"peopleInfo":{"peopleCd":"20066386","peopleNm":"이상용"}}}`, NoAnswer, `it is person "20066386", asked for was "20066385"`},
	"a film for a person":     {actor, `{"movieInfoResult":{"movieInfo":{"movieCd":"20066385"}}}`, NoAnswer, "it has no peopleInfo"},
	"no such person":          {actor, `{"peopleInfoResult":{"source":"영화진흥위원회"}}`, NotFound, ""},
	"no such person, empty":   {actor, `{"peopleInfoResult":{"peopleInfo":{},"source":"영화진흥위원회"}}`, NotFound, ""},
	"a person without a code": {actor, `{"peopleInfoResult":{"peopleInfo":{"peopleNm":"이상용"}}}`, NoAnswer, "it has no peopleInfo with a peopleCd"},
	"films without an end":    {actor, `{"peopleInfoResult":{"peopleInfo":{"peopleCd":"20066385","filmos":` + films(`{}`, 10_001) + `}}}`, Breach, "more than 10000 elements in peopleInfoResult.peopleInfo.filmos"},
	"TMDB person":             {tmdbPerson, `{"id":21684,"name":"봉준호","also_known_as":null}`, OK, ""},
	"another TMDB person":     {tmdbPerson, `{"id":1,"name":"봉준호"}`, NoAnswer, "it is id 1, asked for was 21684"},
	"a merged TMDB person":    {tmdbPerson, `{"success":false,"status_code":34,"status_message":"The resource you requested could not be found."}`, Fault, "34"},
	"changed people":          {moved, `{"results":[{"id":1,"adult":null}],"page":2,"total_pages":53,"total_results":5292}`, OK, ""},
	"another page of people":  {moved, `{"results":[],"page":1}`, NoAnswer, "it is page 1, not page 2"},
	"TMDB season":             {seasonTwo, `{"id":9,"season_number":"2","episodes":[{"show_id":93405},{"show_id":93405}]}`, OK, ""},
	"a season of none yet":    {seasonTwo, `{"id":9,"season_number":2,"episodes":[]}`, OK, ""},
	"another season":          {seasonTwo, `{"id":93405,"season_number":1}`, NoAnswer, "it is season 1, asked for was 2"},
	"another series' season":  {seasonTwo, `{"id":9,"season_number":2,"episodes":[{"show_id":1399}]}`, NoAnswer, "it is of series 1399, asked for was 93405"},
	"a season without number": {seasonTwo, `{"id":93405,"name":"2"}`, NoAnswer, "it has no season_number"},
	"half a season":           {seasonTwo, `{"season_number":1.5}`, NoAnswer, "its season_number is 1.5"},
	"guests without an end":   {seasonTwo, `{"season_number":2,"episodes":[{"guest_stars":` + films(`{}`, 10_001) + `}]}`, Breach, "more than 10000 elements in episodes.guest_stars"},
	"another TMDB film":       {tmdbFilm, `{"id":496244}`, NoAnswer, "it is id 496244, asked for was 496243"},
	"an id beyond all":        {tmdbFilm, `{"id":5000000000}`, NoAnswer, "its id is 5000000000"},
	"no id":                   {tmdbFilm, `{"title":"기생충"}`, NoAnswer, "it has no id"},
	"a cast without an end":   {tmdbFilm, `{"id":496243,"credits":{"cast":` + films(`{}`, 10_001) + `}}`, Breach, "more than 10000 elements in credits.cast"},
	"deep":                    {tmdbFilm, `{"id":496243,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, Breach, "deeper than 100"},
	"deep and another":        {tmdbFilm, `{"id":1,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, NoAnswer, "it is id 1"},
	"deeper than is read":     {tmdbFilm, strings.Repeat("[", 1_000_000), NoAnswer, "max depth"},
	"search":                  {search, `{"page":3,"results":[],"total_results":0}`, OK, ""},
	"page":                    {discover, `{"page":"2","results":[],"total_pages":2.0,"total_results":"21"}`, OK, ""},
	"another page":            {discover, `{"page":1,"results":[]}`, NoAnswer, "it is page 1, not page 2"},
	"half a page":             {discover, `{"page":2.5,"results":[]}`, NoAnswer, "its page is 2.5"},
	"no page":                 {discover, `{"results":[]}`, NoAnswer, "it has no page"},
	"no results":              {discover, `{"page":2,"results":{}}`, NoAnswer, "it has no results"},
	"pages without an end":    {discover, `{"page":2,"results":[],"total_pages":2147483647}`, Breach, "its total_pages is 2147483647"},
	"pages below nothing":     {discover, `{"page":2,"results":[],"total_pages":-1}`, Breach, "its total_pages is -1"},
	"changes":                 {changed, `{"page":1,"results":[{"id":5000000000},{"id":"x"}],"total_pages":1}`, OK, ""},
	"changes of 1.5 pages":    {changed, `{"page":1,"results":[],"total_pages":1.5}`, Breach, "its total_pages is not a number: 1.5"},
	"changes of [] pages":     {changed, `{"page":1,"results":[],"total_pages":[]}`, Breach, "its total_pages is not a number: []"},
	"changes of unknown size": {changed, `{"page":1,"results":[],"total_pages":null}`, OK, ""},
	"results without an end":  {search, `{"page":1,"results":` + films(`{}`, 1_001) + `}`, Breach, "more than 1000 elements in results"},

	"nothing":      {tmdbFilm, " \n", NoAnswer, "the body is empty"},
	"HTML":         {tmdbFilm, "\n<html>", NoAnswer, "a page of HTML"},
	"broken off":   {tmdbFilm, `{"id":496243,"title":"\u00`, NoAnswer, "the JSON breaks off after 26 bytes"},
	"no JSON":      {tmdbFilm, `{"id":496243,}`, NoAnswer, "not JSON from byte 13 on"},
	"two answers":  {tmdbFilm, `{"id":496243}{}`, NoAnswer, "not JSON from byte 13 on"},
	"a bad escape": {tmdbFilm, `{"id":496243,"title":"\x41"}`, NoAnswer, "not JSON from byte 22 on"},
	"a list":       {tmdbFilm, `[{"id":496243}]`, NoAnswer, "it has no id"},
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	for what, c := range verdicts {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			answer := Read(name(c.tail), []byte(c.body))
			require.Equal(t, c.want, answer.Verdict, answer.Reason)
			require.Contains(t, answer.Reason, c.reason)
			require.Equal(t, c.reason == "", answer.Reason == "")
			require.Empty(t, answer.Repaired)
			require.Equal(t, c.body, string(answer.Body))
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for body, c := range map[string]struct{ tail, code, message string }{
		`{"faultInfo":{"message":"날짜\u001b[31m","errorCode":"320103"}}`:       {film, "320103", "날짜[31m"},
		`{"faultInfo":{"errorCode":320011.0},"movieListResult":{"totCnt":0}}`: {filmList, "320011", ""},
		`{"faultInfo":{"errorCode":" 320011\n"}}`:                             {day, "320011", ""},
		// The code decides, in whatever form and wherever it stands.
		`{"faultInfo":{"errorCode":"320011.0"}}`:                   {film, "320011", ""},
		`{"faultInfo":[{"errorCode":"320010","message":"m"}]}`:     {film, "320010", "m"},
		`{"faultInfo":320011}`:                                     {filmList, "320011", ""},
		`{"faultInfo":"320011"}`:                                   {filmList, "320011", ""},
		`{"errorCode":"320011","message":"m"}`:                     {day, "320011", "m"},
		`{"movieListResult":{"faultInfo":{"errorCode":"320011"}}}`: {filmList, "320011", ""},
		`{"movieInfoResult":{"errorCode":320010}}`:                 {film, "320010", ""},
		`<?xml version="1.0"?><faultInfo><message>m</message><errorCode>320011</errorCode></faultInfo>`: {film, "320011", "m"},
		"\n<faultInfo><message><![CDATA[ m\x1b]]></message><errorCode> 320010 </errorCode></faultInfo>": {day, "320010", "m"},
		`{"success":0,"status_code":34}`:                                          {tmdbFilm, "34", ""},
		`{"errors":["query must be provided"]}`:                                   {search, "", `["query must be provided"]`},
		`{"success":false,"status_code":34.0,"id":496243,"results":[]}`:           {tmdbFilm, "34", ""},
		`{"faultInfo":{}}`:                                                        {film, "", ""},
		`{"faultInfo":"x"}`:                                                       {film, "", ""},
		`{"success":false,"status_code":34,"status_message":"a\nb"}`:              {tmdbFilm, "34", "a b"},
		`{"success":"False","status_code":"34"}`:                                  {tmdbFilm, "34", ""},
		`{"status_code":7}`:                                                       {search, "7", ""},
		`{"success":false,"id":496243,"page":1,"results":[]}`:                     {tmdbFilm, "", ""},
		`{"status_code":7,"status_message":"` + strings.Repeat("가", 1_000) + `"}`: {changed, "7", `"` + strings.Repeat("가", 99) + "…"},
	} {
		answer := Read(name(c.tail), []byte(body))
		require.Equal(t, Fault, answer.Verdict, body)
		require.Equal(t, c.code, answer.Code, body)
		require.Equal(t, c.message, answer.Message, body)
		require.NotEmpty(t, answer.Reason)
	}
	for body, tail := range map[string]string{
		`{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"20190324"}]},"errorCode":"320010"}`: filmList,
		`{"faultInfo":"","movieListResult":{"totCnt":0}}`:                                            filmList, `{"faultInfo":{},"movieListResult":{"totCnt":0}}`: filmList,
		`{"errorCode":"0","movieListResult":{"totCnt":0}}`: filmList, `{"errorCode":"OK","message":"m","movieInfoResult":{"movieInfo":{"movieCd":"20190324"}}}`: film,
		// An entity with its name is one, and rows are, whatever is said beside them.
		`{"success":false,"status_code":34,"id":496243,"title":"기생충"}`:                                              tmdbFilm,
		`{"id":496243,"title":null,"original_title":"기생충","success":"false","status_code":7}`:                       tmdbFilm,
		`{"success":0,"id":93405,"name":"오징어 게임","status_code":6}`:                                                  tmdbSeries,
		`{"success":false,"status_code":34,"page":1,"results":[{"id":1}]}`:                                          search,
		`{"faultInfo":{"errorCode":"0"},"movieInfoResult":{"movieInfo":{"movieCd":"20190324","movieNm":"기생충"}}}`:    film,
		`{"faultInfo":{"errorCode":"320011"},"movieInfoResult":{"movieInfo":{"movieCd":"20190324","movieNm":"t"}}}`: film,
		`{"faultInfo":{"errorCode":0,"message":"ok"},"movieListResult":{"totCnt":0}}`:                               filmList,
		`{"faultInfo":{"errorCode":"0"},"boxOfficeResult":{"dailyBoxOfficeList":[]}}`:                               day,
		`{"faultInfo":"x","movieListResult":{"totCnt":1,"movieList":[{"movieCd":"20190324"}]}}`:                     filmList,
		`{"id":496243,"errors":[]}`: tmdbFilm, `{"id":496243,"errors":["x"],"status_code":1}`: tmdbFilm, `{"id":496243,"status_code":1,"success":true}`: tmdbFilm,
	} {
		require.Equal(t, OK, Read(name(tail), []byte(body)).Verdict, body)
	}
	// What is said of another entity is none of this one's.
	for body, tail := range map[string]string{
		`{"success":false,"status_code":34,"id":496244,"title":"t"}`:                                           tmdbFilm,
		`{"faultInfo":{"errorCode":"0"},"movieInfoResult":{"movieInfo":{"movieCd":"20190325","movieNm":"t"}}}`: film,
		`{"success":false,"status_code":22,"page":1,"results":[{"id":1}]}`:                                     discover,
	} {
		require.Equal(t, NoAnswer, Read(name(tail), []byte(body)).Verdict, body)
	}
	large := "<faultInfo><message>" + strings.Repeat("x", longestMarkup) + "</message><errorCode>320011</errorCode></faultInfo>"
	for _, page := range []string{large, "<html>320011</html>", "<html><errorCode>320011</errorCode></html>", "<faultInfo><errorCode>?</errorCode></faultInfo>", "<faultInfo/>"} {
		require.Equal(t, NoAnswer, Read(name(film), []byte(page)).Verdict, page)
	}
	require.Equal(t, OK, Read(name(film), []byte(`{"faultInfo":null,"movieInfoResult":{"movieInfo":{"movieCd":"20190324"}}}`)).Verdict)
}

// A mark of byte order is not part of the text, and one alone no text.
func TestAMarkOfByteOrderIsTold(t *testing.T) {
	t.Parallel()
	answer := Read(name(film), []byte("\ufeff"+`{"movieInfoResult":{"movieInfo":{"movieCd":"20190324"}}}`))
	require.Equal(t, OK, answer.Verdict, answer.Reason)
	require.True(t, answer.Marked)
	require.Equal(t, byte('{'), answer.Body[0])
	require.Equal(t, NoAnswer, Read(name(film), []byte("\ufeff")).Verdict)
}

// What is refused costs no memory in proportion to it: brackets without an end, which
// would fill the stack, and texts of megabytes where a code or a number is looked for.
func TestWhatIsRefusedIsNotHeld(t *testing.T) { // beside no other test: the memory of all is counted
	long := strings.Repeat("1", 8<<20)
	for what, c := range map[string]struct{ tail, body string }{
		"brackets": {tmdbFilm, strings.Repeat("[", messages.MaxBody)},
		"a code":   {film, `{"movieInfoResult":{"movieInfo":{"movieCd":"` + long + `"}}}`},
		"a total":  {filmList, `{"movieListResult":{"totCnt":` + long + `}}`},
		"a fault":  {film, `{"errorCode":"` + long + `"}`},
		"markup":   {film, "<faultInfo><message>" + strings.Repeat("x ", 4<<20) + "</message><errorCode>1</errorCode></faultInfo>"},
	} {
		body := []byte(c.body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		answer := Read(name(c.tail), body)
		runtime.ReadMemStats(&after)
		require.Contains(t, []Verdict{NoAnswer, Breach}, answer.Verdict, what)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20), what)
		require.Less(t, after.StackInuse, uint64(64<<20), what)
	}
}

func TestRepair(t *testing.T) {
	t.Parallel()
	const list = `{"movieListResult":{"totCnt":2,"movieList":[{"movieCd":"20190001"},{"movieCd":"20190002","movieNm":"%"}]}}`
	for text, want := range map[string]string{
		"a\xb0\xa1b": "a\uFFFD\uFFFDb", "a\\u0000b": "ab", `a\ud83db`: `a\ufffdb`, `\ude00\ud83d`: `\ufffd\ufffd`, `\ud83d\u0041`: `\ufffd\u0041`,
		"a\tb\nc\rd": `a\tb\nc\rd`, "a\x00\x1b[0m": "a[0m", `a\u001b\b\f`: "a", "\xed\xa0\x80": "\uFFFD\uFFFD\uFFFD",
		"a\x7f\u0085b": "ab", `a\u007f\u009Bb`: "ab",
	} {
		answer := Read(name(filmList), []byte(strings.ReplaceAll(list, "%", text)))
		require.Equal(t, OK, answer.Verdict, "%q: %s", text, answer.Reason)
		require.Equal(t, strings.ReplaceAll(list, "%", want), string(answer.Body))
		require.Equal(t, []Repair{{"movieListResult.movieList.movieNm", 1}}, answer.Repaired, "%q", text)
	}
	for _, text := range []string{`\ud83d\ude00`, `\uD83D\uDE00`, `\t\n\r\"\/\\`, `\u0009`, "😀"} {
		answer := Read(name(filmList), []byte(strings.ReplaceAll(list, "%", text)))
		require.Equal(t, OK, answer.Verdict)
		require.Empty(t, answer.Repaired, text)
		require.Equal(t, strings.ReplaceAll(list, "%", text), string(answer.Body))
	}
}

func TestWhatIsWorseThanSlightIsNoAnswer(t *testing.T) {
	t.Parallel()
	for body, reason := range map[string]string{
		`{"id":496243,"title":"` + strings.Repeat("\xb0", 8) + `"}`:    "",
		`{"id":496243,"title":"` + strings.Repeat("\xb0", 9) + `"}`:    "9 bytes are none, at most 8",
		`{"id":496243,"release_date":"2019-05-3` + "\xb0" + `"}`:       "a code, an id or a date",
		`{"id":496243,"credits":{"cast":[{"id":"` + "\xb0" + `"}]}}`:   "a code, an id or a date",
		`{"id":496243,"x":` + films(`"\u0000"`, 10_000) + `}`:          "",
		`{"id":496243` + strings.Repeat(`,"x":"\u0000"`, 10_000) + `}`: "",
		`{"id":496243` + uniques(1_001) + `}`:                          "more than 1000 fields",
	} {
		answer := Read(name(tmdbFilm), []byte(body))
		require.Equal(t, reason == "", answer.Verdict == OK, answer.Reason)
		require.Contains(t, answer.Reason, reason)
	}
	answer := Read(name(filmList), []byte(`{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"2019000`+"\xb0"+`"}]}}`))
	require.Equal(t, NoAnswer, answer.Verdict)
}

// uniques are so many fields with a control character in each.
func uniques(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"` + strings.Repeat("a", i%40) + strings.Repeat("b", i/40) + `":"\u0000"`)
	}
	return b.String()
}

func TestInt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{
		"0": 0, "-0": 0, "12.000": 12, "1.2e1": 12, "120e-1": 12, "0e999999999999": 0, "+7": 7, "-1E3": -1000, "00012": 12,
		"1,234": 1234, "-12,345,678.00": -12345678, "9223372036854775807": 1<<63 - 1, "-9223372036854775808": -1 << 63, "12.": 12,
	} {
		n, err := Int(text)
		require.NoError(t, err, text)
		require.Equal(t, want, n, text)
	}
	n, err := Int(" 12\n")
	require.NoError(t, err)
	require.EqualValues(t, 12, n)
	for text, want := range map[string]error{
		"": ErrNumber, "x": ErrNumber, "1.5": ErrNumber, "1e": ErrNumber, "1e-1": ErrNumber, ".5": ErrNumber, "1e1e1": ErrNumber, "0x10": ErrNumber, "1_0": ErrNumber,
		"1,23": ErrNumber, ",123": ErrNumber, "1234,567": ErrNumber, "--1": ErrNumber, "１": ErrNumber, "9223372036854775808": ErrRange, "1e19": ErrRange, "1e99999999999999999999": ErrRange, "1e-99999999999999999999": ErrNumber,
		strings.Repeat("1", 100_000): ErrRange, strings.Repeat("0", longestNumber) + "7": ErrRange,
	} {
		_, err := Int(text)
		require.ErrorIs(t, err, want, text)
	}
}

func TestCodes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"20190324": "20190324", "2023C109": "2023C109", "\t20190324\t": "20190324", "\u300020190324\n": "20190324", "\ufeff2023C109\u200b": "2023C109",
		"20190324.0": "20190324", "2.0190324e7": "20190324", "2019E004": "2019E004",
		"\u316420190324\u2800": "20190324", "20190324\ufe0f\uffa0": "20190324",
	} {
		code, ok := MovieCd(text)
		require.True(t, ok, text)
		require.Equal(t, want, code)
	}
	for _, text := range []string{"", "2019 0324", "2019.324", "２０１９０３２４", "2019032", "201903240", "2023c109", "2019\u200b324", strings.Repeat("A", 5_000), "2019032*", "2019\x00324", "20190324.5", "020190324", "2019e4"} {
		_, ok := MovieCd(text)
		require.False(t, ok, text)
	}
	for text, want := range map[string]bool{"20100355": true, "100355": true, "": false, "a": false, strings.Repeat("1", 17): false} {
		_, ok := CompanyCd(text)
		require.Equal(t, want, ok, text)
	}
	for text, want := range map[string]bool{"1": true, "2147483647": true, "2147483648": false, "5000000000": false, "0": false, "-1": false, "1.5": false, "x": false} {
		_, ok := TmdbID(text)
		require.Equal(t, want, ok, text)
	}
}

// What is read is what encoding/json reads, and what is repaired is JSON for
// everybody.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"20190324"}]}}`, `{"movieInfoResult":{"movieInfo":{"movieCd":"20190324"}}}`,
		`{"id":496243,"a":[1.5e-3,true,false,null,"\ud83d\ude00\u0000\ud800"]}`, "{\"page\":1,\"results\":[\"\xb0\x01\"]}", `{"success":false}`, `-0.1E+2 `, `[[[]]`, `"\u00`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		generic := Read(messages.Name{}, body)
		if json.Valid(body) {
			require.True(t, generic.Verdict == OK || generic.Verdict == Breach || !utf8.Valid(body) || len(generic.Repaired) > mostRepairs, generic.Reason)
		}
		if generic.Verdict == OK {
			require.True(t, json.Valid(generic.Body), "%q", generic.Body)
			require.True(t, utf8.Valid(generic.Body))
			again := Read(messages.Name{}, generic.Body)
			require.Equal(t, OK, again.Verdict)
			require.Empty(t, again.Repaired, "%q", generic.Body)
		}
		for _, tail := range []string{filmList, film, day, tmdbFilm, search, discover, changed} {
			answer := Read(name(tail), body)
			require.Equal(t, answer.Verdict == OK || answer.Verdict == NotFound, answer.Reason == "")
			require.Equal(t, answer.Reason, quotableLine(answer.Reason))
			if answer.Verdict == OK {
				require.True(t, json.Valid(answer.Body))
			}
		}
	})
}

func quotableLine(s string) string {
	return strings.Join(strings.Fields(strings.Map(visible, strings.ToValidUTF8(s, ""))), " ")
}
