package decode

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

func kobis(kind messages.Kind, key, body string) messages.Payload {
	return messages.Payload{
		Name: messages.Name{Source: messages.KOBIS, Kind: kind, Key: key}, Outcome: messages.OutcomeOK, Body: []byte(body),
	}
}

func decoded(t *testing.T, p messages.Payload) (Facts, map[Note]int) {
	t.Helper()
	facts, findings, err := Payload(p)
	require.NoError(t, err)
	return facts, findings.Notes
}

func date(y, m, d int) *time.Time {
	return new(time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC))
}

func TestKobisList(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, kobis(messages.KindMovieList, "open-2021.3", `{"movieListResult":{"totCnt":203,"source":"영화진흥위원회","movieList":[
		{"movieCd":"20206197","movieNm":" 3개의  얼굴들","movieNmEn":"3 FACES&nbsp;","prdtYear":"2018","openDt":"20210304","typeNm":"장편","prdtStatNm":"개봉",
		 "nationAlt":"프랑스, 이란","genreAlt":"드라마,멜로/로맨스","repNationNm":"프랑스","repGenreNm":"드라마",
		 "directors":[{"peopleNm":"자파르 파나히"},{"peopleNm":""}],"companys":[{"companyCd":"20100001","companyNm":"(주)회사"}]},
		{"movieCd":"2023C109","movieNm":"1987","movieNmEn":"","prdtYear":"194","openDt":"","typeNm":"","prdtStatNm":"","nationAlt":"","genreAlt":"","repNationNm":"","repGenreNm":"","directors":[],"companys":[]},
		{"movieCd":"","movieNm":"nobody"}]}}`))
	require.Equal(t, []record.KobisListPage{{Scope: "open-2021", Page: 3, TotalCount: 203, MovieCds: []string{"20206197", "2023C109"}}}, facts.KobisListPages)
	require.Equal(t, []record.KobisMovie{
		{
			MovieCd: "20206197", Title: "3개의 얼굴들", TitleEn: "3 FACES", ProductionYear: new(int32(2018)), OpenDate: date(2021, 3, 4),
			TypeName: "장편", StatusName: "개봉", Nations: []string{"프랑스", "이란"}, Genres: []string{"드라마", "멜로/로맨스"}, MainNation: "프랑스",
			MainGenre: "드라마", Directors: []string{"자파르 파나히"}, Companies: []record.KobisListCompany{{Code: "20100001", Name: "(주)회사"}},
		},
		{
			MovieCd: "2023C109", Title: "1987", Nations: []string{}, Genres: []string{}, Directors: []string{}, Companies: []record.KobisListCompany{},
		},
	}, facts.KobisMovies)
	require.Equal(t, []record.KobisCompanyName{{Code: "20100001", Name: "(주)회사"}}, facts.KobisCompanies)
	require.Equal(t, map[Note]int{{"prdtYear", NotAYear}: 1, {"movieCd", MissingKey}: 1}, notes)
}

func TestKobisListWithoutRows(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"empty list": `{"movieListResult":{"totCnt":0,"movieList":[]}}`, "no list": `{"movieListResult":{"totCnt":0,"source":"x"}}`,
		"null": `{"movieListResult":{"totCnt":0,"movieList":null}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts, _ := decoded(t, kobis(messages.KindMovieList, "all.1241", body))
			require.Equal(t, []record.KobisListPage{{Scope: "all", Page: 1241, MovieCds: []string{}}}, facts.KobisListPages)
			require.Empty(t, facts.KobisMovies)
		})
	}
}

func TestUnreadablePayloads(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]messages.Payload{
		"a fault":              kobis(messages.KindMovieList, "all.1", `{"faultInfo":{"message":"키의 하루 이용량을 초과하였습니다.","errorCode":"320011"}}`),
		"a fault of a day":     kobis(messages.KindDailyBoxOffice, "20250825", `{"faultInfo":{"message":"m","errorCode":"320103"}}`),
		"a maintenance page":   kobis(messages.KindMovieList, "all.1", `<html>점검</html>`),
		"an empty body":        kobis(messages.KindMovieList, "all.1", ``),
		"half a body":          kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"totCnt":1,"movieList":[{"movieCd":"2`),
		"no total":             kobis(messages.KindMovieList, "all.1", `{"movieListResult":{"movieList":[]}}`),
		"not UTF-8":            kobis(messages.KindMovieList, "all.1", "{\"movieListResult\":{\"totCnt\":1,\"source\":\""+strings.Repeat("\xb0\xa1", 5)+"\"}}"),
		"no film":              kobis(messages.KindMovieDetail, "20190001", `{"movieInfoResult":{"movieInfo":null}}`),
		"another film":         kobis(messages.KindMovieDetail, "20190001", `{"movieInfoResult":{"movieInfo":{"movieCd":"20190002"}}}`),
		"no page":              kobis(messages.KindMovieList, "all.x", `{"movieListResult":{"totCnt":1}}`),
		"no day":               kobis(messages.KindDailyBoxOffice, "20251325", `{"boxOfficeResult":{}}`),
		"a TMDB error":         tmdb(messages.KindMovieSearch, "20190001.ko", `{"success":false,"status_code":7,"status_message":"Invalid API key"}`),
		"another TMDB film":    tmdb(messages.KindMovieDetail, "11", `{"id":12,"title":"x"}`),
		"a TMDB id of text":    tmdb(messages.KindMovieDetail, "eleven", `{"id":11}`),
		"no window":            tmdb(messages.KindSeriesDiscover, "2021.1", `{"results":[]}`),
		"a list for an object": tmdb(messages.KindSeriesDetail, "93405", `[]`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := Payload(p)
			require.ErrorIs(t, err, ErrUnreadable)
		})
	}
}

func TestKobisDetail(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, kobis(messages.KindMovieDetail, "2023C109", `{"movieInfoResult":{"movieInfo":{"movieCd":"2023C109","movieNm":"데우스","movieNmEn":"Deus","movieNmOg":"",
		"showTm":"90","prdtYear":"2022","openDt":"20230516","prdtStatNm":"개봉","typeNm":"장편","nations":[{"nationNm":"영국"}],"genres":[{"genreNm":"SF"}],"directors":[],
		"actors":[{"peopleNm":"클라우디아 블랙","peopleNmEn":"Claudia Black","cast":"칼라 그레이","castEn":"KARLA GREY"},{"peopleNm":" ","peopleNmEn":""}],
		"showTypes":[{"showTypeGroupNm":"2D","showTypeNm":"디지털"}],
		"companys":[{"companyCd":"20100355","companyNm":"주식회사 루믹스미디어","companyNmEn":"Lumixmedia Inc.","companyPartNm":"배급사"},{"companyCd":"","companyNm":"무명","companyNmEn":"","companyPartNm":"제공"}],
		"audits":[{"auditNo":"2022-MF02496 ","watchGradeNm":"12세이상관람가"},{"auditNo":"2023-MF1","watchGradeNm":""}],"staffs":[{"peopleNm":"","peopleNmEn":"Somebody","staffRoleNm":"촬영"}]}}}`))
	require.Empty(t, notes)
	require.Equal(t, []record.KobisMovieDetail{{
		MovieCd: "2023C109", Title: "데우스", TitleEn: "Deus", RuntimeMinutes: new(int32(90)), ProductionYear: new(int32(2022)), OpenDate: date(2023, 5, 16),
		TypeName: "장편", StatusName: "개봉", Nations: []string{"영국"}, Genres: []string{"SF"}, Directors: []record.KobisDirector{},
		Actors: []record.KobisActor{{Name: "클라우디아 블랙", NameEn: "Claudia Black", Character: "칼라 그레이", CharacterEn: "KARLA GREY"}},
		Staff:  []record.KobisStaff{{NameEn: "Somebody", Role: "촬영"}},
		Companies: []record.KobisCompany{
			{Code: "20100355", Name: "주식회사 루믹스미디어", NameEn: "Lumixmedia Inc.", Role: "배급사"}, {Name: "무명", Role: "제공"},
		},
		ShowTypes:  []record.KobisShowType{{Group: "2D", Name: "디지털"}},
		Audits:     []record.KobisAudit{{Number: "2022-MF02496", WatchGrade: "12세이상관람가"}, {Number: "2023-MF1"}},
		WatchGrade: "12세이상관람가", Found: true,
	}}, facts.KobisMovieDetails)
	require.Equal(t, []record.KobisCompanyName{{Code: "20100355", Name: "주식회사 루믹스미디어", NameEn: "Lumixmedia Inc.", FromDetail: true}}, facts.KobisCompanies)
}

func TestKobisDetailOfManyPeople(t *testing.T) {
	t.Parallel()
	staff := make([]string, 1107)
	for i := range staff {
		staff[i] = fmt.Sprintf(`{"peopleNm":"이름%d","peopleNmEn":"","staffRoleNm":"VFX 아티스트"}`, i)
	}
	facts, notes := decoded(t, kobis(messages.KindMovieDetail, "20209343",
		`{"movieInfoResult":{"movieInfo":{"movieCd":"20209343","showTm":"","staffs":[`+strings.Join(staff, ",")+`]}}}`))
	require.Len(t, facts.KobisMovieDetails[0].Staff, 1107)
	require.Nil(t, facts.KobisMovieDetails[0].RuntimeMinutes)
	require.Empty(t, notes)
}

func TestKobisBoxOffice(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, kobis(messages.KindDailyBoxOffice, "20250904", `{"boxOfficeResult":{"boxofficeType":"일별 박스오피스","showRange":"20250904~20250904","dailyBoxOfficeList":[
		{"rnum":"1","rank":"1","rankInten":"-2","rankOldAndNew":"OLD","movieCd":"20253289","movieNm":"극장판 귀멸의 칼날: 무한성편","openDt":"2025-08-22","salesAmt":"678112700","salesShare":"46.6",
		 "salesInten":"-159857340","salesChange":"-19.1","salesAcc":"37355740290","audiCnt":"62691","audiInten":"-16830","audiChange":"-21.2","audiAcc":"3458748","scrnCnt":"1581","showCnt":"4874"},
		{"rank":"2","rankOldAndNew":"NEW","movieCd":"20256702","movieNm":"x","openDt":" ","salesAmt":"","audiCnt":"many"}]}}`))
	require.Equal(t, []record.KobisBoxOfficeDay{{Date: date(2025, 9, 4), Rows: 2}}, facts.KobisBoxOfficeDays)
	require.Equal(t, []record.KobisBoxOffice{
		{
			Date: date(2025, 9, 4), MovieCd: "20253289", Rank: new(int32(1)), RankChange: new(int32(-2)), Title: "극장판 귀멸의 칼날: 무한성편", OpenDate: date(2025, 8, 22),
			SalesAmount: new(int64(678112700)), SalesShare: new(46.6), SalesChange: new(int64(-159857340)), SalesChangeRate: new(-19.1), SalesTotal: new(int64(37355740290)),
			Audience: new(int64(62691)), AudienceChange: new(int64(-16830)), AudienceChangeRate: new(-21.2), AudienceTotal: new(int64(3458748)),
			Screens: new(int32(1581)), Shows: new(int32(4874)),
		},
		{Date: date(2025, 9, 4), MovieCd: "20256702", Rank: new(int32(2)), IsNew: true, Title: "x"},
	}, facts.KobisBoxOffice)
	require.Equal(t, map[Note]int{{"audiCnt", NotANumber}: 1}, notes)
}

func TestTombstones(t *testing.T) {
	t.Parallel()
	for _, p := range []messages.Payload{
		kobis(messages.KindMovieDetail, "20190001", `{}`), tmdb(messages.KindMovieDetail, "11", `{"status_code":34}`),
		tmdb(messages.KindSeriesDetail, "12", `{}`), kobis(messages.KindMovieList, "all.1", `{}`),
	} {
		p.Outcome = messages.OutcomeNotFound
		facts, notes := decoded(t, p)
		require.Empty(t, notes)
		for _, d := range facts.KobisMovieDetails {
			require.Equal(t, record.KobisMovieDetail{MovieCd: "20190001"}, d)
		}
		for _, m := range facts.TmdbMovies {
			require.Equal(t, int32(11), m.TmdbID)
			require.False(t, m.Found)
		}
		require.Empty(t, facts.KobisListPages)
	}
}
