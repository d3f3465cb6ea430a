package merge

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/record"
)

func named(title string) *record.KobisMovie { return &record.KobisMovie{Title: title} }

func known(title string) *record.TmdbMovie {
	return &record.TmdbMovie{TmdbWork: record.TmdbWork{Found: true, Title: title, OriginalLanguage: "ko"}}
}

func TestAWorkIsNotCalledByItsEdition(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"아바타 리마스터링", "아바타", "아바타"},
		{"람보-특별판", "람보", "람보"},
		{"그랑블루 오리지날 리마스터링", "그랑블루", "그랑블루"},
		{"오리지날 마인드", "마인드", "오리지날 마인드"},
		{"주먹이 운다(Crying Fist)", "주먹이 운다", "주먹이 운다"},
		{"미인(美人)", "미인", "미인"},
		{"인랑(가제)", "인랑", "인랑"},
		{"인랑(가제)", "늑대", "인랑"},
		{"서울의 봄", "12.12: The Day", "서울의 봄"},
		{"(500)일의 썸머", "500일의 썸머", "(500)일의 썸머"},
		{"극장판 귀멸의 칼날", "귀멸의 칼날", "극장판 귀멸의 칼날"},
		{"대부 2", "대부", "대부 2"},
		{"감독판", "감독", "감독판"},
	} {
		title := Film(FilmRecord{MovieCd: "20090001", List: named(c[0]), Tmdb: known(c[1])})
		require.Equal(t, c[2], title.TitleKo, c)
		alone := Film(FilmRecord{MovieCd: "20090001", List: named(c[0])})
		require.NotContains(t, alone.TitleKo, "가제")
	}
	title, choices := ExplainFilm(FilmRecord{MovieCd: "20090001", List: named("아바타 리마스터링"), Tmdb: known("아바타")})
	require.Equal(t, fromTmdb, title.Sources["title_ko"])
	require.Equal(t, "아바타", choices[0].Value)
}

// 피쉬탱크: of two editions one has a country that is wrong and no director.
func TestAnotherEditionFillsGaps(t *testing.T) {
	t.Parallel()
	main := FilmRecord{MovieCd: "20090775", List: &record.KobisMovie{Title: "피쉬탱크", Nations: []string{"일본"}}}
	other := FilmRecord{
		MovieCd: "20111234", List: &record.KobisMovie{Title: "피쉬 탱크", Nations: []string{"영국", "네덜란드"}, Directors: []string{"안드레아 아놀드"}},
		Detail: &record.KobisMovieDetail{Found: true, Directors: []record.KobisDirector{{Name: "안드레아 아놀드"}}, Actors: []record.KobisActor{{Name: "케이티 자비스"}}},
	}
	whole := Complete(main, []FilmRecord{other})
	require.Equal(t, []string{"안드레아 아놀드"}, whole.List.Directors)
	require.Equal(t, "케이티 자비스", whole.Detail.Actors[0].Name)
	require.Equal(t, []string{"일본"}, whole.List.Nations, "what the main edition says stands")
	require.Equal(t, "피쉬탱크", Film(whole).TitleKo)
	require.Nil(t, main.List.Directors, "and its own facts are left alone")
	require.Equal(t, map[string]map[string]any{"countries": {"20090775": []string{"JP"}, "20111234": []string{"GB", "NL"}}}, Contradict([]FilmRecord{main, other}))
	require.Nil(t, Contradict([]FilmRecord{main}))
	require.Equal(t, other, Complete(other, []FilmRecord{main}), "nothing to fill")
}

// What the list of the main edition leaves out, its own detail may say: another edition
// does not take its place.
func TestAnotherEditionFillsNoGapThatTheDetailFills(t *testing.T) {
	t.Parallel()
	year, otherYear := int32(2009), int32(2011)
	other := FilmRecord{MovieCd: "20111234", List: &record.KobisMovie{
		Title: "피쉬 탱크", ProductionYear: &otherYear, Genres: []string{"공연"}, Directors: []string{"다른 사람"}, Nations: []string{"영국"},
	}}
	said := record.KobisMovieDetail{
		Found: true, ProductionYear: &year, Genres: []string{"드라마"}, Directors: []record.KobisDirector{{Name: "안드레아 아놀드"}}, Nations: []string{"네덜란드"},
	}
	main := FilmRecord{MovieCd: "20090775", List: &record.KobisMovie{Title: "피쉬탱크"}, Detail: &said}
	whole := Complete(main, []FilmRecord{other})
	require.Equal(t, main, whole)
	require.Equal(t, year, *Film(whole).ProductionYear)
	require.Equal(t, []string{"NL"}, Film(whole).Countries)

	main.Detail = &record.KobisMovieDetail{Found: true, Actors: []record.KobisActor{{Name: "케이티 자비스"}}}
	whole = Complete(main, []FilmRecord{other})
	require.Equal(t, other.List.Genres, whole.List.Genres)
	require.Equal(t, other.List.Directors, whole.List.Directors)
	require.Equal(t, &otherYear, whole.List.ProductionYear)
	require.Equal(t, other.List.Nations, whole.List.Nations)
}

func TestCodesStandBesideWords(t *testing.T) {
	t.Parallel()
	for word, code := range map[string]string{
		"15세이상관람가": "15", "15세관람가": "15", "청소년관람불가": "18", "전체관람가": "ALL", "12세이상관람가": "12", "제한상영가": "restricted", "연소자관람불가": "18", "연소자관람가": "ALL",
		"All": "ALL", "19": "18", "Exempt": "", "": "",
	} {
		require.Equal(t, code, grade(filmGrades, word), word)
	}
	require.Equal(t, []string{"19", "7", ""}, []string{grade(seriesGrades, "19"), grade(seriesGrades, "7"), grade(seriesGrades, "TV-MA")})
	film := Film(FilmRecord{MovieCd: "20200001", List: &record.KobisMovie{Title: "가", StatusName: "개봉예정"}, Detail: &record.KobisMovieDetail{Found: true, WatchGrade: "청소년관람불가"}})
	require.Equal(t, []string{"18", "upcoming"}, []string{film.GradeCode, film.StatusCode})
	require.Equal(t, "ended", Series(&record.TmdbSeries{TmdbWork: record.TmdbWork{Status: "Ended"}}).StatusCode)
}

func TestWorksForAdultsAreFlagged(t *testing.T) {
	t.Parallel()
	detail := func(grade string, genres ...string) *record.KobisMovieDetail {
		return &record.KobisMovieDetail{Found: true, WatchGrade: grade, Genres: genres}
	}
	for name, c := range map[string]struct {
		film   FilmRecord
		source string
	}{
		"by KOBIS's genre":         {FilmRecord{List: &record.KobisMovie{Title: "가", Genres: []string{"성인물(에로)"}}}, fromKobis},
		"by its title":             {FilmRecord{List: &record.KobisMovie{Title: "밝히는자매들-무삭제", Genres: []string{"멜로/로맨스"}}, Detail: detail("청소년관람불가")}, fromKobis},
		"uncut, and for all of 15": {FilmRecord{List: named("쿼바디스 무삭제"), Detail: detail("15세이상관람가")}, ""},
		"by TMDB's flag":           {FilmRecord{List: named("가"), Tmdb: &record.TmdbMovie{TmdbWork: record.TmdbWork{Found: true, Adult: new(true)}}}, fromTmdb},
		"by nobody":                {FilmRecord{List: named("가"), Detail: detail("청소년관람불가", "드라마"), Tmdb: &record.TmdbMovie{TmdbWork: record.TmdbWork{Found: true, Adult: new(false)}}}, ""},
	} {
		title := Film(c.film)
		require.Equal(t, c.source != "", title.Adult, name)
		require.Equal(t, c.source, title.Sources["adult"], name)
	}
	require.True(t, Series(&record.TmdbSeries{TmdbWork: record.TmdbWork{Adult: new(true)}}).Adult)
}

func TestEnglishTitlesAreShown(t *testing.T) {
	t.Parallel()
	for title, shown := range map[string]string{
		"12.12: THE DAY": "12.12: The Day", "BAD BOYS: RIDE OR DIE": "Bad Boys: Ride or Die", "IN THE LAND OF SAINTS AND SINNERS": "In the Land of Saints and Sinners",
		"Parasite": "Parasite", "MOANA 2": "Moana 2", "EO": "EO", "INU-OH": "Inu-Oh", "ROCKY III": "Rocky III", "2067": "2067", "": "", "NCT NATION": "NCT Nation", "M3GAN": "M3GAN",
		"SEVENTEEN POWER OF LOVE : THE MOVIE": "Seventeen Power of Love : The Movie",
	} {
		require.Equal(t, shown, displayTitle(title), title)
		require.Equal(t, shown, displayTitle(shown), "once is enough")
	}
	disc := FilmRecord{List: &record.KobisMovie{TitleEn: "KATEIMONOGATARI-11", Genres: []string{"성인물(에로)"}}}
	require.Empty(t, Film(disc).TitleEn)
	disc.List.Genres = nil
	require.Equal(t, "KATEIMONOGATARI-11", Film(disc).TitleEn, "no disc for adults")
	disc.List.TitleEn = "続・異常性交 五十路母と子其ノ弐拾伍"
	require.Empty(t, Film(disc).TitleEn)
}

func TestFilmsOfKoreaAreInKorean(t *testing.T) {
	t.Parallel()
	film := Film(FilmRecord{List: &record.KobisMovie{Title: "종착역", Nations: []string{"한국"}}})
	require.Equal(t, []string{"종착역", "ko", fromKobis}, []string{film.TitleOriginal, film.OriginalLanguage, film.Sources["title_original"]})
	film = Film(FilmRecord{List: &record.KobisMovie{Title: "설국열차", Nations: []string{"한국", "미국"}}})
	require.Empty(t, film.TitleOriginal+film.OriginalLanguage)
}

func TestWordsThatNameNoStateAreNoCountries(t *testing.T) {
	t.Parallel()
	tmdb := &record.TmdbMovie{TmdbWork: record.TmdbWork{Found: true}, ProductionCountries: []string{"DK"}}
	require.Equal(t, []string{"DK"}, Film(FilmRecord{List: &record.KobisMovie{Nations: []string{"기타"}}, Tmdb: tmdb}).Countries, "어나더 라운드")
	require.Equal(t, []string{"FR", "DE", "GB"}, Film(FilmRecord{List: &record.KobisMovie{Nations: []string{"프랑스", "서독", "영국"}}, Tmdb: tmdb}).Countries)
	require.Equal(t, []string{"US"}, Film(FilmRecord{List: &record.KobisMovie{Nations: []string{"미국", "총괄(연감)"}}, Tmdb: tmdb}).Countries)
	require.Equal(t, []string{"새나라"}, Film(FilmRecord{List: &record.KobisMovie{Nations: []string{"새나라"}}}).Countries, "a word that is not known stands")
}

// KOBIS grades both editions alike, and calls the uncut one by a word that tells: a work
// that TMDB has is what TMDB says, as 강남 1970 is.
func TestAnUncutEditionTellsThatAWorkIsForAdults(t *testing.T) {
	t.Parallel()
	edition := func(movieCd, title string) FilmRecord {
		return FilmRecord{
			MovieCd: movieCd, List: &record.KobisMovie{MovieCd: movieCd, Title: title},
			Detail: &record.KobisMovieDetail{MovieCd: movieCd, Title: title, WatchGrade: "청소년관람불가", Found: true},
		}
	}
	main, uncut := edition("20219898", "19번가물많은여자친구"), edition("20210789", "19번가물많은여자친구-무삭제")
	require.False(t, Film(main).Adult)
	require.True(t, Film(Complete(main, []FilmRecord{uncut})).Adult)
	require.Equal(t, "kobis", Film(Complete(main, []FilmRecord{uncut})).Sources["adult"])
	turned := Film(Complete(uncut, []FilmRecord{main}))
	require.True(t, turned.Adult)
	require.Equal(t, "19번가물많은여자친구", turned.TitleKo, "by the title without the name of an edition")
	known := edition("20136888", "강남 1970")
	known.TmdbID = new(int32(293970))
	require.False(t, Film(Complete(known, []FilmRecord{edition("20159185", "강남1970(무삭제판)")})).Adult)
}
