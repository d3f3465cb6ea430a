package derive_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// The largest staff that KOBIS is known to list: all of it is in production, in its
// order, and whom TMDB has too is there once.
func TestALargeStaffIsInProductionWhole(t *testing.T) {
	t.Parallel()
	const size = 1107
	var staff, crew []string
	for i := range size {
		role := []string{"연출팀", "조명팀", "VFX 아티스트", "촬영팀"}[i%4]
		staff = append(staff, fmt.Sprintf(`{"peopleNm":"%s","peopleNmEn":"","staffRoleNm":%q}`, name(i), role))
		if i%100 == 2 { // of the visual effects
			crew = append(crew, fmt.Sprintf(`{"id":%d,"name":"%s","original_name":"%s","department":"Visual Effects","job":"VFX Artist"}`, i+1, name(i), name(i)))
		}
	}
	crew = append(crew, fmt.Sprintf(`{"id":9999,"name":"%s","original_name":"%s","department":"Lighting","job":"Gaffer"}`, name(2), name(2)))
	w := newWorkers(t)
	w.landAll(listed("20183782", "기생충"), found("20183782", 496243),
		answer(messages.KOBIS, messages.KindMovieDetail, "20183782", `{"movieInfoResult":{"movieInfo":{"movieCd":"20183782","movieNm":"기생충","staffs":[`+strings.Join(staff, ",")+`]}}}`),
		answer(messages.TMDB, messages.KindMovieDetail, "496243", `{"id":496243,"title":"기생충","original_language":"ko","credits":{"cast":[],"crew":[`+strings.Join(crew, ",")+`]}}`))
	w.drainAll()
	require.Equal(t, size, ask[int](w, "SELECT count(*) FROM production.credits WHERE source = 'kobis'"))
	require.Equal(t, 12, ask[int](w, "SELECT count(*) FROM production.credits WHERE source = 'kobis' AND sources = '{kobis,tmdb}' AND person_id IS NOT NULL AND merged_by = 'name'"))
	require.Equal(t, "lighting", ask[string](w, "SELECT department FROM production.credits WHERE source = 'tmdb'"), "a namesake in another department is another person")
	require.Equal(t, 13, ask[int](w, "SELECT count(DISTINCT person_id) FROM production.credits"))
	require.Equal(t, size, ask[int](w, "SELECT max(position) FROM production.credits"), "each has a place of its own")
	require.Equal(t, name(5), ask[string](w, "SELECT name_ko FROM production.credits WHERE department = 'lighting' AND source = 'kobis' AND role = '조명팀' ORDER BY position OFFSET 1 LIMIT 1"))
}

// name makes names of three syllables that differ in their letters.
func name(i int) string {
	return string([]rune{'가' + rune(i%7)*588, '나' + rune(i/7%28)*28, '다' + rune(i/196)*28})
}
