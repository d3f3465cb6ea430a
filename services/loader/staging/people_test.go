package staging

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// people is a page of people: code, name and titles with bars between.
func people(page int, at time.Time, rows ...[3]string) messages.Payload {
	var list []string
	for _, r := range rows {
		list = append(list, fmt.Sprintf(`{"peopleCd":%q,"peopleNm":%q,"peopleNmEn":"","repRoleNm":"배우","filmoNames":%q}`, r[0], r[1], r[2]))
	}
	return payload(messages.KOBIS, messages.KindPeopleList, fmt.Sprintf("all.%d", page), at,
		fmt.Sprintf(`{"peopleListResult":{"totCnt":%d,"peopleList":[%s],"source":"x"}}`, len(rows), strings.Join(list, ",")))
}

func (w *tables) titles() string {
	return ask[string](w, `SELECT coalesce(string_agg(concat_ws(' ', people_cd, name, title), ', ' ORDER BY people_cd, title), '') FROM staging.kobis_people_titles`)
}

// The titles by which people are found are those of the newest answer, whatever came
// last, and a replay writes none of them again.
func TestPeopleAreFoundByTheirTitles(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	first := people(1, noon, [3]string{"10000001", "김하나", "가 |  나  다|가"}, [3]string{"10000002", "김하나", ""})
	second := people(3, noon.Add(time.Hour), [3]string{"10000001", "김하나", "나 다|라"})
	renamed := people(1, noon.Add(2*time.Hour), [3]string{"10000001", "김둘", "라"})
	w.land(first)
	require.Equal(t, "10000001 김하나 가, 10000001 김하나 나 다", w.titles())
	w.land(second)
	require.Equal(t, "10000001 김하나 나 다, 10000001 김하나 라", w.titles())
	w.land(renamed)
	require.Equal(t, "10000001 김둘 라", w.titles())
	w.land(first)
	require.Equal(t, "10000001 김둘 라", w.titles(), "an older answer changes nothing")
	before := w.versions("staging")
	w.land(first, second, renamed)
	require.Equal(t, before, w.versions("staging"), "a replay writes nothing")

	backwards := newTables(t)
	for _, p := range []messages.Payload{renamed, second, first} {
		backwards.land(p)
	}
	require.Equal(t, w.titles(), backwards.titles())
}

// A name and a title of the longest kind have room.
func TestLongNamesAndTitlesHaveRoom(t *testing.T) {
	t.Parallel()
	w := newTables(t)
	w.land(people(1, noon, [3]string{"10000001", strings.Repeat("가", 600), strings.Repeat("나", 600) + "|" + strings.Repeat("다", 5_000)}))
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM staging.kobis_people_titles"))
	require.Equal(t, 2048, ask[int](w, "SELECT max(octet_length(title)) + 2 FROM staging.kobis_people_titles"))
}

// Somebody who is not found any more is believed to be gone after a week, as a film is.
func TestAPersonThatIsGoneIsDoubtedFirst(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct {
		source messages.Source
		kind   messages.Kind
		key    string
		found  string
		table  string
	}{
		{messages.KOBIS, messages.KindPeopleDetail, "20066385", `{"peopleInfoResult":{"peopleInfo":{"peopleCd":"20066385","peopleNm":"이상용","filmos":[]}}}`, "kobis_people_details"},
		{messages.TMDB, messages.KindPersonDetail, "7", `{"id":7,"name":"n","also_known_as":null}`, "tmdb_persons"},
	} {
		w := newTables(t)
		w.land(payload(kind.source, kind.kind, kind.key, noon, kind.found))
		missing := func() bool { return ask[bool](w, "SELECT missing_since IS NOT NULL FROM staging."+kind.table) }
		for _, after := range []time.Duration{time.Hour, 2 * time.Hour, 26 * time.Hour} {
			w.land(gone(kind.source, kind.kind, kind.key, noon.Add(after)))
			require.False(t, missing(), "%s after %s", kind.kind, after)
		}
		w.land(gone(kind.source, kind.kind, kind.key, noon.Add(195*time.Hour)))
		require.True(t, missing(), kind.kind)
		w.land(payload(kind.source, kind.kind, kind.key, noon.Add(196*time.Hour), kind.found))
		require.False(t, missing(), "%s is back", kind.kind)
	}
}
