package decode

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

// What docs/sources.md lists, each fact in all fields of its kind.

// film and series are details with the given fields beside the id 7.
func film(t *testing.T, fields string) (record.TmdbMovie, Findings) {
	t.Helper()
	facts, findings, err := Payload(tmdb(messages.KindMovieDetail, "7", `{"id":7,`+fields+`}`))
	require.NoError(t, err)
	return facts.TmdbMovies[0], findings
}

func series(t *testing.T, fields string) (record.TmdbSeries, Findings) {
	t.Helper()
	facts, findings, err := Payload(tmdb(messages.KindSeriesDetail, "7", `{"id":7,`+fields+`}`))
	require.NoError(t, err)
	return facts.TmdbSeries[0], findings
}

func TestDatesInOtherForms(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"1993-07-17", "19930717", "1993-07-17 00:00:00 UTC", "1993-07-17 00:00:00 UT", "1993-07-17T00:00:00.000Z", "1993-07-17T00:00:00+09:00",
		"1993-07-16T20:00:00-04:00", "1993.07.17", "1993. 7. 17.", "1993년 7월 17일", " 1993-07-17\\u200b", "July 17, 1993",
	} {
		want := date(1993, 7, 17)
		movie, _ := film(t, fmt.Sprintf(`"release_date":"%s","release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[{"release_date":"%[1]s","type":3}]}]}`, text))
		require.Equal(t, want, movie.ReleaseDate, text)
		require.Equal(t, "1993-07-17", movie.ReleaseDates[0].Date)
		show, _ := series(t, fmt.Sprintf(`"first_air_date":"%s","last_air_date":"%[1]s","seasons":[{"season_number":1,"air_date":"%[1]s"}]`, text))
		require.Equal(t, want, show.FirstAirDate)
		require.Equal(t, want, show.LastAirDate)
		require.Equal(t, "1993-07-17", show.Seasons[0].AirDate)
		row := fmt.Sprintf(`{"movieCd":"20190001","rank":"1","movieNm":"t","openDt":"%s"}`, text)
		list, _ := decoded(t, kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"movieList":[`+row+`]}}`))
		require.Equal(t, want, list.KobisMovies[0].OpenDate)
		detail, _ := decoded(t, kobis(messages.KindMovieDetail, "20190001", `{"movieInfoResult":{"movieInfo":`+row+`}}`))
		require.Equal(t, want, detail.KobisMovieDetails[0].OpenDate)
		day, _ := decoded(t, kobis(messages.KindDailyBoxOffice, "19930718", `{"boxOfficeResult":{"showRange":"1993-07-18~1993-07-18","dailyBoxOfficeList":[`+row+`]}}`))
		require.Equal(t, want, day.KobisBoxOffice[0].OpenDate)
		search, _ := decoded(t, tmdb(messages.KindMovieSearch, "20190001.ko", fmt.Sprintf(`{"page":1,"results":[{"id":1,"release_date":"%s"}]}`, text)))
		require.Equal(t, "1993-07-17", search.TmdbSearches[0].Candidates[0].ReleaseDate)
	}
	_, findings := film(t, `"release_date":"1993-07-17T03:00:00+09:00"`)
	require.Equal(t, 1, findings.Notes[Note{"release_date", NotADate}], "its day is another one in UTC")
}

func TestCodesThatStandForNone(t *testing.T) {
	t.Parallel()
	for _, code := range []string{`null`, `""`, `"xx"`, `"XX"`, `"xx-XX"`, `"zxx"`, `"und"`, `"\u3164"`} {
		movie, _ := film(t, fmt.Sprintf(`"original_language":%s,"images":{"posters":[{"file_path":"/p","iso_639_1":%[1]s}],"backdrops":[{"file_path":"/b","iso_639_1":%[1]s}],"logos":[]},
			"translations":{"translations":[{"iso_639_1":%[1]s,"iso_3166_1":"XX","data":{"title":"t"}}]}`, code))
		require.Empty(t, movie.OriginalLanguage, code)
		for _, image := range movie.Images {
			require.Empty(t, image.Language, code)
		}
		require.Empty(t, movie.Translations)
		search, _ := decoded(t, tmdb(messages.KindMovieSearch, "20190001.ko", fmt.Sprintf(`{"page":1,"results":[{"id":1,"original_language":%s}]}`, code)))
		require.Empty(t, search.TmdbSearches[0].Candidates[0].OriginalLanguage)
	}
	const places = `"origin_country":["%s","KR"],"production_countries":[{"iso_3166_1":"%[1]s"},{"iso_3166_1":"kr"}],
		"production_companies":[{"id":1,"name":"c","origin_country":"%[1]s"}],"alternative_titles":{"titles":[{"iso_3166_1":"%[1]s","title":"t"}]},
		"translations":{"translations":[{"iso_639_1":"en","iso_3166_1":"%[1]s","data":{"title":"t"}}]},
		"release_dates":{"results":[{"iso_3166_1":"%[1]s","release_dates":[{"release_date":"1993-07-17"}]}]}`
	for _, code := range []string{"XX", "xx", "ZZ", "", "\\u200b"} {
		movie, _ := film(t, fmt.Sprintf(places, code))
		require.Equal(t, []string{"KR"}, movie.OriginCountries, code)
		require.Equal(t, []string{"KR"}, movie.ProductionCountries)
		require.Empty(t, movie.Companies[0].Country+movie.AlternativeTitles[0].Country+movie.Translations[0].Country+movie.ReleaseDates[0].Country)
		show, _ := series(t, fmt.Sprintf(`"origin_country":["%s"],"networks":[{"id":1,"name":"n","origin_country":"%[1]s"}],"content_ratings":{"results":[{"iso_3166_1":"%[1]s","rating":"15"}]}`, code))
		require.Empty(t, show.OriginCountries)
		require.Empty(t, show.Networks[0].Country+show.ContentRatings[0].Country)
	}
	for _, code := range []string{"SU", "XC", "XG", "XK", "YU"} { // TMDB's own, kept
		movie, _ := film(t, fmt.Sprintf(places, code))
		require.Equal(t, []string{code, "KR"}, movie.ProductionCountries)
	}
	movie, _ := film(t, `"original_language":"cn","images":{"posters":[{"file_path":"/p","iso_639_1":"ko-KR"}],"backdrops":[],"logos":[]}`)
	require.Equal(t, "cn", movie.OriginalLanguage, "as it was sent")
	require.Equal(t, "ko", movie.Images[0].Language)
}

// An entity ends in a semicolon, and TMDB has none.
func TestTextIsNotChanged(t *testing.T) {
	t.Parallel()
	for _, title := range []string{"Cut&copy", "All&nothing", "J&LTD", "Me&region", "R&AMP", "Q&A;", "A&B;C", "&;", "&#;", "&#x;", "&copyfoo;", "Tom & Jerry;", "Peppermint&company"} {
		require.Equal(t, title, Clean(title))
		movie, _ := film(t, fmt.Sprintf(`"title":%q,"overview":%[1]q`, title))
		require.Equal(t, title, movie.Title)
		require.Equal(t, title, movie.OverviewKo)
	}
	for text, want := range map[string]string{
		"d&eacute;sert": "désert", "Hungry Best 5, The&Nbsp;": "Hungry Best 5, The", "A&#12539;B": "A・B", "A&#x30FB;B": "A・B", "A&semi;B": "A;B", "&amp;amp;": "&", "S&amp;M": "S&M",
	} {
		require.Equal(t, want, Clean(text))
		movie, _ := film(t, fmt.Sprintf(`"title":%q`, text))
		require.Equal(t, text, movie.Title, "TMDB's texts are as they were typed")
	}
}

func TestTextThatLooksEmpty(t *testing.T) {
	t.Parallel()
	blanks := []string{
		"\u3164", "\u115f", "\u1160", "\uffa0", "\u2800", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u061c", "\u17b4", "\u180e", "\u200e", "\u202e",
		"\ufe0f", "\U000e0001", "\U000e0100", " ", "\t", "\u00a0", "\u3000", "\u2028",
	}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(blanks), 1, 6).Draw(t, "text"), "")
		require.Empty(t, Clean(text), "%q", text)
		require.Empty(t, tidy(text), "%q", text)
		require.Empty(t, prose(text), "%q", text)
		require.Equal(t, "기생충", tidy(text+"기생충\u200b\u3164\u1160"), "%q", text)
	})
	require.Equal(t, "빈 칸", tidy("빈\u3164칸"))
	require.Equal(t, "❤\ufe0f", tidy("❤\ufe0f"))
	_, notes := decoded(t, kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"20190001","movieNm":"\u3164\u2800"}]}}`))
	require.Equal(t, 1, notes[Note{"movieNm", MissingTitle}])
	movie, _ := film(t, `"title":"\u1160","overview":"\u200b\n\u3164","credits":{"cast":[{"id":1,"name":"\uffa0"}],"crew":[]}`)
	require.Empty(t, movie.Title+movie.OverviewKo)
	require.Empty(t, movie.Cast, "somebody without a name is nobody")
}

// syllables are n different ones, which no database compresses.
func syllables(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune('가' + rune(i*97%11172))
	}
	return b.String()
}

func TestLongTextIsCut(t *testing.T) {
	t.Parallel()
	long := syllables(900)
	movie, findings := film(t, fmt.Sprintf(`"title":%q,"poster_path":%[1]q,"credits":{"cast":[{"id":1,"name":%[1]q,"character":%[1]q}],"crew":[]},"production_companies":[{"id":1,"name":%[1]q}]`, long))
	want := syllables(682)
	require.Len(t, want, longestText-2)
	for _, text := range []string{movie.Title, movie.Cast[0].Name, movie.Cast[0].Character, movie.Companies[0].Name} {
		require.Equal(t, want, text)
	}
	require.Empty(t, movie.PosterPath, "half a path leads nowhere")
	require.Equal(t, 1, findings.Notes[Note{"title", Shortened}])
	require.Equal(t, 1, findings.Notes[Note{"poster_path", TooLong}])
	require.Contains(t, findings.Gaps, Gap{"7", "title", Repaired}, "a shorter one that came before is better")
	require.Contains(t, findings.Gaps, Gap{"7", "poster_path", Unreadable})
	list, notes := decoded(t, kobis(messages.KindMovieList, "all.1", fmt.Sprintf(`{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"20190001","movieNm":%q,"genreAlt":%q,"directors":[{"peopleNm":%[1]q}]}]}}`,
		long, strings.Repeat("드라마,", 300))))
	require.Equal(t, want, list.KobisMovies[0].Title)
	require.Equal(t, []string{want}, list.KobisMovies[0].Directors)
	require.Len(t, list.KobisMovies[0].Genres, 204)
	require.Equal(t, "드라마", list.KobisMovies[0].Genres[203])
	require.Equal(t, map[Note]int{{"movieNm", Shortened}: 1, {"directors.peopleNm", Shortened}: 1, {"genreAlt", Shortened}: 1}, notes)
}

// Whatever a text is, no more is left of it than an index has room for, and it is what
// cleaning it again makes of it.
func TestNoTextIsLongerThanItsBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"가", "각", "e\u0301", "\U0001D160", "\u0958", "&amp;", "&nbsp;", " ", "a", "\u200b", "👩\u200d🚀", "क्\u200dष", "\ufb2c"})
		text := strings.Repeat(strings.Join(rapid.SliceOfN(part, 1, 5).Draw(t, "part"), ""), rapid.IntRange(1, 3_000).Draw(t, "times"))
		literal, err := json.Marshal(text)
		require.NoError(t, err)
		for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
			var s scalar
			require.NoError(t, s.UnmarshalJSON(literal))
			r := reader{source: source}
			got := r.text("f", s)
			require.LessOrEqual(t, len(got), longestText)
			require.Equal(t, got, tidy(got))
			if len(text) <= longestText/3 {
				require.Empty(t, r.notes)
			}
		}
	})
}

func TestTheFirstOfAListThatSaysSomething(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string]*int32{
		`"episode_run_time":[]`: nil, `"episode_run_time":[0,60]`: new(int32(60)), `"episode_run_time":["","60"]`: new(int32(60)), `"episode_run_time":[60,70]`: new(int32(60)),
		`"episode_run_time":[],"last_episode_to_air":{"runtime":57}`:  new(int32(57)),
		`"episode_run_time":[0],"last_episode_to_air":{"runtime":57}`: new(int32(57)), `"episode_run_time":[60],"last_episode_to_air":{"runtime":57}`: new(int32(60)),
		`"last_episode_to_air":null`: nil, `"last_episode_to_air":{"runtime":null}`: nil, `"last_episode_to_air":{}`: nil, `"last_episode_to_air":"none"`: nil,
	} {
		show, _ := series(t, fields)
		require.Equal(t, want, show.EpisodeRunMinutes, fields)
	}
}

func TestOdditiesOfTheBoxOffice(t *testing.T) {
	t.Parallel()
	day := func(rows string) (Facts, Findings) {
		facts, findings, err := Payload(kobis(messages.KindDailyBoxOffice, "20250904", `{"boxOfficeResult":{"dailyBoxOfficeList":[`+rows+`]}}`))
		require.NoError(t, err)
		return facts, findings
	}
	for literal, problem := range map[string]string{`""`: NotANumber, `" "`: NotANumber, `"-"`: NotANumber, `"0"`: OutOfRange, `-1`: OutOfRange, `"first"`: NotANumber, `[]`: WrongShape} {
		facts, findings := day(`{"rank":` + literal + `,"movieCd":"20190001"}`)
		require.Nil(t, facts.KobisBoxOffice[0].Rank, literal)
		require.Equal(t, 1, findings.Notes[Note{"rank", problem}], "%s: %v", literal, findings.Notes)
	}
	facts, _ := day(`{"rank":"1.0","movieCd":"20190001"}`)
	require.Equal(t, new(int32(1)), facts.KobisBoxOffice[0].Rank)

	const ranked, larger, smaller = `{"rank":"3","movieCd":"20190001","audiCnt":"5"}`, `{"rank":"4","movieCd":" 20190001","audiCnt":"70"}`, `{"rank":"5","movieCd":20190001,"audiCnt":"7"}`
	const bare = `{"rank":"","movieCd":"20190001","audiCnt":"900"}`
	for rows, want := range map[string]int32{bare + "," + ranked: 3, ranked + "," + bare: 3, ranked + "," + larger + "," + smaller: 4, smaller + "," + larger: 4, ranked + "," + ranked: 3} {
		facts, findings := day(rows + `,{"rank":"9","movieCd":"20190002"}`)
		require.Len(t, facts.KobisBoxOffice, 2, rows)
		best := facts.KobisBoxOffice[0]
		require.Equal(t, want, *best.Rank, rows)
		require.Equal(t, strings.Count(rows, "movieCd")-1, findings.Notes[Note{"movieCd", Twice}])
		require.NotContains(t, findings.Gaps, Gap{"20190001", "rank", Unreadable}, "what is wrong with a row that is left out does not matter")
	}
}

func TestAFilmTwiceOnOnePage(t *testing.T) {
	t.Parallel()
	for _, rows := range []string{`{"movieCd":"20190001","movieNm":""},{"movieCd":"20190001","movieNm":"t"}`, `{"movieCd":"20190001","movieNm":"t"},{"movieCd":"20190001","movieNm":"other"}`} {
		facts, notes := decoded(t, kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"movieList":[`+rows+`]}}`))
		require.Len(t, facts.KobisMovies, 1)
		require.Equal(t, "t", facts.KobisMovies[0].Title)
		require.Equal(t, map[Note]int{{"movieCd", Twice}: 1}, notes)
		require.Equal(t, []string{"20190001", "20190001"}, facts.KobisListPages[0].MovieCds, "the page's rows are counted against its total")
	}
}

// A tombstone is never read out of an answer that holds what was asked for.
func TestNoTombstoneOutOfDoubt(t *testing.T) {
	t.Parallel()
	for _, p := range []messages.Payload{
		kobis(messages.KindMovieDetail, "20183782", `{"movieInfoResult":{"movieInfo":{"movieCd":"20183782 ","movieNm":"t"}}}`),
		tmdb(messages.KindMovieDetail, "496243", `{"id":496243.0,"title":"t"}`),
		tmdb(messages.KindSeriesDetail, "93405", `{"id":"93405","name":"t"}`),
		tmdb(messages.KindPersonDetail, "21684", `{"id":21684,"name":"n"}`),
		kobis(messages.KindPeopleDetail, "20066385", `{"peopleInfoResult":{"peopleInfo":{"peopleCd":"20066385","peopleNm":"n"}}}`),
		tmdb(messages.KindSeasonDetail, "93405.2", `{"id":5,"season_number":"2","name":"t"}`),
	} {
		_, _, err := Payload(p)
		require.NoError(t, err)
		p.Outcome = messages.OutcomeNotFound
		_, _, err = Payload(p)
		require.ErrorIs(t, err, ErrUnreadable)
		require.ErrorContains(t, err, "marked as not found")
	}
}

// What is marked as not found and tells of something else does not say so either.
func TestNoTombstoneOfWhatTellsOfSomethingElse(t *testing.T) {
	t.Parallel()
	for _, p := range []messages.Payload{
		kobis(messages.KindMovieDetail, "20183782", `{"movieInfoResult":{"movie":{"movieCd":"20183782","movieNm":"t"}}}`),
		kobis(messages.KindMovieDetail, "20183782", `{"movieInfoResult":{"movieInfo":{"movieCd":"20183782"},"movieInfo":null}}`),
		tmdb(messages.KindMovieDetail, "496243", `{"success":false,"status_code":34,"id":7,"title":"t"}`),
	} {
		p.Outcome = messages.OutcomeNotFound
		_, _, err := Payload(p)
		require.ErrorIs(t, err, ErrUnreadable)
		require.ErrorContains(t, err, "does not say so")
	}
}

// A film that is called an error is the film, and what calls it so is told as drift.
func TestAFilmBesideAnErrorIsTheFilm(t *testing.T) {
	t.Parallel()
	facts, findings, err := Payload(tmdb(messages.KindMovieDetail, "496243", `{"success":false,"status_code":34,"id":496243,"title":"기생충"}`))
	require.NoError(t, err)
	require.Equal(t, "기생충", facts.TmdbMovies[0].Title)
	require.Equal(t, 1, findings.Drift[Drift{"success", newField}])
	facts, findings, err = Payload(kobis(messages.KindMovieDetail, "20183782", `{"faultInfo":{"errorCode":"0"},"movieInfoResult":{"movieInfo":{"movieCd":"20183782","movieNm":"기생충"}}}`))
	require.NoError(t, err)
	require.Equal(t, "기생충", facts.KobisMovieDetails[0].Title)
	require.Equal(t, 1, findings.Drift[Drift{"faultInfo", newField}])
}

// What is repaired in an answer about nothing is not an entity's.
func TestANotFoundWithDamagedText(t *testing.T) {
	t.Parallel()
	for _, p := range []messages.Payload{
		kobis(messages.KindMovieDetail, "20190001", "{\"message\":\"\\u0000\xb0\"}"), kobis(messages.KindMovieList, "all.1", `{"message":"\ud800"}`),
		tmdb(messages.KindSeriesDetail, "7", `{"status_code":34,"status_message":"\u0000"}`),
	} {
		p.Outcome = messages.OutcomeNotFound
		facts, findings, err := Payload(p)
		require.NoError(t, err)
		require.NotNil(t, findings.Repaired)
		require.Len(t, facts.KobisMovieDetails, map[messages.Kind]int{messages.KindMovieDetail: 1}[p.Kind])
	}
}
