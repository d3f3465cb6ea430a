package loader

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/command/person"
	"github.com/cledit/pipeline/services/loader/command/purge"
)

// listedPeople is KOBIS' list of people: code, name, department and titles of each.
func listedPeople(at time.Time, rows ...[4]string) messages.Payload {
	var list []string
	for _, r := range rows {
		list = append(list, fmt.Sprintf(`{"peopleCd":%q,"peopleNm":%q,"peopleNmEn":"","repRoleNm":%q,"filmoNames":%q}`, r[0], r[1], r[2], r[3]))
	}
	return payload(messages.KOBIS, messages.KindPeopleList, "all.1", at,
		fmt.Sprintf(`{"peopleListResult":{"totCnt":%d,"peopleList":[%s],"source":"x"}}`, len(rows), strings.Join(list, ",")))
}

// credited is the detail of a film with a director and actors, each with a character.
func credited(movieCd, title, director string, actors ...[2]string) messages.Payload {
	var list []string
	for _, a := range actors {
		list = append(list, fmt.Sprintf(`{"peopleNm":%q,"peopleNmEn":"","cast":%q,"castEn":""}`, a[0], a[1]))
	}
	return payload(messages.KOBIS, messages.KindMovieDetail, movieCd, noon, fmt.Sprintf(
		`{"movieInfoResult":{"movieInfo":{"movieCd":%q,"movieNm":%q,"openDt":"20200826","directors":[{"peopleNm":%q,"peopleNmEn":""}],"actors":[%s]},"source":"x"}}`,
		movieCd, title, director, strings.Join(list, ",")))
}

// doublePatty is a film with two actors of one name, another film, and the people of both.
func doublePatty() []messages.Payload {
	return []messages.Payload{
		// Without its row in the list a film is not found by its title when people come later.
		payload(messages.KOBIS, messages.KindMovieList, "all.1", noon,
			`{"movieListResult":{"totCnt":2,"movieList":[{"movieCd":"20200311","movieNm":"더블패티"},{"movieCd":"20190001","movieNm":"창간호"}]}}`),
		credited("20200311", "더블패티", "백승환", [2]string{"신승호", "우람"}, [2]string{"김하나", "현지"}, [2]string{"김하나", "숙자"}),
		credited("20190001", "창간호", "신승호", [2]string{"정이든", "기자"}),
		listedPeople(noon, [4]string{"20267714", "백승환", "감독", "더블패티"}, [4]string{"20300002", "신승호", "배우", "더블패티"},
			[4]string{"20300003", "김하나", "배우", "더블패티"}, [4]string{"20300004", "김하나", "배우", "더블패티"},
			[4]string{"20300005", "신승호", "감독", "창간호"}, [4]string{"20300006", "정이든", "배우", "창간호"}),
	}
}

// who are the people of a film's credits, in order.
func (w *world) who(movieCd string) string {
	w.tb.Helper()
	return ask[string](w, `SELECT coalesce(string_agg(c.name_ko || ' ' || coalesce(p.kobis_people_cd, '-'), ', ' ORDER BY c.position), '')
		FROM production.credits c JOIN production.titles t ON t.id = c.title_id
		LEFT JOIN production.people p ON p.id = c.person_id WHERE t.kobis_movie_cd = $1`, movieCd)
}

// person runs the command as somebody who decides.
func (w *world) person(args ...string) string {
	w.tb.Helper()
	return w.succeed(append(append([]string{"person"}, args...), "--by", "editor", "--why", "seen it")...)
}

func (w *world) refused(args ...string) string {
	w.tb.Helper()
	code, _, errs := w.command(append(append([]string{"person"}, args...), "--by", "editor", "--why", "seen it")...)
	require.Equal(w.tb, service.ExitFailed, code, args)
	return errs
}

func newPeopleWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.publish(doublePatty()...)
	w.start(w.config())
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 -, 김하나 -", w.who("20200311"))
	require.Equal(t, "신승호 20300005, 정이든 20300006", w.who("20190001"))
	return w
}

// emptied fills staging and production again, which are the same then.
func (w *world) emptied() {
	w.tb.Helper()
	before := w.dump("production")
	w.truncate("staging")
	w.truncate("production")
	w.replay()
	require.Equal(w.tb, before, w.dump("production"), "everything replayed")
}

func TestAPinnedCreditIsThePersonsUntilItIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	before := w.dump("production")
	const again = "; a running loader derives the films again\n"
	require.Equal(t, "김하나, 배우 현지 in film 20200311 is kobis:person:20300003 (verdict 1)"+again,
		w.person("pin", "20200311", "김하나", "배우", "20300003", "--character", "현지"))
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 20300003, 김하나 -", w.who("20200311"), "of two of one name one")
	require.Equal(t, "several", ask[string](w, "SELECT reason FROM production.person_matches"), "the other is open")
	w.person("pin", "20200311", "김하나", "배우", "20300004", "--character", "숙자")
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 20300003, 김하나 20300004", w.who("20200311"))
	require.Equal(t, "verdict", ask[string](w, "SELECT reason FROM production.person_matches"))
	w.emptied()

	require.Equal(t, "김하나, 배우 현지 in film 20200311 is kobis:person:20300003, as editor decided before (verdict 1)"+again,
		w.person("pin", "20200311", "김하나", "배우", "20300003", "--character", "현지"))
	require.Equal(t, "the verdict 1, that 김하나, 배우 현지 in film 20200311 is kobis:person:20300003, is taken back; "+
		"김하나, 배우 현지 in film 20200311 is kobis:person:20300006 (verdict 3)"+again,
		w.person("pin", "20200311", "김하나", "배우", "20300006", "--character", "현지"), "of another name")
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 20300006, 김하나 20300004", w.who("20200311"))
	w.person("undo", "2")
	w.person("undo", "3")
	w.settle()
	require.Equal(t, before, w.dump("production"), "the rules decide again")
	require.Contains(t, w.refused("undo", "3"), "there is no such verdict: 3")
	require.Equal(t, []string{"1 pin", "2 pin", "1 undo", "3 pin", "2 undo", "3 undo"}, ask[[]string](w,
		"SELECT array_agg(verdict_id || ' ' || decision ORDER BY id) FROM curation.person_decisions WHERE decided_by = 'editor' AND why = 'seen it'"))
}

func TestABannedPersonIsNotMeant(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	before := w.dump("production")
	w.person("ban", "20200311", "신승호", "배우", "20300002")
	w.person("ban", "20200311", "김하나", "배우", "20300004")
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 -, 김하나 20300003, 김하나 20300003", w.who("20200311"))
	require.Equal(t, "none banned", ask[string](w, "SELECT status || ' ' || reason FROM production.person_matches WHERE name = '신승호'"))
	require.Equal(t, "신승호 20300005, 정이든 20300006", w.who("20190001"), "in this film alone")
	w.emptied()
	require.Contains(t, w.person("pin", "20200311", "신승호", "배우", "20300002"), "the verdict 1, that 신승호, 배우 in film 20200311 is not kobis:person:20300002, is taken back")
	w.person("undo", "3")
	w.person("undo", "2")
	w.settle()
	require.Equal(t, before, w.dump("production"))
}

// A typing error is not a verdict; anyone who knows better says so.
func TestAVerdictOnWhatNobodyHasShown(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	for expected, args := range map[string][]string{
		"no answer of KOBIS tells the credits of film 20990001":                  {"pin", "20990001", "김하나", "배우", "20300003"},
		"film 20200311 credits nobody of the name 김하늘":                           {"pin", "20200311", "김하늘", "배우", "20300003"},
		"film 20200311 credits 김하나 for 배우 현지, 배우 숙자 and not for 감독":              {"ban", "20200311", "김하나", "감독", "20300003"},
		"film 20200311 credits 김하나 for 배우 현지, 배우 숙자 and not for 배우 영자":           {"pin", "20200311", "김하나", "배우", "20300003", "--character", "영자"},
		"no answer has shown kobis:person:20399999, so the verdict was not kept": {"pin", "20200311", "김하나", "배우", "20399999"},
	} {
		errs := w.refused(args...)
		require.Contains(t, errs, expected)
		require.Contains(t, errs, "--unknown")
	}
	require.Zero(t, w.count("curation.person_verdicts")+w.count("curation.person_decisions"))

	require.Contains(t, w.person("pin", "20200311", "신승호", "배우", "20399999", "--unknown"),
		"no answer has shown kobis:person:20399999 yet, and that is when it takes effect")
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 -, 김하나 -", w.who("20200311"), "until then the rules decide")
	w.publish(listedPeople(now(), [4]string{"20399999", "신 승호", "배우", ""}))
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20399999, 김하나 -, 김하나 -", w.who("20200311"))
	require.Regexp(t, wrapped("KOBIS 20399999 by verdict"), w.succeed("person", "explain", "20399999"))
	w.emptied()
}

func TestExplainAPerson(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	w.person("ban", "20200311", "김하나", "배우", "20300004", "--character", "현지")
	w.settle()
	var e person.Explanation
	for _, name := range []string{"20300004", "kobis:person:20300004", ask[string](w, "SELECT id::text FROM production.people WHERE kobis_people_cd = '20300004'")} {
		require.NoError(t, json.Unmarshal([]byte(w.succeed("person", "explain", name, "--json")), &e), name)
		require.Equal(t, "kobis:person:20300004", e.Person)
		require.Equal(t, "김하나", e.People[0].Name)
		require.Equal(t, []person.Possible{{MovieCd: "20200311", Name: "김하나", Part: "배우", Status: "review", Reason: "several"}}, e.Undecided)
		require.Equal(t, "ban", e.Verdicts[0].Verdict)
	}
	table := w.succeed("person", "explain", "20267714")
	for _, part := range []string{"kobis:person:20267714", "백승환", "더블패티", "2020-08-26", "director"} {
		require.Contains(t, table, part)
	}
	require.Regexp(t, wrapped("KOBIS 20267714 by list"), table)
	require.Contains(t, w.succeed("person", "list"), "seen it")
	var all []person.Verdict
	require.NoError(t, json.Unmarshal([]byte(w.succeed("person", "list", "--json")), &all))
	require.Equal(t, e.Verdicts, all)
	var d person.Decided
	require.NoError(t, json.Unmarshal([]byte(w.person("undo", "1", "--json")), &d))
	require.Equal(t, all, d.Verdicts)
	require.Contains(t, w.succeed("person", "list"), "Nobody has decided about people.")
	code, _, errs := w.command("person", "explain", "20399999")
	require.Equal(t, service.ExitFailed, code)
	require.Contains(t, errs, "no such person is known: kobis:person:20399999")
}

func TestArgumentsOfThePersonCommandAreChecked(t *testing.T) {
	t.Parallel()
	w := &world{tb: t, url: "postgres://nobody@127.0.0.1:1/none"}
	by := []string{"--by", "x", "--why", "y"}
	for expected, args := range map[string][]string{
		"pin, ban,":                      {"marry", "20267714"},
		"each person once":               append([]string{"merge", "20300003", "20300003"}, by...),
		"the name of who decides":        {"pin", "20200311", "김하나", "배우", "20300003", "--why", "x"},
		"a reason that others":           {"undo", "1", "--by", "x"},
		"a film's code at KOBIS":         append([]string{"pin", "기생충", "김하나", "배우", "20300003"}, by...),
		"a name as the film credits it":  append([]string{"pin", "20200311", "김하나", "", "20300003"}, by...),
		"a person's code at KOBIS":       append([]string{"ban", "20200311", "김하나", "배우", "tmdb:person:7"}, by...),
		"more of them":                   append([]string{"pin", "20200311", "김하나", "배우"}, by...),
		"no more of them":                append([]string{"undo", "1", "2"}, by...),
		"the number of a verdict":        append([]string{"undo", "first"}, by...),
		"tmdb:person: with a number of ": {"explain", "somebody-else"},
	} {
		code, _, errs := w.command(append([]string{"person"}, args...)...)
		require.Equal(t, service.ExitRefused, code, args)
		require.Contains(t, errs, expected, args)
	}
}

// Who decides last about a credit is who decided, and nobody sees an error of the database.
func TestVerdictsOnOneCreditAtOnceTakeTurns(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	var running sync.WaitGroup
	codes, errs := make([]int, 8), make([]string, 8)
	for i := range codes {
		running.Go(func() {
			verb, code := []string{"pin", "ban"}[i%2], fmt.Sprint(20300003+i%4)
			codes[i], _, errs[i] = w.command("person", verb, "20200311", "김하나", "배우", code, "--by", "editor", "--why", "one of many")
		})
	}
	running.Wait()
	for i, code := range codes {
		require.Zero(t, code, errs[i])
	}
	require.LessOrEqual(t, w.count("curation.person_verdicts WHERE verdict = 'pin'"), 1)
	require.Equal(t, w.count("curation.person_verdicts"), ask[int](w, "SELECT count(DISTINCT person) FROM curation.person_verdicts"))
}

func TestACuratorDecidesAboutPeople(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	login := "curator_of_" + ask[string](w, "SELECT current_database()")
	w.exec("CREATE ROLE " + login + " LOGIN IN ROLE curator")
	curator := *w
	curator.url = as(t, w.url, login)
	curator.person("pin", "20200311", "김하나", "배우", "20300003")
	w.settle()
	curator.succeed("person", "explain", "20300003")
	curator.person("undo", "1")
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 -, 김하나 -", w.who("20200311"))
	w.exec("DROP ROLE " + login)
}

// Two codes that are one person stand under one row, whose credits are those of both.
func TestMergedCodesAreOnePersonUntilThatIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	before := w.dump("production")
	const again = "; a running loader derives the films again\n"
	require.Equal(t, "kobis:person:20300004 is kobis:person:20300003 (verdict 1); kobis:person:20300005 is kobis:person:20300003 (verdict 2)"+again,
		w.person("merge", "20300003", "20300004", "20300005"))
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 20300003, 김하나 20300003", w.who("20200311"), "one person of the name is left")
	require.Equal(t, "신승호 20300003, 정이든 20300006", w.who("20190001"), "of another name, too")
	gone := "production.people WHERE kobis_people_cd IN ('20300004', '20300005')"
	require.Zero(t, w.count(gone))
	require.Equal(t, 2, ask[int](w, `SELECT count(*) FROM production.person_aliases a JOIN production.people p ON p.id = a.person_id
		WHERE a.reason = 'merge' AND p.kobis_people_cd = '20300003'`))
	require.Contains(t, w.succeed("person", "explain", "20300005"), "kobis:person:20300003, ")
	w.emptied()

	require.Contains(t, w.person("merge", "20300003", "20300004"), "as editor decided before (verdict 1)")
	require.Contains(t, w.refused("merge", "20300006", "20300004"), "kobis:person:20300004 is kobis:person:20300003; merge that one, or undo 1")
	require.Contains(t, w.refused("merge", "20300004", "20300003"), "are one already")
	require.Contains(t, w.refused("split", "20300004", "20300005"), "are one by others with whom they were merged")
	require.Contains(t, w.person("split", "20300003", "20300005"), "the verdict 2, that kobis:person:20300005 is kobis:person:20300003, is taken back")
	require.Contains(t, w.refused("merge", "20300004", "20300005"), "undo it first")
	require.Contains(t, w.refused("merge", "20300003", "20399999"), "no answer has shown kobis:person:20399999")
	w.person("undo", "1")
	w.settle()
	require.Equal(t, before, w.dump("production"), "the very same tables")
	w.emptied()
}

// A merge, a pin and the list come in any order.
func TestAMergeIntoSomebodyWhoIsNotListedYet(t *testing.T) {
	t.Parallel()
	w := newPeopleWorld(t)
	w.person("pin", "20200311", "김하나", "배우", "20300004")
	require.Contains(t, w.person("merge", "20399999", "20300004", "--unknown"), "no answer has shown kobis:person:20399999 yet")
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 20300004, 김하나 20300004", w.who("20200311"))
	w.publish(listedPeople(now(), [4]string{"20399999", "김하나", "배우", ""}))
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 20399999, 김하나 20399999", w.who("20200311"))
	w.emptied()
	w.purged(func(*purge.Config) {})
	w.settle()
	require.Equal(t, "백승환 20267714, 신승호 20300002, 김하나 20399999, 김하나 20399999", w.who("20200311"), "a purge of TMDB changes nothing")
}
