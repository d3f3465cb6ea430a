package decode

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// A code that is none costs its row alone and never becomes a key.
func TestARowCostsOnlyItself(t *testing.T) {
	t.Parallel()
	for code, problem := range map[string]string{
		`"2019 0324"`: NotACode, `"2019.324"`: NotACode, `"２０１９０３２４"`: NotACode, `"` + strings.Repeat("A", 5_000) + `"`: TooLong, `"2023c109"`: NotACode,
		`"2019\u200b324"`: NotACode, `""`: MissingKey, `null`: MissingKey, `{}`: WrongShape, `20190.324`: NotACode, `true`: NotACode,
	} {
		row := strings.ReplaceAll(`{"rank":"1","movieCd":%,"movieNm":"b"}`, "%", code)
		list, findings, err := Payload(kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":3,"movieList":[{"movieCd":" 20190001 "},`+row+`,{"movieCd":20190003}]}}`))
		require.NoError(t, err, code)
		require.Equal(t, []string{"20190001", "20190003"}, list.KobisListPages[0].MovieCds, code)
		require.Len(t, list.KobisMovies, 2)
		require.Positive(t, findings.Notes[Note{"movieCd", problem}], "%s: %v", code, findings.Notes)
		day, findings, err := Payload(kobis(messages.KindDailyBoxOffice, "20190530", `{"boxOfficeResult":{"dailyBoxOfficeList":[`+row+`,{"movieCd":"2019000A","rank":"2"}]}}`))
		require.NoError(t, err, code)
		require.Len(t, day.KobisBoxOffice, 1, code)
		require.Positive(t, findings.Notes[Note{"movieCd", problem}])
	}
	for _, id := range []string{`5000000000`, `1.5`, `"x"`, `0`, `-1`, `null`, `[]`, `1e999999`, strings.Repeat("9", 1_000_000)} {
		body := `{"page":1,"results":[{"id":7},{"id":` + id + `},{"id":"8.0"}]}`
		search, _, err := Payload(tmdb(messages.KindMovieSearch, "20190001.ko", body))
		require.NoError(t, err)
		require.Len(t, search.TmdbSearches[0].Candidates, 2)
		discover, findings, err := Payload(tmdb(messages.KindSeriesDiscover, "2021-01-01_2021-12-31.1", body))
		require.NoError(t, err)
		require.Equal(t, []int32{7, 8}, discover.TmdbDiscoverPages[0].SeriesIDs)
		require.Equal(t, 1, findings.Notes[Note{"results.id", MissingKey}])
	}
}

func TestACompanyWithoutACodeOfOne(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, kobis(messages.KindMovieDetail, "20190001", `{"movieInfoResult":{"movieInfo":{"movieCd":"20190001",
		"companys":[{"companyCd":"`+strings.Repeat("1", 1_000)+`","companyNm":"a"},{"companyCd":" 20100355 ","companyNm":"b"}]}}}`))
	require.Equal(t, map[Note]int{{"companys.companyCd", NotACode}: 1}, notes)
	require.Len(t, facts.KobisMovieDetails[0].Companies, 2)
	require.Len(t, facts.KobisCompanies, 1)
	require.Equal(t, "20100355", facts.KobisCompanies[0].Code)
}

func TestBreachesAreToldApart(t *testing.T) {
	t.Parallel()
	for _, p := range []messages.Payload{
		kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":20000000,"movieList":[{"movieCd":"20190001"}]}}`),
		tmdb(messages.KindMovieChanges, "2026-11-21.1", `{"page":1,"total_pages":1.5,"results":[]}`),
	} {
		_, _, err := Payload(p)
		require.ErrorIs(t, err, ErrUnreadable)
		require.ErrorIs(t, err, ErrBreach)
	}
	_, _, err := Payload(kobis(messages.KindMovieList, "all.1", `<html>`))
	require.NotErrorIs(t, err, ErrBreach)
}

// fullFilm is a detail with all fields.
const fullFilm = `{"movieInfoResult":{"movieInfo":{"movieCd":"20190001","movieNm":"a","movieNmEn":"","movieNmOg":"","showTm":"90","prdtYear":"2019","openDt":"20190530","prdtStatNm":"",
	"typeNm":"","nations":[],"genres":[],"directors":[{"peopleNm":"d","peopleNmEn":""}],"actors":[],"showTypes":[],"companys":[],"audits":[],"staffs":[{"peopleNm":"s","peopleNmEn":"","staffRoleNm":""}]}}}`

func TestGaps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     []Gap
	}{
		"none":                      {"", "", nil},
		"missing":                   {`"showTm":"90",`, ``, []Gap{{"20190001", "showTm", Missing}}},
		"null":                      {`"actors":[]`, `"actors":null`, []Gap{{"20190001", "actors", Missing}}},
		"no number":                 {`"90"`, `"long"`, []Gap{{"20190001", "showTm", Unreadable}}},
		"no date":                   {`"20190530"`, `"20190532"`, []Gap{{"20190001", "openDt", Unreadable}}},
		"an object for a text":      {`"movieNm":"a"`, `"movieNm":{"ko":"a"}`, []Gap{{"20190001", "movieNm", Unreadable}}},
		"an object for a list":      {`[{"peopleNm":"d","peopleNmEn":""}]`, `{"peopleNm":"d"}`, []Gap{{"20190001", "directors", Unreadable}}},
		"a text for a list":         {`"genres":[]`, `"genres":""`, []Gap{{"20190001", "genres", Unreadable}}},
		"a text among objects":      {`"actors":[]`, `"actors":["x"]`, []Gap{{"20190001", "actors", Unreadable}}},
		"a list for a name":         {`"peopleNm":"d"`, `"peopleNm":["d"]`, []Gap{{"20190001", "directors", Unreadable}}},
		"a name too long":           {`"peopleNm":"d"`, `"peopleNm":"` + strings.Repeat("d", 2_049) + `"`, nil},
		"a title too long to keep":  {`"movieNm":"a"`, `"movieNm":"` + strings.Repeat("d", 2_049) + `"`, []Gap{{"20190001", "movieNm", Repaired}}},
		"a title too long":          {`"movieNm":"a"`, `"movieNm":"` + strings.Repeat("[", 1<<20) + `"`, []Gap{{"20190001", "movieNm", Unreadable}}},
		"repaired":                  {`"movieNm":"a"`, "\"movieNm\":\"a\xb0\"", []Gap{{"20190001", "movieNm", Repaired}}},
		"repaired deeper":           {`"peopleNm":"s"`, `"peopleNm":"s\ud800"`, []Gap{{"20190001", "staffs", Repaired}}},
		"repaired of no field":      {`{"movieInfoResult"`, `{"x":"\u0000","movieInfoResult"`, nil},
		"a number for a text":       {`"20190530"`, `20190530`, nil},
		"a missing field in a list": {`,"staffRoleNm":""`, ``, nil},
		"an unknown field":          {`"genres"`, `"x":{},"genres"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, findings, err := Payload(kobis(messages.KindMovieDetail, "20190001", strings.Replace(fullFilm, c.old, c.new, 1)))
			require.NoError(t, err)
			require.Equal(t, c.want, findings.Gaps)
			require.Equal(t, strings.HasPrefix(name, "repaired"), findings.Repaired != nil)
		})
	}
}

func TestGapsOfTmdbStandAtTheOutermostField(t *testing.T) {
	t.Parallel()
	gaps := func(p messages.Payload) map[string]Why {
		_, findings, err := Payload(p)
		require.NoError(t, err)
		all := make(map[string]Why)
		for _, gap := range findings.Gaps {
			require.Equal(t, p.Key, gap.Entity)
			all[gap.Field] = gap.Why
		}
		return all
	}
	film := gaps(tmdb(messages.KindMovieDetail, "7", `{"id":7.0,"title":"t","runtime":"long","images":{"posters":[]},"credits":{"cast":[{"name":{}}],"crew":[]},"release_dates":{"results":{}},"overview":null}`))
	require.Equal(t, Unreadable, film["runtime"])
	require.Equal(t, Missing, film["images"], "no backdrops")
	require.Equal(t, Unreadable, film["credits"])
	require.Equal(t, Unreadable, film["release_dates"])
	require.Equal(t, Missing, film["keywords"])
	require.NotContains(t, film, "overview", "null is one of its types")
	require.NotContains(t, film, "title")
	series := gaps(tmdb(messages.KindSeriesDetail, "7", `{"id":7,"name":"t\u0000","aggregate_credits":{"cast":[{"name":"a","roles":[{"character":{}}]}],"crew":[]}}`))
	require.Equal(t, Repaired, series["name"])
	require.Equal(t, Unreadable, series["aggregate_credits"])
}

func TestGapsOfRowsAreTheirs(t *testing.T) {
	t.Parallel()
	row := listBody[strings.Index(listBody, `{"movieCd"`) : len(listBody)-len("]}}")]
	rows := []string{
		strings.Replace(row, "20209343", "20190001", 1), `{"movieCd":"x","movieNm":"\u0000"}`,
		strings.NewReplacer("20209343", "20190002", `"20220720"`, `"2022"`, "Alienoid", "\xffAlienoid", `"nationAlt":"한국",`, "").Replace(row),
	}
	_, findings, err := Payload(kobis(messages.KindMovieList, "all.1", fmt.Sprintf(`{"movieListResult":{"totCnt":3,"movieList":[%s]}}`, strings.Join(rows, ","))))
	require.NoError(t, err)
	require.Equal(t, []Gap{{"20190002", "movieNmEn", Repaired}, {"20190002", "nationAlt", Missing}, {"20190002", "openDt", Unreadable}}, findings.Gaps)
}

// What a contract refuses is refused before anything is allocated for it, whatever
// its size. Not beside other tests, whose memory would count.
func TestABombIsRefusedBeforeItIsDecoded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	for _, size := range []int{1 << 20, messages.MaxBody} {
		for _, c := range []struct {
			p       messages.Payload
			element string
		}{
			{tmdb(messages.KindMovieDetail, "7", `{"id":7,"title":"t","credits":{"cast":[%]}}`), `{}`},
			{tmdb(messages.KindMovieDetail, "7", `{"id":7,"images":{"posters":[%]}}`), `0`},
			{tmdb(messages.KindMovieSearch, "20190001.ko", `{"page":1,"results":[%]}`), `{}`},
			{tmdb(messages.KindMovieChanges, "2026-11-21.1", `{"page":1,"results":[%]}`), `{}`},
			{kobis(messages.KindMovieDetail, "20190001", `{"movieInfoResult":{"movieInfo":{"movieCd":"20190001","actors":[%]}}}`), `{}`},
			{kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"movieList":[%]}}`), `{}`},
			{kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"x":[%]}}`), `"\u0000"`},
		} {
			n := (size-len(c.p.Body))/(len(c.element)+1) - 1
			c.p.Body = []byte(strings.Replace(string(c.p.Body), "%", strings.Repeat(c.element+",", n)+c.element, 1))
			allocated := allocatedBy(func() {
				_, _, err := Payload(c.p)
				require.ErrorIs(t, err, ErrUnreadable)
				require.ErrorContains(t, err, "elements in")
			})
			limit := uint64(1 << 20)
			if strings.Contains(c.element, "u0000") {
				limit += 2 * uint64(size) // the text is repaired before
			}
			require.Less(t, allocated, limit, "%s of %d bytes", c.p.Name, size)
		}
	}
}

// What a contract admits costs memory in proportion to its length.
func TestWhatIsAdmittedIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	for _, p := range []messages.Payload{
		tmdb(messages.KindMovieDetail, "7", `{"id":7,"credits":{"cast":[`+strings.Repeat("{},", 9_999)+`{}],"crew":[`+strings.Repeat("{},", 9_999)+`{}]}}`),
		kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"movieList":[`+strings.Repeat(`{},`, 19_999)+`{}]}}`),
		tmdb(messages.KindMovieDetail, "7", `{"id":7,"overview":"`+strings.Repeat("a", messages.MaxBody-100)+`"}`),
		tmdb(messages.KindMovieDetail, "7", `{"id":7,"title":"`+strings.Repeat(`\u0000`, 2_000_000)+`"}`),
	} {
		require.Less(t, allocatedBy(func() { _, _, _ = Payload(p) }), uint64(96<<20), "%s of %d bytes", p.Name, len(p.Body))
	}
}

func allocatedBy(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A name in two spellings is another one for each reader. Such a body is refused, and
// takes nobody down.
func TestANameInTwoSpellingsIsRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []messages.Payload{
		kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":0,"movieList":[]},"MovieListResult":null}`),
		kobis(messages.KindDailyBoxOffice, "20190530", `{"boxOfficeResult":{"dailyBoxOfficeList":[]},"BoxOfficeResult":null}`),
		kobis(messages.KindMovieDetail, "20190001", `{"movieInfoResult":{"movieInfo":{"movieCd":"20190001","movieNm":"t"},"MovieInfo":null}}`),
	} {
		_, _, err := Payload(p)
		require.ErrorIs(t, err, ErrUnreadable, p.Name)
		require.ErrorContains(t, err, "for each reader")
	}
}
