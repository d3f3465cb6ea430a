package decode

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

const listBody = `{"movieListResult":{"totCnt":1,"source":"영화진흥위원회","movieList":[{"movieCd":"20209343","movieNm":"외계+인 1부","movieNmEn":"Alienoid",
	"prdtYear":"2022","openDt":"20220720","typeNm":"장편","prdtStatNm":"개봉","nationAlt":"한국","genreAlt":"액션,SF,판타지","repNationNm":"한국","repGenreNm":"액션",
	"directors":[{"peopleNm":"최동훈"}],"companys":[{"companyCd":"20122402","companyNm":"(주)케이퍼필름"}]}]}}`

const changesBody = `{"results":[{"id":1,"adult":null},{"id":2,"adult":false}],"page":1,"total_pages":1,"total_results":2}`

func TestDrift(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind     messages.Kind
		old, new string
		want     map[Drift]int
	}{
		"none":                        {kind: messages.KindMovieList},
		"no list past the last page":  {messages.KindMovieList, `"movieList":[`, `"source":"x"}}`, nil},
		"a new field":                 {messages.KindMovieList, `"openDt"`, `"rating":{"deep":1},"openDt"`, map[Drift]int{{"movieListResult.movieList.rating", newField}: 1}},
		"a new field with an escape":  {messages.KindMovieList, `"openDt"`, `"r\u00e9\u0000\"":1,"openDt"`, map[Drift]int{{"movieListResult.movieList.ré\"", newField}: 1}},
		"a known field with escapes":  {messages.KindMovieList, `"openDt"`, `"\u006fpenDt"`, nil},
		"a missing field":             {messages.KindMovieList, `"openDt":"20220720",`, ``, map[Drift]int{{"movieListResult.movieList.openDt", missingField}: 1}},
		"a renamed field":             {messages.KindMovieList, `"openDt"`, `"openDate"`, map[Drift]int{{"movieListResult.movieList.openDate", newField}: 1, {"movieListResult.movieList.openDt", missingField}: 1}},
		"a number for a string":       {messages.KindMovieList, `"2022"`, `2022`, map[Drift]int{{"movieListResult.movieList.prdtYear", "now a number"}: 1}},
		"a string for a number":       {messages.KindMovieList, `"totCnt":1`, `"totCnt":"1"`, map[Drift]int{{"movieListResult.totCnt", "now a string"}: 1}},
		"null for a string":           {messages.KindMovieList, `"2022"`, `null`, map[Drift]int{{"movieListResult.movieList.prdtYear", "now null"}: 1}},
		"truth for a string":          {messages.KindMovieList, `"2022"`, `true`, map[Drift]int{{"movieListResult.movieList.prdtYear", "now true or false"}: 1}},
		"an array for a string":       {messages.KindMovieList, `"2022"`, `[2022, {"a":1}]`, map[Drift]int{{"movieListResult.movieList.prdtYear", "now an array"}: 1}},
		"an object for an array":      {messages.KindMovieList, `[{"peopleNm":"최동훈"}]`, `{"peopleNm":"최동훈"}`, map[Drift]int{{"movieListResult.movieList.directors", "now an object"}: 1}},
		"a string among objects":      {messages.KindMovieList, `[{"peopleNm":"최동훈"}]`, `["최동훈","류준열"]`, map[Drift]int{{"movieListResult.movieList.directors", "now a string"}: 2}},
		"a field of the whole":        {messages.KindMovieList, `{"movieListResult"`, `{"version":2,"movieListResult"`, map[Drift]int{{"version", newField}: 1}},
		"another order":               {messages.KindMovieList, `"movieCd":"20209343","movieNm":"외계+인 1부"`, `"movieNm":"외계+인 1부","movieCd":"20209343"`, nil},
		"of a kind without a table":   {messages.KindMovieChanges, `"id":2`, `"id":"2"`, map[Drift]int{{"results.id", "now a string"}: 1}},
		"white space, nulls, nothing": {messages.KindMovieChanges, `[{"id":1,"adult":null},`, "[ { \"id\" :\n1 ,\t\"adult\" : null } , ", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := kobis(c.kind, "all.1", listBody)
			if c.kind == messages.KindMovieChanges {
				p = tmdb(c.kind, "2026-11-21.1", changesBody)
			}
			body := string(p.Body)
			if c.old != "" {
				require.Contains(t, body, c.old)
				body = strings.Replace(body, c.old, c.new, 1)
			}
			if strings.HasSuffix(c.new, "}}") {
				body = body[:strings.Index(body, c.new)+len(c.new)]
			}
			p.Body = []byte(body)
			_, findings, err := Payload(p)
			require.NoError(t, err)
			require.Equal(t, c.want, findings.Drift)
		})
	}
}

// Of what one payload reports there is an end, and so of what it says.
func TestDriftIsBounded(t *testing.T) {
	t.Parallel()
	fields := make(map[string]int)
	for i := range 1_000 {
		fields[fmt.Sprint(strings.Repeat("한", i), i)] = i
	}
	body, err := json.Marshal(map[string]any{"results": []any{fields}, "page": 1, "total_pages": 1, "total_results": 1})
	require.NoError(t, err)
	_, findings, err := Payload(tmdb(messages.KindMovieChanges, "2026-11-21.1", string(body)))
	require.NoError(t, err)
	require.Len(t, findings.Drift, mostDrifts)
	for drift := range findings.Drift {
		require.LessOrEqual(t, len(drift.Path), longestPath+len("…"))
	}
}

// Every kind that is loaded or kept has a shape, and every shape a kind.
func TestEveryKindHasAShape(t *testing.T) {
	t.Parallel()
	kinds := map[messages.Source][]messages.Kind{
		messages.KOBIS: {messages.KindMovieList, messages.KindMovieDetail, messages.KindDailyBoxOffice, messages.KindPeopleList, messages.KindPeopleDetail},
		messages.TMDB: {
			messages.KindMovieSearch, messages.KindMovieDetail, messages.KindSeriesDiscover,
			messages.KindSeriesDetail, messages.KindSeasonDetail, messages.KindMovieChanges, messages.KindSeriesChanges,
			messages.KindPersonDetail, messages.KindPersonChanges,
		},
	}
	for source, shapes := range expected() {
		require.Len(t, shapes, len(kinds[source]))
		for _, kind := range kinds[source] {
			require.NotEmpty(t, shapes[kind].fields, "%s %s", source, kind)
		}
	}
}

func TestShapesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	tooMany := make([]string, 0, mostFields+1)
	for i := range mostFields + 1 {
		tooMany = append(tooMany, fmt.Sprintf("f%d string", i))
	}
	for words, lines := range map[string][]string{
		"is not a type":      {"a strin"},
		"indented wrongly":   {"a object", "   b string"},
		"at most 64 are sup": tooMany,
	} {
		require.ErrorContains(t, new(shape).parse(lines, 0), words)
	}
}
