package decode

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

// fuzz feeds bodies to one decoder: it never panics, and what it returns is fit
// for the tables.
func fuzz(f *testing.F, source messages.Source, kind messages.Kind, key string, seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		facts, findings, err := Payload(messages.Payload{
			Name: messages.Name{Source: source, Kind: kind, Key: key}, Outcome: messages.OutcomeOK, Body: body,
		})
		if err != nil {
			require.ErrorIs(t, err, ErrUnreadable)
			return
		}
		require.LessOrEqual(t, len(findings.Drift), mostDrifts)
		for drift := range findings.Drift {
			clean(t, drift.What)
			require.True(t, utf8.ValidString(drift.Path))
			require.NotContains(t, drift.Path, "\x00")
		}
		walked := checker{body: body}
		walked.value(anything)
		walked.space()
		require.Equal(t, len(body), walked.at, "the shape is that of the whole body")
		for _, m := range facts.KobisMovies {
			require.NotEmpty(t, m.MovieCd)
			clean(t, m.MovieCd, m.Title, m.TitleEn, m.MainNation)
			clean(t, m.Nations...)
		}
		for _, b := range facts.KobisBoxOffice {
			require.NotEmpty(t, b.MovieCd)
			clean(t, b.Title)
		}
		for i := range facts.TmdbMovies {
			cleanWork(t, &facts.TmdbMovies[i].TmdbWork)
		}
		for i := range facts.TmdbSeries {
			cleanWork(t, &facts.TmdbSeries[i].TmdbWork)
		}
		for _, s := range facts.TmdbSeasons {
			clean(t, s.Name)
		}
		for _, p := range facts.KobisPeople {
			clean(t, p.Name)
			clean(t, p.NameEn)
			for _, title := range p.Titles {
				require.NotEmpty(t, title)
				clean(t, title)
			}
		}
		for _, p := range facts.KobisPersonDetails {
			clean(t, p.Name)
			for _, f := range p.Filmography {
				clean(t, f.Title)
				clean(t, f.Part)
			}
		}
		for _, p := range facts.TmdbPersons {
			clean(t, p.Name)
			clean(t, p.NameKo)
		}
		for _, p := range facts.TmdbPeople {
			require.Positive(t, p.ID)
			require.NotEmpty(t, p.Name)
		}
	})
}

func cleanWork(t *testing.T, w *record.TmdbWork) {
	t.Helper()
	clean(t, w.Title, w.TitleEn, w.TitleOriginal, w.PosterPath)
	clean(t, w.Keywords...)
	require.True(t, utf8.ValidString(w.OverviewKo))
	require.NotContains(t, w.OverviewKo, "\x00")
}

func clean(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		require.Equal(t, Clean(text), text)
	}
}

func FuzzKobisList(f *testing.F) {
	fuzz(f, messages.KOBIS, messages.KindMovieList, "all.1",
		`{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"20190001","movieNm":" 기생충&nbsp;","prdtYear":"194","openDt":"20190530","nationAlt":"한국,미국","directors":[{"peopleNm":"봉준호"}],"companys":[{"companyCd":"1","companyNm":"c"}]}]}}`,
		`{"movieListResult":{"totCnt":0}}`, `{"faultInfo":{"errorCode":"320011"}}`, `[]`)
}

func FuzzKobisDetail(f *testing.F) {
	fuzz(f, messages.KOBIS, messages.KindMovieDetail, "20190001",
		`{"movieInfoResult":{"movieInfo":{"movieCd":"20190001","movieNm":"기생충","showTm":"131","audits":[{"watchGradeNm":"15세이상관람가"}],"staffs":[{"peopleNm":"a","staffRoleNm":"촬영"}]}}}`)
}

func FuzzKobisBoxOffice(f *testing.F) {
	fuzz(f, messages.KOBIS, messages.KindDailyBoxOffice, "20190530",
		`{"boxOfficeResult":{"dailyBoxOfficeList":[{"rank":"1","movieCd":"20190001","salesChange":"-56.5","salesAmt":"100.0","openDt":"2019-05-30"}]}}`)
}

func FuzzTmdbMovie(f *testing.F) {
	fuzz(f, messages.TMDB, messages.KindMovieDetail, "1",
		`{"id":1,"title":"t","imdb_id":null,"runtime":0,"credits":{"cast":[{"id":2,"name":"n"}]},"translations":{"translations":[{"iso_639_1":"en","data":{"title":"T"}}]},"release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[{"type":3,"release_date":"2019-05-30T00:00:00.000Z"}]}]}}`)
}

func FuzzTmdbSeries(f *testing.F) {
	fuzz(f, messages.TMDB, messages.KindSeriesDetail, "1",
		`{"id":1,"name":"n","seasons":[{"season_number":0,"air_date":null}],"aggregate_credits":{"cast":[{"id":2,"name":"n","roles":[{"character":"c"}]}]},"networks":[{"id":3,"name":"w"}]}`)
}

func FuzzTmdbSeason(f *testing.F) {
	fuzz(f, messages.TMDB, messages.KindSeasonDetail, "1.2",
		`{"id":5,"season_number":2,"name":"시즌 2","episodes":[{"episode_number":1,"show_id":1}],"credits":{"cast":[{"id":2,"name":"n","credit_id":"c"}]},"aggregate_credits":{"cast":[{"id":2,"name":"n","roles":[{"character":"c","credit_id":"c","episode_count":1}]}],"crew":[]}}`)
}

func FuzzTmdbPerson(f *testing.F) {
	fuzz(f, messages.TMDB, messages.KindPersonDetail, "1",
		`{"id":1,"name":"n","also_known_as":["가","b"],"gender":2,"birthday":"1969-09-14","place_of_birth":"p","profile_path":"/x.jpg","external_ids":{"imdb_id":"nm1"},"translations":{"translations":[{"iso_639_1":"ko","data":{"name":"가"}}]}}`)
}

func FuzzKobisPeopleList(f *testing.F) {
	fuzz(f, messages.KOBIS, messages.KindPeopleList, "all.1",
		`{"peopleListResult":{"totCnt":1,"peopleList":[{"peopleCd":"20066385","peopleNm":"이상용","peopleNmEn":"Lee","repRoleNm":"감독","filmoNames":"가|  나 |가"}]}}`)
}

func FuzzKobisPeopleDetail(f *testing.F) {
	fuzz(f, messages.KOBIS, messages.KindPeopleDetail, "20066385",
		`{"peopleInfoResult":{"peopleInfo":{"peopleCd":"20066385","peopleNm":"이상용","sex":"남자","filmos":[{"movieCd":"2023C109","movieNm":"가","moviePartNm":"감독"}]}}}`)
}

func FuzzTmdbSearch(f *testing.F) {
	fuzz(f, messages.TMDB, messages.KindMovieSearch, "20190001.ko",
		`{"results":[{"id":1,"title":"t","original_title":"o","release_date":"","popularity":1e3}],"total_results":1}`)
}

func FuzzTmdbDiscover(f *testing.F) {
	fuzz(f, messages.TMDB, messages.KindSeriesDiscover, "2021-01-01_2021-12-31.1", `{"results":[{"id":1}],"total_pages":1,"total_results":1}`)
}

func FuzzTmdbChanges(f *testing.F) {
	fuzz(f, messages.TMDB, messages.KindMovieChanges, "2026-11-21.1", `{"results":[{"id":1,"adult":null}],"page":1,"total_pages":1,"total_results":1}`, ` [ ] `)
}
