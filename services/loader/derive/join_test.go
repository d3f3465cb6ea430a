package derive_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/identity"
)

// shown is the list row of a film.
func shown(movieCd, title, year, day, form, nation string, directors ...string) messages.Payload {
	row := map[string]any{"movieCd": movieCd, "movieNm": title, "prdtYear": year, "openDt": day, "typeNm": form, "nationAlt": nation}
	var people []map[string]string
	for _, name := range directors {
		people = append(people, map[string]string{"peopleNm": name})
	}
	row["directors"] = people
	body, err := json.Marshal(map[string]any{"movieListResult": map[string]any{"totCnt": 1, "movieList": []any{row}}})
	if err != nil { // texts always marshal
		panic(err)
	}
	return answer(messages.KOBIS, messages.KindMovieList, "all."+movieCd, string(body))
}

const (
	feature = "장편"
	short   = "단편"
)

// What KOBIS lists of films that differ by the name of an edition, and which are one work.
func TestEditionsThatTmdbDoesNotJoinAreOneWork(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(
		// one film each
		shown("20136888", "강남 1970", "2014", "20150121", feature, "한국", "유하"), shown("20159185", "강남1970(무삭제판)", "2014", "", feature, "한국", "유하"),
		shown("20234667", "키리에의 노래", "2023", "20231101", feature, "일본", "이와이 슌지"), shown("20235564", "키리에의 노래: 디렉터스 컷", "2023", "20231124", feature, "일본", "이와이 슌지"),
		shown("20081565", "뱅크 잡", "2008", "20081030", feature, "영국", "로저 도널드슨"), shown("20150701", "뱅크잡 무삭제 특별판", "2008", "", feature, "영국,미국,호주", "로저 도널드슨"),
		shown("20229495", "메타 섹스", "2022", "20230112", feature, "한국", "신성진"), shown("20232815", "메타 섹스 무삭제판", "2023", "20230802", feature, "한국", "신성진"),
		shown("20170787", "어린 형수 2 - 무삭제판", "2017", "20170307", feature, "한국", "김태수"), shown("20170861", "어린 형수 2", "2017", "20170210", feature, "한국", "김태수"),
		// the edition opened first: the work has the title without its name
		shown("20224818", "하숙집 : 밥보다 섹스 맛집 무삭제", "2022", "20220128", feature, "한국", "신승엽"), shown("20224833", "하숙집 : 밥보다 섹스 맛집", "2022", "20220520", feature, "한국", "신승엽"),
		// others
		shown("20111087", "불륜의 시대", "2011", "20130214", feature, "한국", "전규환"), shown("20178448", "불륜의 시대 감독판", "2017", "20171226", feature, "한국", "박은수"),
		shown("20010222", "스파이 키드", "2001", "20010713", feature, "미국", "로버트 로드리게즈"), shown("20040459", "스파이 키드 3D", "2003", "20040213", feature, "미국", "로버트 로드리게즈"),
		shown("19990105", "인랑", "1999", "20001201", feature, "일본", "오키우라 히로유키"), shown("20170942", "인랑(가제)", "2017", "", feature, "한국", "김지운"),
		shown("20090824", "여우비", "2006", "", feature, "말레이시아", "구본환", "김명화"), shown("20080412", "여우비", "2006", "", short, "한국", "구본환"),
		shown("20240321", "젖어버린 속살", "2022", "20230601", feature, "일본"), shown("20246568", "젖어버린 속살 무삭제판", "2022", "20240110", feature, "일본"),
		shown("20123362", "몽정애-감독판", "", "20121220", feature, "한국", "이숭환"), shown("20124258", "몽정애", "2011", "20110503", feature, "한국", "이숭환"),
		// which of two features is it? the second is made up of facts of another
		shown("20170366", "작은 엄마", "2017", "20170426", feature, "한국", "이진"), shown("20175421", "작은 엄마", "2016", "20170727", feature, "한국", "이진"),
		shown("20175499", "작은 엄마 (무삭제)", "2017", "20170801", feature, "한국", "이진"),
	)
	w.drainAll()
	require.Equal(t, []string{
		"뱅크 잡: 20081565 20150701", "강남 1970: 20136888 20159185", "어린 형수 2: 20170787 20170861",
		"하숙집 : 밥보다 섹스 맛집: 20224818 20224833", "메타 섹스: 20229495 20232815", "키리에의 노래: 20234667 20235564",
	}, ask[[]string](w, `SELECT array_agg(v.title || ': ' || v.films ORDER BY v.films) FROM (
		SELECT min(t.title_ko) AS title, string_agg(e.movie_cd, ' ' ORDER BY e.movie_cd) AS films
		FROM production.editions AS e JOIN production.titles AS t ON t.id = e.title_id GROUP BY t.id HAVING count(*) > 1) AS v`))
	require.Equal(t, "title", ask[string](w, "SELECT joined_by FROM production.editions WHERE movie_cd = '20159185'"))
	require.Equal(t, []string{"20136888 강남 1970 differs by the name of an edition alone, directed by 유하, made in 2014"},
		ask[[]string](w, "SELECT joined_facts FROM production.editions WHERE movie_cd = '20159185'"))
	require.Equal(t, identity.Of("kobis:movie:20136888").String(), ask[string](w, "SELECT title_id::text FROM production.title_aliases WHERE movie_cd = '20159185'"))
	require.Equal(t, 15, ask[int](w, "SELECT count(*) FROM production.editions WHERE joined_by IS NULL"), "nobody is joined without evidence")
}

// works are the codes of films that are one work, and its record of TMDB.
func (w *workers) works() []string {
	return ask[[]string](w, `SELECT coalesce(array_agg(line ORDER BY line COLLATE "C"), '{}') FROM (
		SELECT string_agg(e.movie_cd || coalesce(' ' || e.joined_by, ''), ', ' ORDER BY e.movie_cd) || coalesce(' is ' || max(t.tmdb_id), '') AS line
		FROM production.editions AS e JOIN production.titles AS t ON t.id = e.title_id GROUP BY t.id) AS v`)
}

const verdictSQL = `INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ($1, $2, $3, 'editor', 'seen both')`

// An edition is what its film is, as long as the facts say so: it goes where the film goes,
// leaves when its evidence does or a person says so, and then all is as before.
func TestAnEditionFollowsItsFilmAndItsEvidence(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	film, uncut := shown("20123722", "런던 블러바드", "2010", "20120920", feature, "미국", "윌리엄 모나한"), shown("20125306", "런던 블러바드 무삭제 감독판", "2010", "20130104", feature, "미국", "윌리엄 모나한")
	w.landAll(film)
	w.drainAll()
	alone := w.production()
	w.landAll(uncut, movie(46705, "London Boulevard"), boxOfficeOf("20130104", "20125306"))
	w.drainAll()
	joined := w.production()
	require.Equal(t, []string{"20123722 title, 20125306 title"}, w.works())
	verdict := func(movieCd string, id int, word string, want ...string) {
		w.exec(verdictSQL, movieCd, id, word)
		w.drainAll()
		require.Equal(t, want, w.works(), "%s %s %d", movieCd, word, id)
	}
	verdict("20123722", 46705, "pin", "20123722 tmdb, 20125306 title is 46705")
	verdict("20125306", 46705, "ban", "20123722 is 46705", "20125306")
	w.unpin("20125306")
	verdict("20125306", 0, "none", "20123722 is 46705", "20125306")
	w.unpin("20125306")
	verdict("20125306", 46705, "pin", "20123722 tmdb, 20125306 tmdb is 46705")
	w.unpin("20123722")
	w.drainAll()
	require.Equal(t, []string{"20123722 title, 20125306 tmdb is 46705"}, w.works(), "the film goes where its edition is")
	w.unpin("20125306")
	w.drainAll()
	require.Equal(t, joined, w.production())
	verdict("20123722", -1, "alone", "20123722", "20125306")
	w.unpin("20123722")
	w.drainAll()
	require.Equal(t, joined, w.production())

	for _, changed := range []messages.Payload{
		shown("20125306", "런던 블러바드 무삭제 감독판", "2010", "20130104", feature, "미국", "다른 사람"),
		shown("20125306", "런던 블러바드 무삭제 감독판", "2014", "20130104", feature, "미국", "윌리엄 모나한"),
		shown("20125306", "런던 스트리트 무삭제 감독판", "2010", "20130104", feature, "미국", "윌리엄 모나한"),
		shown("20125306", "런던 블러바드", "2010", "20130104", feature, "미국", "윌리엄 모나한"),
		shown("20125306", "런던 블러바드 무삭제 감독판", "2010", "20130104", short, "미국", "윌리엄 모나한"),
	} {
		changed.FetchedAt = later(uncut).FetchedAt
		w.landAll(changed)
		w.drainAll()
		require.Equal(t, []string{"20123722", "20125306"}, w.works(), "%s", changed.Body)
		uncut.FetchedAt = later(changed).FetchedAt
		w.landAll(uncut)
		w.drainAll()
		require.Equal(t, joined, w.production())
	}
	another := shown("20129999", "런던 블러바드", "2011", "", feature, "미국", "윌리엄 모나한")
	w.landAll(another)
	w.drainAll()
	require.Equal(t, []string{"20123722", "20125306", "20129999"}, w.works(), "it may be either's edition")
	another = shown("20129999", "런던 블러바드", "2016", "", feature, "미국", "윌리엄 모나한")
	another.FetchedAt = later(uncut).FetchedAt
	w.landAll(another)
	w.drainAll()
	require.Equal(t, []string{"20123722 title, 20125306 title", "20129999"}, w.works())
	require.NotEqual(t, alone, w.production())
}

// Which films are one work is a function of what is known, of titles that share a record
// of TMDB too, in whatever order it is learned and derived.
func TestJoinedWorksDoNotDependOnTheOrderOfFacts(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	var facts []fact
	land := func(payloads ...messages.Payload) {
		for i, p := range payloads {
			p.FetchedAt = noon.Add(time.Duration(i) * time.Hour)
			facts = append(facts, fact{"", func() { w.landAll(p) }, true})
		}
	}
	say := func(movieCd string, steps ...func()) {
		for _, s := range steps {
			facts = append(facts, fact{movieCd, s, false})
		}
	}
	row := func(movieCd, title, year, director string) messages.Payload {
		return shown(movieCd, title, year, "", feature, "미국", director)
	}
	land(row("20082001", "람보", "1982", "테드 코체프"), row("20082001", "람보 퍼스트 블러드", "1982", "테드 코체프"))
	land(row("20082002", "람보 퍼스트 블러드 무삭제", "1982", "테드 코체프"), row("20082002", "람보 무삭제판", "1982", "테드 코체프"))
	land(row("20082003", "람보 퍼스트 블러드 감독판", "1981", "테드 코체프"))
	land(row("20082004", "람보", "1982", "테드 코체프"))
	land(row("20082005", "람보 확장판", "1983", "다른 사람"), row("20082005", "람보 확장판", "1983", "테드 코체프"))
	land(row("20082006", "람보 재개봉", "1982", "테드 코체프"), row("20082006", "록키 재개봉", "1976", "존 아빌드센"))
	land(row("20082007", "록키", "1976", "존 아빌드센"), row("20082007", "록키", "1976", "존 G. 아빌드센"), row("20082007", "록키", "1976", "존 아빌드센"))
	land(row("20082008", "록키 무삭제판", "1977", "존 아빌드센"))
	land(movie(1368, "First Blood"), movie(1366, "Rocky"))
	land(detailed("20082002", "18세"), gone(detailed("20082002", "")), detailed("20082002", "15세"))
	say("20082001", func() { w.pin("20082001", 1368) })
	say("20082004", func() { w.pin("20082004", 1366) }, func() { w.unpin("20082004") }, func() { w.pin("20082004", 1368) })
	say("20082007", func() { w.exec(verdictSQL, "20082007", -1, "alone") }, func() { w.unpin("20082007") })
	say("20082008", func() { w.exec(verdictSQL, "20082008", 1366, "ban") })

	for _, f := range facts {
		f.tell()
	}
	w.drainAll()
	want, titles := w.production(), ask[string](w, `SELECT string_agg(p::text, ' ' ORDER BY p.movie_cd) FROM ops.plain_titles AS p`)
	require.Equal(t, []string{
		"20082001 tmdb, 20082002 title, 20082003 title, 20082004 tmdb, 20082005 title is 1368",
		"20082006 title, 20082007 title, 20082008 title",
	}, w.works(), "two titles of one record, and one that TMDB has not")
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 2))
		w.empty()
		for round := range 2 {
			for _, f := range shuffled(random, facts) {
				if round == 0 || f.replay {
					f.tell()
				}
				if random.IntN(3) == 0 {
					w.drainAll()
				}
			}
		}
		w.drainAll()
		require.Equal(t, want, w.production(), "seed %d", seed)
		require.Equal(t, titles, ask[string](w, `SELECT string_agg(p::text, ' ' ORDER BY p.movie_cd) FROM ops.plain_titles AS p`), "seed %d", seed)
	}
}

// A film and its edition are derived in two transactions of which neither sees the other:
// one waits for the title that they share.
func TestAFilmAndItsEditionDerivedAtOnceBecomeOneTitle(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(shown("20123722", "런던 블러바드", "2010", "20120920", feature, "미국", "윌리엄 모나한"))
	one := w.begin()
	require.Len(t, one.drain(), 1)
	w.landAll(shown("20125306", "런던 블러바드 무삭제 감독판", "2010", "20130104", feature, "미국", "윌리엄 모나한"))
	other := w.begin()
	drained := make(chan error, 1)
	go func() {
		_, err := derive.Drain(context.Background(), other, 100, noon)
		drained <- err
	}()
	w.waits(other) // for the title
	one.commit()
	require.NoError(t, <-drained)
	other.commit()
	require.Equal(t, []string{"20123722 title, 20125306 title"}, w.works())
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.titles"))
}
