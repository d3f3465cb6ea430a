package merge

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/record"
)

func day(y, m, d int) *time.Time { return new(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)) }

// full is a film of which every source says everything, each in its own words.
func full() FilmRecord {
	return FilmRecord{
		MovieCd: "20183782", TmdbID: new(int32(496243)),
		List: &record.KobisMovie{
			Title: "list", TitleEn: "list en", ProductionYear: new(int32(2019)), OpenDate: day(2019, 5, 30), TypeName: "장편", StatusName: "개봉", Nations: []string{"한국", "유고슬라비아"},
		},
		Detail: &record.KobisMovieDetail{
			Title: "detail", TitleEn: "detail en", TitleOriginal: "detail original", RuntimeMinutes: new(int32(131)), ProductionYear: new(int32(2018)), OpenDate: day(2019, 5, 31),
			TypeName: "단편", StatusName: "기타", Nations: []string{"미국"}, WatchGrade: "15세이상관람가", Found: true,
		},
		Tmdb: &record.TmdbMovie{
			TmdbWork: record.TmdbWork{
				Title: "기생충", TitleEn: "tmdb en", TitleOriginal: "tmdb original", OriginalLanguage: "ko", OverviewKo: "ko", OverviewEn: "en", Status: "Released", ImdbID: "tt6751668",
				PosterPath: "/p.jpg", BackdropPath: "/b.jpg", OriginCountries: []string{"KR"}, Found: true,
			},
			Tagline: "tagline", ReleaseDate: day(2019, 5, 21), RuntimeMinutes: new(int32(133)), ProductionCountries: []string{"KR"},
			ReleaseDates: []record.TmdbRelease{{Country: "KR", Type: 3, Certification: "15"}},
		},
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	kobis := func(title Title, fields ...string) {
		for _, field := range fields {
			require.Equal(t, fromKobis, title.Sources[field], field)
		}
	}
	tmdb := func(title Title, fields ...string) {
		for _, field := range fields {
			require.Equal(t, fromTmdb, title.Sources[field], field)
		}
	}
	title := Film(full())
	kobis(title, "title_ko", "release_date", "production_year", "watch_grade", "form", "status", "countries")
	tmdb(title, "title_en", "title_original", "original_language", "overview", "tagline", "poster_path", "backdrop_path", "runtime_minutes", "imdb_id")
	require.Equal(t, []string{"list", "tmdb en", "tmdb original", "15세이상관람가", "feature", "ko", "tagline"},
		[]string{title.TitleKo, title.TitleEn, title.TitleOriginal, title.WatchGrade, title.Form, title.Overview, title.Tagline})
	require.Equal(t, day(2019, 5, 30), title.ReleaseDate)
	require.Equal(t, []string{"KR", "YU"}, title.Countries, "a former state has the code that TMDB knows it by")

	unmatched := full()
	unmatched.Tmdb, unmatched.TmdbID = nil, nil
	title = Film(unmatched)
	require.NotContains(t, title.Sources, "overview")
	kobis(title, "title_en", "title_original", "runtime_minutes")
	for field, source := range title.Sources {
		require.Equal(t, fromKobis, source, field)
	}

	detailAlone := full()
	detailAlone.List = nil
	title = Film(detailAlone)
	require.Equal(t, "detail", title.TitleKo)
	require.Equal(t, "short", title.Form)

	gaps := FilmRecord{MovieCd: "20183782", List: &record.KobisMovie{}, Tmdb: full().Tmdb}
	title = Film(gaps)
	tmdb(title, "title_ko", "release_date", "watch_grade", "status", "countries")
	require.Equal(t, "기생충", title.TitleKo)
}

func TestUnmatchingUndoesAMerge(t *testing.T) {
	t.Parallel()
	before := full()
	before.Tmdb, before.TmdbID = nil, nil
	want := Film(before)
	require.NotEqual(t, want, Film(full()))
	require.Equal(t, want, Film(before))
}

func TestKoreanTitles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		work record.TmdbWork
		want string
	}{
		"a Korean work":                      {record.TmdbWork{Title: "기생충", TitleOriginal: "기생충", OriginalLanguage: "ko"}, "기생충"},
		"a Korean work with a Latin title":   {record.TmdbWork{Title: "#Alive", TitleOriginal: "#Alive", OriginalLanguage: "ko"}, "#Alive"},
		"a translated foreign work":          {record.TmdbWork{Title: "대부", TitleOriginal: "The Godfather", OriginalLanguage: "en"}, "대부"},
		"the original title is not a Korean": {record.TmdbWork{Title: "Fight Club", TitleOriginal: "Fight Club", OriginalLanguage: "en"}, ""},
		"a translation that equals it":       {record.TmdbWork{Title: "Up", TitleOriginal: "Up", OriginalLanguage: "en", Translations: []record.TmdbTranslation{{Language: "ko", Title: "업"}}}, "업"},
		"a translation without a title":      {record.TmdbWork{Title: "Up", TitleOriginal: "Up", OriginalLanguage: "en", Translations: []record.TmdbTranslation{{Language: "ko", Overview: "x"}}}, ""},
		"a Japanese original without Hangul": {record.TmdbWork{Title: "君の名は。", TitleOriginal: "君の名は。", OriginalLanguage: "ja"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, korean(&c.work))
		})
	}
}

func TestEnglishTitles(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"PARASITE": "PARASITE", "마스크 걸-라이브 방송": "", "ARKO LIVE 뮤지컬 호프": "ARKO LIVE 뮤지컬 호프", "1987": "1987", "": "",
	} {
		require.Equal(t, want, Film(FilmRecord{MovieCd: "20183782", List: &record.KobisMovie{Title: "t", TitleEn: given}}).TitleEn, given)
	}
}

func TestPosters(t *testing.T) {
	t.Parallel()
	film := full()
	film.Tmdb.Images = []record.TmdbImage{
		{Kind: record.Poster, Path: "/none.jpg"},
		{Kind: record.Poster, Path: "/en.jpg", Language: "en"},
		{Kind: record.Poster, Path: "/ko.jpg", Language: "ko"},
		{Kind: record.Poster, Path: "/ko2.jpg", Language: "ko"},
		{Kind: record.Backdrop, Path: "/ko-back.jpg", Language: "ko"},
		{Kind: record.Backdrop, Path: "/back.jpg"},
	}
	require.Equal(t, []string{"/p.jpg", "/b.jpg"}, []string{Film(film).PosterPath, Film(film).BackdropPath}, "TMDB's own choice for Korea")
	film.Tmdb.PosterPath, film.Tmdb.BackdropPath = "", ""
	require.Equal(t, []string{"/ko.jpg", "/back.jpg"}, []string{Film(film).PosterPath, Film(film).BackdropPath}, "the first in Korean, and the first without text")
	film.Tmdb.Images = film.Tmdb.Images[:2]
	require.Equal(t, []string{"/en.jpg", ""}, []string{Film(film).PosterPath, Film(film).BackdropPath})
	film.Tmdb.Images = film.Tmdb.Images[:1]
	require.Equal(t, "/none.jpg", Film(film).PosterPath)
	require.Equal(t, "/none.jpg", Series(&record.TmdbSeries{TmdbWork: film.Tmdb.TmdbWork}).PosterPath)
}

func TestCertification(t *testing.T) {
	t.Parallel()
	require.Equal(t, "15", certification([]record.TmdbRelease{
		{Country: "US", Type: 3, Certification: "R"}, {Country: "KR", Type: 4, Certification: "19"}, {Country: "KR", Type: 3, Certification: "15"},
	}))
	require.Equal(t, "19", certification([]record.TmdbRelease{{Country: "KR", Type: 3}, {Country: "KR", Type: 4, Certification: "19"}}))
	require.Empty(t, certification(nil))
}

func TestSeries(t *testing.T) {
	t.Parallel()
	title := Series(&record.TmdbSeries{
		TmdbWork:     record.TmdbWork{TmdbID: 93405, Title: "오징어 게임", TitleEn: "Squid Game", TitleOriginal: "오징어 게임", OriginalLanguage: "ko", OriginCountries: []string{"KR"}, OverviewEn: "en"},
		FirstAirDate: day(2021, 9, 17), SeasonCount: new(int32(3)), EpisodeCount: new(int32(22)), ContentRatings: []record.TmdbRating{{Country: "US", Rating: "TV-MA"}, {Country: "KR", Rating: "19"}},
	})
	require.Equal(t, KindSeries, title.Kind)
	require.Empty(t, title.KobisMovieCd)
	require.Equal(t, "19", title.WatchGrade)
	require.Equal(t, "en", title.Overview)
	require.Equal(t, []string{"KR"}, title.Countries)
}
