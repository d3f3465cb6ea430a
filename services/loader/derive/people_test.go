package derive_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// listedPeople is a page of KOBIS' list of people: code, name, English name, department
// and titles.
func listedPeople(at time.Time, rows ...[5]string) messages.Payload {
	var list []string
	for _, r := range rows {
		list = append(list, fmt.Sprintf(`{"peopleCd":%q,"peopleNm":%q,"peopleNmEn":%q,"repRoleNm":%q,"filmoNames":%q}`, r[0], r[1], r[2], r[3], r[4]))
	}
	p := answer(messages.KOBIS, messages.KindPeopleList, "all.1",
		fmt.Sprintf(`{"peopleListResult":{"totCnt":%d,"peopleList":[%s],"source":"x"}}`, len(rows), strings.Join(list, ",")))
	p.FetchedAt = at
	return p
}

// told is a person's filmography: film, title and part by turns.
func told(peopleCd, name string, at time.Time, films ...string) messages.Payload {
	var list []string
	for i := 0; i < len(films); i += 3 {
		list = append(list, fmt.Sprintf(`{"movieCd":%q,"movieNm":%q,"moviePartNm":%q}`, films[i], films[i+1], films[i+2]))
	}
	p := answer(messages.KOBIS, messages.KindPeopleDetail, peopleCd, fmt.Sprintf(
		`{"peopleInfoResult":{"peopleInfo":{"peopleCd":%q,"peopleNm":%q,"peopleNmEn":"","sex":"남자","repRoleNm":"배우","homepages":[],"filmos":[%s]},"source":"x"}}`,
		peopleCd, name, strings.Join(list, ",")))
	p.FetchedAt = at
	return p
}

// starring is the detail of a film with a director and actors.
func starring(movieCd, title, director string, actors ...string) messages.Payload {
	var list []string
	for _, name := range actors {
		list = append(list, fmt.Sprintf(`{"peopleNm":%q,"peopleNmEn":"","cast":"","castEn":""}`, name))
	}
	return answer(messages.KOBIS, messages.KindMovieDetail, movieCd, fmt.Sprintf(
		`{"movieInfoResult":{"movieInfo":{"movieCd":%q,"movieNm":%q,"directors":[{"peopleNm":%q,"peopleNmEn":""}],"actors":[%s]},"source":"x"}}`,
		movieCd, title, director, strings.Join(list, ",")))
}

// who are the people of a film's credits, as a page prints them.
func (w *workers) who(movieCd string) string {
	w.t.Helper()
	return ask[string](w, `SELECT coalesce(string_agg(c.name_ko || ' ' || coalesce(c.kobis_people_cd, '-'), ', ' ORDER BY c.position), '')
		FROM production.credits c JOIN production.titles t ON t.id = c.title_id
		LEFT JOIN production.people p ON p.id = c.person_id
		WHERE t.kobis_movie_cd = $1 AND p.kobis_people_cd IS NOT DISTINCT FROM c.kobis_people_cd`, movieCd)
}

func (w *workers) reason(movieCd, part string) string {
	w.t.Helper()
	return ask[string](w, `SELECT coalesce((SELECT status || ': ' || reason || ' ' || array_to_string(ask, ',') FROM production.person_matches
		WHERE movie_cd = $1 AND part = $2), '')`, movieCd, part)
}

// Whatever comes first, a credit is whom the list and filmographies say: a person that
// gains or loses a film, is renamed, split or told of has its films derived again, and
// nobody else's.
func TestCreditsFollowTheListOfPeople(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(listed("20200311", "더블패티"), starring("20200311", "더블패티", "백승환", "신승호", "백승환"))
	w.landAll(listed("20190001", "다른 영화"), starring("20190001", "다른 영화", "김하나"))
	w.drainAll()
	require.Equal(t, "백승환 -, 신승호 -, 백승환 -", w.who("20200311"))
	require.Empty(t, w.reason("20200311", "배우"), "nobody may be meant")

	director, actor := [5]string{"20267714", "백승환", "", "감독", "더블패티|창간호"}, [5]string{"20300001", "백승환", "", "배우", "더블패티 (가제)"}
	shin := [5]string{"20300002", "신승호", "", "배우", "더블패티"}
	at := noon
	page := func(rows ...[5]string) messages.Payload { at = at.Add(time.Hour); return listedPeople(at, rows...) }
	w.exec("UPDATE production.titles SET updated_at = '2020-01-01'")
	w.landAll(page(shin, director))
	w.drainAll()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 백승환 -", w.who("20200311"), "an actor is no director, where the name stands for both")
	require.Equal(t, "review: other work 20267714", w.reason("20200311", "배우"))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.titles WHERE updated_at = '2020-01-01'"), "another film is left alone")

	w.landAll(page(shin, director, actor))
	w.drainAll()
	require.Equal(t, "백승환 -, 신승호 20300002, 백승환 -", w.who("20200311"), "two may be meant")
	at = at.Add(time.Hour)
	w.landAll(told("20267714", "백승환", at, "20200311", "더블패티", "감독", "20150001", "창간호", "배우"), told("20300001", "백승환", at, "20200311", "더블패티", "배우"))
	w.drainAll()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 백승환 20300001", w.who("20200311"))

	shin[4] = ""
	w.landAll(page(shin))
	w.drainAll()
	require.Equal(t, "백승환 20267714, 신승호 -, 백승환 20300001", w.who("20200311"), "who loses a film loses its credit")
	shin[4], director[1] = "더블패티", "백두환"
	w.landAll(page(shin, director))
	w.drainAll()
	require.Equal(t, "백승환 -, 신승호 20300002, 백승환 20300001", w.who("20200311"), "who is called otherwise is not meant")
	require.Equal(t, "백두환", ask[string](w, "SELECT name_ko FROM production.people WHERE kobis_people_cd = '20267714'"))
	director[1], director[4] = "백승환", "더블패티|창간호|다른 영화"
	w.landAll(page(director))
	w.drainAll()
	require.Equal(t, "review: several 20267714", w.reason("20200311", "감독"), "a film was gained since the filmography")
}

// In any order of arrival, and replayed into emptied tables, production is the same.
func TestPeopleDoNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	answers := []messages.Payload{
		listed("20200311", "더블패티"), starring("20200311", "더블패티", "백승환", "신승호", "김하나"),
		listedPeople(noon, [5]string{"20267714", "백승환", "", "감독", "더블패티"}, [5]string{"20300003", "김하나", "", "배우", "더블패티"}),
		listedPeople(noon.Add(time.Hour), [5]string{"20300002", "신승호", "SHIN", "배우", "더블패티"}, [5]string{"20300004", "김하나", "", "배우", "더블패티"}),
		told("20300003", "김하나", noon.Add(2*time.Hour), "20200311", "더블패티", "배우"),
		told("20300004", "김하나", noon.Add(2*time.Hour), "20209999", "더블패티", "배우"),
	}
	forwards := newWorkers(t)
	for _, p := range answers {
		forwards.landAll(p)
		forwards.drainAll()
	}
	require.Equal(t, "백승환 20267714, 신승호 -, 김하나 20300003", forwards.who("20200311"))
	want := forwards.production()
	backwards := newWorkers(t)
	for i := range answers {
		backwards.landAll(answers[len(answers)-1-i])
	}
	backwards.drainAll()
	require.Equal(t, want, backwards.production())
	forwards.exec("TRUNCATE production.titles, production.people, production.person_matches, production.matches CASCADE")
	forwards.landAll(answers...)
	forwards.drainAll()
	require.Equal(t, want, forwards.production())
}
