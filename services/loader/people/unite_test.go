package people

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// One person of two codes has the films of both, and is asked for by the code that is
// not known.
func TestUniteMakesOnePersonOfTwoCodes(t *testing.T) {
	t.Parallel()
	film := Film{MovieCd: "1", Titles: []string{"섬"}, Credits: []Credit{{Name: "가", NameEn: "GA", Part: Actor}}}
	list := []Person{
		{Code: "30", Name: "가", NameEn: "KA", Titles: []string{"섬"}, Known: true, Films: []Part{{"2", Actor}}},
		{Code: "20", Name: "가", NameEn: "GA", Titles: []string{"섬"}},
		{Code: "10", Name: "나"},
	}
	require.Equal(t, Several, Resolve(film, list)[0].Reason)
	united := Unite(list, map[string]string{"20": "10", "30": "10"})
	require.Len(t, united, 2, "one of each name")
	d := Resolve(film, united)[0]
	require.Equal(t, Decision{Status: Accepted, Code: "10", Reason: ByList, Candidates: []string{"10"}}, d, "one of the English names is the credit's")
	film.Credits[0].NameEn = "NA"
	d = Resolve(film, united)[0]
	require.Equal(t, OtherEnglish, d.Reason)
	require.Equal(t, []string{"20"}, d.Ask)
	list[1].Known, list[1].Films = true, []Part{{"1", Actor}}
	require.Equal(t, ByFilmography, Resolve(film, Unite(list, map[string]string{"20": "30"}))[0].Reason)
}
