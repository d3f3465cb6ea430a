package derive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// A day's rows of films that are in no list have the name that the box office gives,
// who is new and how ranks moved; a film that is listed later is their title.
func TestABoxOfficeRowOfAFilmThatIsNotListedHasItsName(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(answer(messages.KOBIS, messages.KindDailyBoxOffice, "20250825", `{"boxOfficeResult":{"boxofficeType":"일별 박스오피스","showRange":"20250825~20250825","dailyBoxOfficeList":[
		{"rnum":"1","rank":"1","rankInten":"-1","rankOldAndNew":"OLD","movieCd":"20241941","movieNm":"좀비딸","openDt":"2025-07-30"},
		{"rnum":"2","rank":"2","rankInten":"0","rankOldAndNew":"NEW","movieCd":"20252001","movieNm":"새 영화","openDt":"2025-08-25"}]}}`))
	w.drainAll()
	rows := func() string {
		return ask[string](w, `SELECT string_agg(concat_ws(' ', rank, title, is_new, rank_change, title_id IS NULL), E'\n' ORDER BY rank) FROM production.box_office`)
	}
	require.Equal(t, "1 좀비딸 f -1 t\n2 새 영화 t 0 t", rows())
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.titles"))
	w.landAll(listed("20241941", "좀비딸"))
	w.drainAll()
	require.Equal(t, "1 좀비딸 f -1 f\n2 새 영화 t 0 t", rows())
}
