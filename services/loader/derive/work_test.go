package derive_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/identity"
)

// opened is the list row of a film that opened on a day, or on none.
func opened(movieCd, title, day string) messages.Payload {
	return answer(messages.KOBIS, messages.KindMovieList, "all."+movieCd, fmt.Sprintf(
		`{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":%q,"movieNm":%q,"openDt":%q,"nationAlt":"한국","directors":[{"peopleNm":"봉준호"}]}]}}`, movieCd, title, day))
}

func boxOfficeOf(day string, movieCds ...string) messages.Payload {
	rows := ""
	for i, movieCd := range movieCds {
		if i > 0 {
			rows += ","
		}
		rows += fmt.Sprintf(`{"rank":"%d","movieCd":%q,"movieNm":"기생충","audiCnt":"568092"}`, i+1, movieCd)
	}
	return answer(messages.KOBIS, messages.KindDailyBoxOffice, day, `{"boxOfficeResult":{"dailyBoxOfficeList":[`+rows+`]}}`)
}

func (w *workers) pin(movieCd string, tmdbID int) {
	w.exec(`INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why) VALUES ($1, $2, 'pin', 'editor', 'the same film')`, movieCd, tmdbID)
}

func (w *workers) unpin(movieCd string) {
	w.exec(`DELETE FROM curation.verdicts WHERE movie_cd = $1`, movieCd)
}

// empty brings the database back to its beginning.
func (w *workers) empty() {
	w.exec(`DO $$ DECLARE r record; BEGIN
		FOR r IN SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('raw', 'staging', 'production', 'curation', 'ops') LOOP
			EXECUTE format('TRUNCATE %I.%I CASCADE', r.schemaname, r.tablename);
		END LOOP; END $$`)
}

// Four films of KOBIS are one film of TMDB, a fifth is another: in whatever order
// their facts arrive, and however often titles are derived in between.
func TestEditionsDoNotDependOnTheOrderOfArrival(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	land := func(p messages.Payload) func() { return func() { w.landAll(p) } }
	facts := []func(){
		land(opened("20183782", "기생충", "20190530")), land(opened("20203333", "기생충: 흑백판", "20200226")),
		land(opened("20203334", "기생충", "")), land(opened("20183799", "기생충 (재개봉)", "20190530")),
		land(opened("20190001", "알라딘", "20190523")), land(detailed("20203333", "15세")), land(movie(496243, "Parasite")),
		land(boxOfficeOf("20190530", "20183782", "20190001")), land(boxOfficeOf("20200301", "20203333")),
		func() { w.pin("20183782", 496243) }, func() { w.pin("20203333", 496243) },
		func() { w.pin("20203334", 496243) }, func() { w.pin("20183799", 496243) }, func() { w.pin("20190001", 420817) },
	}
	var want any
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 0))
		for _, i := range random.Perm(len(facts)) {
			facts[i]()
			if random.IntN(3) == 0 {
				w.drainAll()
			}
		}
		w.drainAll()
		if want == nil {
			want = w.production()
			requireParasite(t, w)
		}
		require.Equal(t, want, w.production(), "seed %d", seed)
		w.empty()
	}
}

func requireParasite(t *testing.T, w *workers) {
	t.Helper()
	main := identity.Of("kobis:movie:20183782").String()
	require.Equal(t, 2, ask[int](w, "SELECT count(*) FROM production.titles"), "a work is shown once")
	require.Equal(t, main, ask[string](w, "SELECT id::text FROM production.titles WHERE tmdb_id = 496243"))
	require.Equal(t, "Parasite", ask[string](w, "SELECT title_en FROM production.titles WHERE kobis_movie_cd = '20183782'"))
	require.Equal(t, []string{"20183782 true", "20183799 false", "20203333 false", "20203334 false"},
		ask[[]string](w, "SELECT array_agg(movie_cd || ' ' || is_main ORDER BY movie_cd) FROM production.editions WHERE title_id = $1", main))
	require.Equal(t, "15세", ask[string](w, "SELECT watch_grade FROM production.editions WHERE movie_cd = '20203333'"))
	require.Equal(t, 3, ask[int](w, "SELECT count(*) FROM production.title_aliases WHERE title_id = $1", main))
	require.Equal(t, []string{"20183782", "20203333"},
		ask[[]string](w, "SELECT array_agg(movie_cd ORDER BY movie_cd) FROM production.box_office WHERE title_id = $1", main), "box office is kept per film")
}

// A film that leaves its work is what it was before it came, and so is the work.
func TestLeavingAWorkUndoesTheMergeCompletely(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(opened("20183782", "기생충", "20190530"), opened("20203333", "기생충: 흑백판", "20200226"), movie(496243, "Parasite"),
		boxOfficeOf("20200301", "20203333", "20183782"))
	w.pin("20203333", 496243)
	w.drainAll()
	before := w.production()
	for range 2 {
		w.pin("20183782", 496243)
		w.drainAll()
		require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM production.titles"))
		require.Equal(t, identity.Of("kobis:movie:20203333").String(), ask[string](w, "SELECT id::text FROM production.title_aliases"),
			"the title that was there gives up its id to the earlier opening")
		w.unpin("20183782")
		w.drainAll()
		require.Equal(t, before, w.production())
	}
}

// Two films become one film of TMDB's editions in two transactions of which
// neither sees the other's match.
func TestTwoEditionsDerivedAtOnceBecomeOneTitle(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(opened("20183782", "기생충", "20190530"), opened("20203333", "기생충: 흑백판", "20200226"), movie(496243, "Parasite"))
	w.drainAll()
	w.pin("20203333", 496243)
	one := w.begin()
	require.Len(t, one.drain(), 1)
	w.pin("20183782", 496243)
	other := w.begin()
	drained := make(chan error, 1)
	go func() {
		_, err := derive.Drain(context.Background(), other, 100, noon)
		drained <- err
	}()
	w.waits(other) // for the work
	one.commit()
	require.NoError(t, <-drained)
	other.commit()
	require.Equal(t, []string{"20183782"}, ask[[]string](w, "SELECT array_agg(kobis_movie_cd) FROM production.titles"))
}

// A film that KOBIS no longer has keeps its title, under its last name.
func TestARecordThatKobisLosesWithdrawsItsFields(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	w.landAll(detailed("20183782", "15세"))
	w.drainAll()
	before := w.production()
	notFound := lost(detailed("20183782", ""))
	w.landAll(notFound[0])
	w.drainAll()
	require.Equal(t, before, w.production(), "not believed yet")
	w.landAll(notFound[1:]...)
	w.drainAll()
	require.Equal(t, []string{"기생충", "", "true"}, ask[[]string](w,
		"SELECT ARRAY[title_ko, coalesce(watch_grade, ''), (missing_since IS NOT NULL)::text] FROM production.titles"))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.certifications"))
	back := detailed("20183782", "15세")
	back.FetchedAt = later(notFound[3]).FetchedAt
	w.landAll(back)
	w.drainAll()
	require.Equal(t, before, w.production())
}

func TestWhatASeriesHas(t *testing.T) {
	t.Parallel()
	w := newWorkers(t)
	series := answer(messages.TMDB, messages.KindSeriesDetail, "93405", `{"id":93405,"name":"오징어 게임","original_language":"ko",
		"number_of_seasons":3,"number_of_episodes":22,"networks":[{"id":213,"name":"Netflix","logo_path":"/n.png","origin_country":""}],"genres":[{"id":18,"name":"드라마"}],
		"images":{"backdrops":[{"file_path":"/b.jpg","iso_639_1":null,"width":3840,"height":2160,"vote_average":5.4,"vote_count":12}],
			"logos":[{"file_path":"/l.png","iso_639_1":"en"}],"posters":[{"file_path":"/ko.jpg","iso_639_1":"ko"},{"file_path":"/en.jpg","iso_639_1":"en"}]},
		"keywords":{"results":[{"id":2,"name":"survival"},{"id":3,"name":"death game"}]},"external_ids":{"imdb_id":"tt10919420","tvdb_id":383275},
		"production_companies":[{"id":213,"name":"Another company of that number"}],
		"seasons":[{"season_number":0,"name":"스페셜","episode_count":1,"air_date":null},{"season_number":1,"name":"시즌 1","episode_count":9,"air_date":"2021-09-17","poster_path":"/s1.jpg"}],
		"content_ratings":{"results":[{"iso_3166_1":"KR","rating":"19"},{"iso_3166_1":"US","rating":""}]},
		"alternative_titles":{"results":[{"iso_3166_1":"US","title":"Round Six","type":""}]},
		"translations":{"translations":[{"iso_639_1":"en","iso_3166_1":"US","data":{"name":"Squid Game","overview":"Players."}}]},
		"aggregate_credits":{"cast":[{"id":73249,"name":"이정재","original_name":"이정재","roles":[{"character":"Seong Gi-hun","episode_count":22}]}],"crew":[]}}`)
	w.landAll(series)
	w.drainAll()
	for query, want := range map[string]string{
		`SELECT string_agg(number || ' ' || name || ' ' || episode_count || ' ' || coalesce(air_date::text, '-') || ' ' || coalesce(poster_path, '-'), '; ' ORDER BY position) FROM production.seasons`: "0 스페셜 1 - -; 1 시즌 1 9 2021-09-17 /s1.jpg",
		`SELECT name || ' ' || tmdb_id || ' ' || logo_path FROM production.networks`:                                                                "Netflix 213 /n.png",
		`SELECT string_agg(kind || position || ' ' || path || ' ' || coalesce(language, '-'), '; ' ORDER BY kind, position) FROM production.images`: "backdrop0 /b.jpg -; logo0 /l.png en; poster0 /ko.jpg ko; poster1 /en.jpg en",
		`SELECT width || 'x' || height || ' ' || vote_average || ' of ' || vote_count FROM production.images WHERE kind = 'backdrop'`:               "3840x2160 5.4 of 12",
		`SELECT poster_path || ' ' || backdrop_path FROM production.titles`:                                                                         "/ko.jpg /b.jpg",
		`SELECT string_agg(name, '; ' ORDER BY position) FROM production.keywords`:                                                                  "survival; death game",
		`SELECT string_agg(site || ' ' || external_id, '; ' ORDER BY site) FROM production.external_ids`:                                            "imdb tt10919420; tvdb 383275",
		`SELECT name || ' is ' || genre FROM production.genres`:                                                                                     "드라마 is drama",
		`SELECT name_en FROM production.companies`:                                                                                                  "Another company of that number",
		`SELECT certification FROM production.certifications`:                                                                                       "19",
		`SELECT title FROM production.alternative_titles`:                                                                                           "Round Six",
		`SELECT title || ': ' || overview FROM production.translations WHERE language = 'en'`:                                                       "Squid Game: Players.",
		`SELECT name_ko || ' as ' || character || ' in ' || episodes || ' episodes' FROM production.credits`:                                        "이정재 as Seong Gi-hun in 22 episodes",
	} {
		require.Equal(t, want, ask[string](w, query), query)
	}
}
