package loader

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
)

// lengthened has 900 syllables behind each text that says something, other ones each
// time: no two are alike, and nothing compresses them.
func lengthened(p messages.Payload, at *int) messages.Payload {
	texts := regexp.MustCompile(`"(movieNm|movieNmEn|movieNmOg|peopleNm|peopleNmEn|cast|castEn|companyNm|companyNmEn|companyPartNm|staffRoleNm|nationNm|genreNm|watchGradeNm|prdtStatNm|typeNm|nationAlt|genreAlt|repNationNm|repGenreNm|showTypeNm|title|original_title|name|original_name|character|job|department|status|overview|type|rating|certification|original_language|iso_639_1|iso_3166_1|origin_country|poster_path|backdrop_path|file_path|logo_path|profile_path|wikidata_id|imdb_id)":"([^"]*)"`)
	p.Body = texts.ReplaceAllFunc(p.Body, func(field []byte) []byte {
		text := string(field[:len(field)-1])
		var b strings.Builder
		for range 900 {
			*at++
			b.WriteRune('가' + rune(*at*7919%11172))
		}
		return []byte(text + b.String() + `"`)
	})
	return p
}

// An index of Postgres has room for 2,704 bytes: whatever text is longer than that, and
// wherever it stands, costs no row and no title.
func TestTextOfAnyLengthLands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := 0
	var all []messages.Payload
	for _, p := range []messages.Payload{
		listPage(1, noon, 2, listRow("20183782", "기생충", "PARASITE", "2019", "20190530", "한국", "봉준호"), listRow("20190001", "알라딘", "", "2019", "20190523", "미국", "")),
		payload(messages.KOBIS, messages.KindMovieDetail, "20183782", noon, parasiteDetail),
		payload(messages.KOBIS, messages.KindDailyBoxOffice, "20190530", noon, boxOfficeDay),
		payload(messages.TMDB, messages.KindMovieDetail, "496243", noon, parasiteMovie),
		payload(messages.TMDB, messages.KindSeriesDetail, "93405", noon, squidGame),
		search("20183782", "ko", "기생충", noon, hit(496243, "기생충", "기생충", "ko", "2019-05-30")),
	} {
		all = append(all, lengthened(p, &at))
	}
	w.publish(all...)
	_, err := w.db.Exec(t.Context(), "INSERT INTO curation.verdicts (movie_cd, tmdb_id, verdict, decided_by, why, decided_at) VALUES ('20183782', 496243, 'pin', 'a', 'b', now())")
	require.NoError(t, err)
	stop := w.start(w.config())
	w.settle()
	stop()
	require.Empty(t, w.deadLetters())
	require.Equal(t, 2, w.count("production.titles WHERE kind = 'movie' AND octet_length(title_ko) BETWEEN 2000 AND 2048"))
	require.Equal(t, 1, w.count("production.titles WHERE kind = 'series' AND octet_length(title_ko) BETWEEN 2000 AND 2048"))
	require.Positive(t, w.count("production.people WHERE octet_length(name_ko) > 2000"))
	require.Positive(t, w.count("production.companies WHERE octet_length(name_ko) > 2000"))
	require.Positive(t, w.count("production.credits WHERE octet_length(role) > 2000"))
	require.Positive(t, w.count("production.title_genres"))
	require.Equal(t, len(all), ask[int](w, "SELECT count(DISTINCT raw_id) FROM raw.field_notes WHERE problem = 'text cut'"))
}

// What the sources send today, as readers find it.
func TestWhatTheSourcesReallySend(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	film := strings.NewReplacer(
		`"original_language":"ko"`, `"original_language":"cn"`, `"2019-05-30T00:00:00.000Z"`, `"2019-05-30 00:00:00 UTC"`, `"release_date":"2019-05-30"`, `"release_date":"2019-05-30 00:00:00 UTC"`,
		`"backdrop_path":"/b.jpg"`, `"backdrop_path":null`, `"iso_639_1":null,"file_path":"/b.jpg"`, `"iso_639_1":"xx","iso_3166_1":"XX","file_path":"/b.jpg"`,
		`"origin_country":["KR"]`, `"origin_country":["XX","SU"]`, `"id":496243,`, `"id":496243.0,`,
	).Replace(parasiteMovie)
	series := strings.NewReplacer(`[{"iso_3166_1":"KR","rating":"19"}]`, `[{"iso_3166_1":"KR","rating":""},{"iso_3166_1":"KR","rating":"15"}]`,
		`"episode_run_time":[]`, `"episode_run_time":[0],"last_episode_to_air":{"id":1,"runtime":57}`).Replace(squidGame)
	second := `{"rank":"","movieCd":"20183782","movieNm":"기생충","audiCnt":"1"},{"rank":"","movieCd":"20190002","movieNm":"무명","audiCnt":"7"},`
	w.publish(
		listPage(1, noon, 1, listRow("20183782", "기생충", "Cut&copy", "2019", "2019-05-30", "한국", "봉준호")),
		payload(messages.KOBIS, messages.KindMovieDetail, "20183782", noon, strings.Replace(parasiteDetail, `"20183782"`, `"20183782 "`, 1)),
		payload(messages.KOBIS, messages.KindDailyBoxOffice, "20190530", noon, strings.Replace(boxOfficeDay, "[\n", "["+second, 1)),
		payload(messages.TMDB, messages.KindMovieDetail, "496243", noon, film),
		payload(messages.TMDB, messages.KindSeriesDetail, "93405", noon, series),
		search("20183782", "ko", "기생충", noon, hit(496243, "기생충", "기생충", "xx", "2019-05-30 00:00:00 UTC")),
	)
	stop := w.start(w.config())
	w.settle()
	stop()
	require.Empty(t, w.deadLetters())
	const facts = "SELECT concat_ws(' ', original_language, release_date, runtime_minutes, backdrop_path, countries) FROM production.titles WHERE kobis_movie_cd = '20183782'"
	require.Equal(t, "zh 2019-05-30 133 /b.jpg "+ask[string](w, "SELECT countries::text FROM production.titles WHERE kobis_movie_cd = '20183782'"), ask[string](w, facts))
	require.Equal(t, "cn", ask[string](w, "SELECT original_language FROM staging.tmdb_movies"))
	require.Equal(t, 1, w.count("production.images WHERE path = '/b.jpg' AND language IS NULL"))
	require.Equal(t, 1, w.count("production.certifications WHERE release_date = '2019-05-30' AND country = 'KR'"))
	require.Equal(t, "15 57", ask[string](w, "SELECT watch_grade || ' ' || runtime_minutes FROM production.titles WHERE kind = 'series'"))
	require.Zero(t, w.count("staging.kobis_movie_details WHERE missing_since IS NOT NULL OR found_at IS NULL"))
	require.Equal(t, "1", ask[string](w, "SELECT rank::text FROM production.box_office WHERE movie_cd = '20183782'"))
	require.Equal(t, 1, w.count("staging.kobis_box_office WHERE movie_cd = '20190002' AND rank IS NULL"))
	require.Equal(t, "1 1", ask[string](w, "SELECT max(times) FILTER (WHERE problem = 'row twice in one answer') || ' ' || max(times) FILTER (WHERE field = 'rank') FROM raw.field_notes"))
	require.Equal(t, "Cut&copy", ask[string](w, "SELECT title_en FROM staging.kobis_movies"))
}

// What is marked as not found, and is there, is kept whole and believed by nobody.
func TestAFilmThatIsThereIsNoTombstone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	odd := payload(messages.KOBIS, messages.KindMovieDetail, "20183782", noon.Add(time.Hour), strings.Replace(parasiteDetail, `"20183782"`, strconv.Quote(" 20183782"), 1))
	odd.Outcome = messages.OutcomeNotFound
	w.publish(payload(messages.KOBIS, messages.KindMovieDetail, "20183782", noon, parasiteDetail), odd)
	stop := w.start(w.config())
	w.settle()
	stop()
	letters := w.deadLetters()
	require.Len(t, letters, 1)
	require.Equal(t, odd.Body, letters[0].Body)
	require.Contains(t, letters[0].Reason, "marked as not found")
	require.Zero(t, w.count("staging.kobis_movie_details WHERE missing_since IS NOT NULL"), fmt.Sprint(letters))
}
