package loader

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// parasite is everything that the sources say about one film, in the order in
// which the planner asks for it.
func parasite(at time.Time) []messages.Payload {
	return []messages.Payload{
		payload(messages.KOBIS, messages.KindDailyBoxOffice, "20190530", at, boxOfficeDay),
		listPage(1, at.Add(time.Second), 2,
			listRow("20183782", " 기생충 ", "PARASITE", "2019", "20190530", "한국", "봉준호"),
			listRow("20190001", "알라딘", "Aladdin", "2018", "20190523", "미국", "가이 리치")),
		payload(messages.KOBIS, messages.KindMovieDetail, "20183782", at.Add(2*time.Second), parasiteDetail),
		search("20183782", "ko-year", "기생충", at.Add(3*time.Second),
			hit(496243, "기생충", "기생충", "ko", "2019-05-30"), hit(12345, "기생충", "Parasite", "en", "1982-03-12")),
		search("20190001", "ko-year", "알라딘", at.Add(3*time.Second), hit(420817, "알라딘", "Aladdin", "en", "2019-05-22")),
		payload(messages.TMDB, messages.KindMovieDetail, "496243", at.Add(4*time.Second), parasiteMovie),
		notFound(messages.TMDB, messages.KindMovieDetail, "420817", at.Add(4*time.Second)),
		notFound(messages.KOBIS, messages.KindMovieDetail, "20190001", at.Add(4*time.Second)),
		payload(messages.TMDB, messages.KindSeriesDiscover, "2021-07-01_2021-12-31.1", at.Add(5*time.Second),
			`{"page":1,"results":[{"id":93405,"name":"오징어 게임"}],"total_pages":1,"total_results":1}`),
		payload(messages.TMDB, messages.KindSeriesDetail, "93405", at.Add(6*time.Second), squidGame),
		payload(messages.TMDB, messages.KindSeasonDetail, "93405.1", at.Add(7*time.Second), `{"id":5,"season_number":1,"name":"시즌 1","episodes":[],"credits":{"cast":[{"id":73249,"name":"이정재","credit_id":"r1","order":0}],"crew":[]},"aggregate_credits":{"cast":[{"id":73249,"name":"이정재","original_name":"이정재","roles":[{"credit_id":"r1","character":"Seong Gi-hun","episode_count":9}],"order":0}],"crew":[]}}`),
		payload(messages.KOBIS, messages.KindPeopleList, "all.1", at.Add(7*time.Second), directorList),
		payload(messages.KOBIS, messages.KindPeopleDetail, "10037090", at.Add(7*time.Second), directorInfo),
		payload(messages.TMDB, messages.KindPersonDetail, "21684", at.Add(7*time.Second), directorPerson),
		payload(messages.TMDB, messages.KindPersonChanges, "2026-11-21.1", at.Add(7*time.Second), `{"results":[{"id":21684,"adult":false}],"page":1,"total_pages":1,"total_results":1}`),
		payload(messages.TMDB, messages.KindMovieChanges, "2026-11-21.1", at.Add(7*time.Second),
			`{"results":[{"id":496243,"adult":null}],"page":1,"total_pages":1,"total_results":1}`),
	}
}

func TestAnswersReachAllTables(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(parasite(noon)...)
	w.start(w.config())
	w.settle()

	require.Equal(t, 16, w.count("raw.payloads"))
	for table, rows := range map[string]int{
		"staging.kobis_list_pages": 1, "staging.kobis_movies": 2, "staging.kobis_movie_details": 2,
		"staging.kobis_box_office_days": 1, "staging.kobis_box_office": 2, "staging.kobis_companies": 2,
		"staging.tmdb_searches": 2, "staging.tmdb_movies": 2, "staging.tmdb_series": 1, "staging.tmdb_seasons": 1, "staging.tmdb_discover_pages": 1,
		"staging.kobis_people_pages": 1, "staging.kobis_people": 1, "staging.kobis_people_titles": 2, "staging.kobis_people_details": 1, "staging.tmdb_persons": 1,
		"staging.tmdb_people": 4, "staging.tmdb_companies": 1,
		"production.titles": 3, "production.matches": 2, "production.people": 5, "production.person_matches": 1, "production.companies": 3,
		"production.box_office": 2, "production.editions": 2, "production.networks": 1,
	} {
		require.Equal(t, rows, w.count(table), table)
	}
	type title struct {
		Kind, TitleKo, TitleEn, Imdb, Grade, Form string
		Runtime                                   int
	}
	var got title
	require.NoError(t, w.db.QueryRow(t.Context(), `SELECT kind, title_ko, title_en, imdb_id, watch_grade, form, runtime_minutes
		FROM production.titles WHERE kobis_movie_cd = '20183782'`).
		Scan(&got.Kind, &got.TitleKo, &got.TitleEn, &got.Imdb, &got.Grade, &got.Form, &got.Runtime))
	require.Equal(t, title{"movie", "기생충", "Parasite", "tt6751668", "15세이상관람가", "feature", 133}, got)
	require.Equal(t, "tmdb", ask[string](w, "SELECT sources->>'title_en' FROM production.titles WHERE kobis_movie_cd = '20183782'"))
	require.Equal(t, "matched", ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20183782'"))
	require.Equal(t, 496243, ask[int](w, "SELECT tmdb_id FROM production.matches WHERE movie_cd = '20183782'"))
	require.Equal(t, "none", ask[string](w, "SELECT status FROM production.matches WHERE movie_cd = '20190001'"), "TMDB no longer has the one candidate")
	require.Equal(t, "오징어 게임", ask[string](w, "SELECT title_ko FROM production.titles WHERE kind = 'series'"))
	require.Equal(t, 5, ask[int](w, "SELECT count(*) FROM production.credits c JOIN production.titles t ON t.id = c.title_id WHERE t.kobis_movie_cd = '20183782' AND source = 'kobis'"))
	require.Equal(t, []string{"감독 Director", "출연 Actor"}, ask[[]string](w, `SELECT array_agg(c.role || ' ' || c.role_tmdb ORDER BY c.role)
		FROM production.credits c JOIN production.people p ON p.id = c.person_id WHERE c.sources = ARRAY['kobis', 'tmdb']`), "both sources have them")
	require.Equal(t, "SONG Kang-ho", ask[string](w, "SELECT name_en FROM production.credits WHERE source = 'kobis' AND department = 'acting' ORDER BY position LIMIT 1"))
	require.Zero(t, ask[int](w, "SELECT count(*) FROM production.box_office WHERE title_id IS NULL"))
	require.NotNil(t, ask[*time.Time](w, "SELECT missing_since FROM staging.kobis_movie_details WHERE movie_cd = '20190001'"))
}
