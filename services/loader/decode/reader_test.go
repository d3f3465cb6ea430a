package decode

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

func read(t *testing.T, literal string) scalar {
	t.Helper()
	var v struct{ Field scalar }
	require.NoError(t, json.Unmarshal([]byte(`{"Field":`+literal+`}`), &v))
	return v.Field
}

func TestYears(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]any{
		`"2019"`: int32(2019), `2019`: int32(2019), `" 2019 "`: int32(2019), `"2019.0"`: int32(2019), `"1874"`: int32(1874), `"2030"`: int32(2030),
		`""`: nil, `null`: nil, `"194"`: NotAYear, `"0"`: NotAYear, `"20190"`: NotAYear, `"-2019"`: NotAYear, `"미정"`: NotANumber,
		`"2019.5"`: NotANumber, `[2019]`: WrongShape, `true`: NotANumber, `"99999999999999999999"`: OutOfRange, `1e3`: NotAYear, `2.019e3`: int32(2019),
	} {
		t.Run(literal, func(t *testing.T) {
			t.Parallel()
			var r reader
			got := r.year("prdtYear", read(t, literal))
			checkValue(t, &r, "prdtYear", want, got == nil, func() any { return *got })
		})
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]any{
		`"20190530"`: "2019-05-30", `"2019-05-30"`: "2019-05-30", `"2019-05-30T00:00:00.000Z"`: "2019-05-30", `20190530`: "2019-05-30",
		`" 20190530"`: "2019-05-30", `"20200229"`: "2020-02-29", `""`: nil, `"  "`: nil, `null`: nil,
		`"20190229"`: NotADate, `"20190000"`: NotADate, `"201905"`: NotADate, `"2019"`: NotADate, `"00000000"`: NotADate,
		`"0194-05-30"`: NotADate, `"미정"`: NotADate, `{}`: WrongShape,
	} {
		t.Run(literal, func(t *testing.T) {
			t.Parallel()
			var r reader
			got := r.date("openDt", read(t, literal))
			checkValue(t, &r, "openDt", want, got == nil, func() any {
				require.Equal(t, time.UTC, got.Location())
				return got.Format(time.DateOnly)
			})
		})
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]any{
		`"37355740290"`: int64(37355740290), `"-159857340"`: int64(-159857340), `"0"`: int64(0), `"100.0"`: int64(100), `"1,234"`: int64(1234),
		`""`: nil, `"-"`: NotANumber, `"1e5"`: int64(100000), `"1e999999"`: OutOfRange, `"9223372036854775808"`: OutOfRange, `"-56.5"`: NotANumber,
	} {
		t.Run(literal, func(t *testing.T) {
			t.Parallel()
			var r reader
			got := r.int64("salesAmt", read(t, literal))
			checkValue(t, &r, "salesAmt", want, got == nil, func() any { return *got })
		})
	}
}

func TestDecimals(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]any{
		`"-56.5"`: -56.5, `"100"`: 100.0, `8`: 8.0, `8.433`: 8.433, `""`: nil, `"NaN"`: NotANumber, `"Inf"`: OutOfRange, `"99999"`: OutOfRange, `"x"`: NotANumber,
	} {
		t.Run(literal, func(t *testing.T) {
			t.Parallel()
			var r reader
			got := r.decimal("salesShare", read(t, literal), shareLimit)
			checkValue(t, &r, "salesShare", want, got == nil, func() any { return *got })
		})
	}
}

// checkValue expects a value, or nothing without a note, or nothing with the note
// of a problem.
func checkValue(t *testing.T, r *reader, field string, want any, isNil bool, value func() any) {
	t.Helper()
	problem, isText := want.(string)
	if !isNil {
		require.Equal(t, want, value())
		require.Empty(t, r.notes)
		return
	}
	if want == nil {
		require.Empty(t, r.notes)
		return
	}
	require.True(t, isText, "no value, want %v", want)
	require.Contains(t, r.notes, Note{field, problem})
}

func TestStringsOfAnyKind(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]string{
		`"a\u00e9\ud83d\ude00"`: "aé😀", `"\ud800"`: "\ufffd", `12.50`: "12.50", `1917`: "1917", `"false"`: "false", `"0"`: "0", `null`: "", `"\u0000x"`: "x", `"a\tb"`: "a b",
	} {
		var r reader
		require.Equal(t, want, r.text("movieNm", read(t, literal)), literal)
		require.Empty(t, r.notes)
	}
}

// What stands where there is no text is not text.
func TestNeitherTruthNorNothingIsAText(t *testing.T) {
	t.Parallel()
	for _, literal := range []string{"true", "false", "0", "-0.0", "0e3"} {
		var r reader
		require.Empty(t, r.text("movieNm", read(t, literal)), literal)
		require.Empty(t, r.prose("overview", read(t, literal)), literal)
		require.Empty(t, r.code("imdb_id", read(t, literal)), literal)
		require.Equal(t, map[Note]int{{"movieNm", WrongShape}: 1, {"overview", WrongShape}: 1, {"imdb_id", WrongShape}: 1}, r.notes, literal)
	}
	facts, findings, err := Payload(tmdb(messages.KindMovieDetail, "7", `{"id":7,"title":"t","overview":false,"poster_path":0,"genres":[{"id":18,"name":0}]}`))
	require.NoError(t, err)
	require.Empty(t, facts.TmdbMovies[0].OverviewKo+facts.TmdbMovies[0].PosterPath)
	for _, field := range []string{"overview", "poster_path", "genres"} {
		require.Contains(t, findings.Gaps, Gap{"7", field, Unreadable})
	}
}

func TestEveryWrongShapeIsNotedAndTheRestIsRead(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":2,"movieList":[
		{"movieCd":"20190001","movieNm":"a","directors":"","companys":{}}, "", {"movieCd":"20190002","movieNm":{"ko":"b"},"directors":[{"peopleNm":"봉준호"}, 5]}]}}`))
	require.Equal(t, []string{"20190001", "20190002"}, facts.KobisListPages[0].MovieCds)
	require.Equal(t, []string{"봉준호"}, facts.KobisMovies[1].Directors)
	require.Equal(t, map[Note]int{
		{"movieListResult.movieList.directors", WrongShape}: 2, {"movieListResult.movieList.companys", WrongShape}: 1,
		{"movieListResult.movieList", WrongShape}: 1, {"movieCd", MissingKey}: 1, {"movieNm", WrongShape}: 1, {"movieNm", MissingTitle}: 1,
	}, notes)
}

func TestNestingHasALimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, reason string }{
		"100 levels":    {nested(100), ""},
		"101 levels":    {nested(101), "deeper than 100"},
		"10,000 levels": {nested(10_000), "deeper than 100"},
		"10,001 levels": {nested(10_001), "exceeded max depth"},
		"never closed":  {strings.Repeat(`{"a":`, 10_000), "breaks off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Payload(tmdb(messages.KindMovieChanges, "2026-11-21.1", c.body))
			if c.reason == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrUnreadable)
			require.ErrorContains(t, err, c.reason)
		})
	}
}

// nested is a body of so many levels.
func nested(levels int) string {
	return `{"page":1,"results":[],"a":` + strings.Repeat(`{"a":`, levels-2) + "[]" + strings.Repeat("}", levels-1)
}

func TestABodyOf64MiBIsRefused(t *testing.T) {
	t.Parallel()
	_, _, err := Payload(tmdb(messages.KindMovieChanges, "2026-11-21.1", strings.Repeat(" ", 64<<20)))
	require.ErrorIs(t, err, ErrUnreadable)
	require.ErrorContains(t, err, "67108864 bytes long, at most 16777216")
}
