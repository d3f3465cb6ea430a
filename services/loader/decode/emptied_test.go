package decode

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// A list of elements that say nothing is as empty as one without elements, and a name
// that looks empty is none.
func TestWhatSaysNothing(t *testing.T) {
	t.Parallel()
	for _, list := range []string{
		"", "null", "{}", "7", "[]", "[ ]", "[null]", "[{}]", "[[]]", `[""]`, `[{"peopleNm":" ","peopleNmEn":"\u200b"}]`, `[{"name":null,"list":[{"x":0}]}]`,
		`[{"id":18,"name":""}]`, `[{"id":18,"NAME":null},{"id":28,"name":"\u3164"}]`,
	} {
		require.False(t, filled("genres", json.RawMessage(list)), list)
	}
	for _, list := range []string{`[1]`, `["a"]`, `[null,{"peopleNm":"","peopleNmEn":"a"}]`, `[{"id":18,"name":""},{"id":28,"name":"a"}]`, `[{"id":18}]`, `[{"list":[{"x":true}]}]`} {
		require.True(t, filled("genres", json.RawMessage(list)), list)
	}
	require.True(t, filled("directors", json.RawMessage(`[{"peopleNm":"","peopleNmEn":"BONG"}]`)))
	require.True(t, filled("results", json.RawMessage(`[{"iso_3166_1":"KR","release_dates":[{"type":3}]}]`)), "what no name belongs to")
	for _, name := range []string{"", "null", `""`, `"\u3164"`, `"\u200b"`, `" \t"`} {
		require.True(t, blank(json.RawMessage(name)), name)
	}
	for _, name := range []string{`"기생충"`, `"300"`, "1"} {
		require.False(t, blank(json.RawMessage(name)), name)
	}
}

// A code with an E in it is not a number, however it is there.
func TestACodeIsReadAsTheFetcherReadsIt(t *testing.T) {
	t.Parallel()
	facts, _, err := Payload(kobis(messages.KindMovieList, "all.1",
		`{"movieListResult":{"totCnt":3,"movieList":[{"movieCd":20190324.0,"movieNm":"a"},{"movieCd":2019E004,"movieNm":"b"},{"movieCd":"20190325","movieNm":"c"}]}}`))
	require.NoError(t, err)
	var codes []string
	for _, movie := range facts.KobisMovies {
		codes = append(codes, movie.MovieCd)
	}
	require.Equal(t, []string{"20190324", "2019E004", "20190325"}, codes)
}
