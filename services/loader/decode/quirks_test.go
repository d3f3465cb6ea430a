package decode

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

// Values as the sources have sent them, or as their documentation says they may.
// One row of a list stands for all: the fields are read in one way.

func quirkyMovie(t *testing.T, field, literal string) (record.KobisMovie, map[Note]int) {
	t.Helper()
	start := strings.Index(listBody, `"`+field+`":`)
	require.Positive(t, start)
	end := start + strings.Index(listBody[start:], `",`) + 1
	body := listBody[:start] + fmt.Sprintf(`"%s":%s`, field, literal) + listBody[end:]
	facts, notes := decoded(t, kobis(messages.KindMovieList, "all.1", body))
	require.Len(t, facts.KobisMovies, 1)
	return facts.KobisMovies[0], notes
}

func TestQuirksOfTitles(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("기나긴제목 ", 20) + "1234"
	require.Equal(t, 124, utf8.RuneCountInString(long))
	for name, c := range map[string]struct{ literal, want string }{
		"outer white space":                  {`" 3개의 얼굴들 "`, "3개의 얼굴들"},
		"double space":                       {`"러브  레터"`, "러브 레터"},
		"tab":                                {`"더 킹\t"`, "더 킹"},
		"tab inside":                         {`"강철중\t공공의 적 1-1"`, "강철중 공공의 적 1-1"},
		"compatibility hanja":                {`"해무(\uf9d2霧)"`, "해무(戮霧)"},
		"decomposed Hangul":                  {`"\u1100\u1175\u1109\u1162\u11bc\u110e\u116e\u11bc"`, "기생충"},
		"full width":                         {`"Ｔｈｅ Ｍｏｖｉｅ"`, "Ｔｈｅ Ｍｏｖｉｅ"},
		"U+FFFD":                             {`"카\ufffd네의 여행"`, "카\ufffd네의 여행"},
		"a lone surrogate":                   {`"카\ud83d네"`, "카\ufffd네"},
		"all digits":                         {`"1987"`, "1987"},
		"all zeros":                          {`"0000"`, "0000"},
		"one character":                      {`"섬"`, "섬"},
		"124 characters":                     {`"` + long + `"`, long},
		"an editions' suffix":                {`"주먹이 운다(Crying Fist)"`, "주먹이 운다(Crying Fist)"},
		"NBSP as an entity":                  {`"&nbsp;Alienoid&nbsp;"`, "Alienoid"},
		"NBSP itself":                        {`"La\u00a0La\u00a0Land"`, "La La Land"},
		"an accent as an entity":             {`"Am&eacute;lie"`, "Amélie"},
		"a middle dot as an entity":          {`"A&#12539;B"`, "A・B"},
		"zero width space":                   {`"\u200bAlienoid"`, "Alienoid"},
		"a number where a string is":         {`1987`, "1987"},
		"a float where a string is":          {`8.5`, "8.5"},
		"a control character, escaped":       {`"a\u0000\u0007b"`, "ab"},
		"a byte order mark":                  {`"\ufeff기생충"`, "기생충"},
		"a quotation mark and a slash":       {`"\"그\" \/ 그녀"`, `"그" / 그녀`},
		"an emoji of a surrogate pair":       {`"\ud83d\ude00"`, "😀"},
		"an ampersand that is not an entity": {`"Tom & Jerry"`, "Tom & Jerry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			movie, notes := quirkyMovie(t, "movieNmEn", c.literal)
			require.Equal(t, c.want, movie.TitleEn)
			if strings.Contains(c.literal, `\ud83d네`) || strings.Contains(c.literal, `\u0000`) {
				require.Equal(t, map[Note]int{{"movieListResult.movieList.movieNmEn", RepairedText}: 1}, notes)
			} else {
				require.Empty(t, notes)
			}
			movie, _ = quirkyMovie(t, "movieNm", c.literal)
			require.Equal(t, c.want, movie.Title)
		})
	}
}

func TestQuirksOfYearsAndDates(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string]any{
		`"194"`: NotAYear, `"1874"`: int32(1874), `"2031"`: int32(2031), `""`: nil, `2019`: int32(2019), `"2019 "`: int32(2019), `null`: nil,
		`"미정"`: NotANumber, `["2019"]`: WrongShape,
	} {
		movie, notes := quirkyMovie(t, "prdtYear", literal)
		requireValue(t, literal, want, movie.ProductionYear, "prdtYear", notes)
	}
	for literal, want := range map[string]any{
		`"20220720"`: "2022-07-20", `"2022-07-20"`: "2022-07-20", `""`: nil, `20220720`: "2022-07-20", `"20220700"`: NotADate,
		`"20220231"`: NotADate, `"2022"`: NotADate, `null`: nil, `{"y":2022}`: WrongShape,
	} {
		movie, notes := quirkyMovie(t, "openDt", literal)
		var got *string
		if movie.OpenDate != nil {
			got = new(movie.OpenDate.Format("2006-01-02"))
		}
		requireValue(t, literal, want, got, "openDt", notes)
	}
}

// requireValue expects a value; or nothing, with a note where want is a problem.
func requireValue[T comparable](t *testing.T, literal string, want any, got *T, field string, notes map[Note]int) {
	t.Helper()
	if got != nil {
		require.Equal(t, want, *got, literal)
		require.Empty(t, notes, literal)
		return
	}
	if problem, isNoted := want.(string); isNoted {
		require.Equal(t, map[Note]int{{field, problem}: 1}, notes, literal)
		return
	}
	require.Nil(t, want, literal)
	require.Empty(t, notes, literal)
}

func TestQuirksOfJoinedLists(t *testing.T) {
	t.Parallel()
	for literal, want := range map[string][]string{
		`"한국,미국"`: {"한국", "미국"}, `"프랑스, 이란"`: {"프랑스", "이란"}, `""`: {}, `","`: {}, `"멜로/로맨스"`: {"멜로/로맨스"}, `"성인물(에로)"`: {"성인물(에로)"},
	} {
		movie, notes := quirkyMovie(t, "genreAlt", literal)
		require.Equal(t, want, movie.Genres, literal)
		require.Empty(t, notes)
	}
}

func TestQuirksOfBoxOffice(t *testing.T) {
	t.Parallel()
	const body = `{"boxOfficeResult":{"boxofficeType":"일별 박스오피스","showRange":"20250904~20250904","dailyBoxOfficeList":[{"rnum":"1","rank":"1","rankInten":"0",
		"rankOldAndNew":"NEW","movieCd":"20252112","movieNm":"극장판 귀멸의 칼날: 무한성편","openDt":"2025-08-22","salesAmt":%s,"salesShare":"45.7","salesInten":"-159857340",
		"salesChange":"-56.5","salesAcc":"37355740290","audiCnt":"62134","audiInten":"","audiChange":"100","audiAcc":"3,456,789","scrnCnt":"1783","showCnt":"8512"}]}}`
	for literal, want := range map[string]any{
		`"603987060"`: int64(603987060), `"100.0"`: int64(100), `603987060`: int64(603987060), `""`: nil, `"-"`: NotANumber,
		`"9223372036854775808"`: OutOfRange, `"1.5"`: NotANumber, `[]`: WrongShape, `true`: NotANumber,
	} {
		facts, notes := decoded(t, kobis(messages.KindDailyBoxOffice, "20250904", fmt.Sprintf(body, literal)))
		row := facts.KobisBoxOffice[0]
		requireValue(t, literal, want, row.SalesAmount, "salesAmt", notes)
		require.Equal(t, date(2025, 8, 22), row.OpenDate)
		require.InDelta(t, -56.5, *row.SalesChangeRate, 0)
		require.InDelta(t, 100, *row.AudienceChangeRate, 0)
		require.Equal(t, int64(-159857340), *row.SalesChange)
		require.Equal(t, int64(3456789), *row.AudienceTotal)
		require.Nil(t, row.AudienceChange)
	}
}

// manyStaff is a detail with so many members of the staff.
func manyStaff(n int) string {
	staff := make([]string, 0, n)
	for i := range n {
		staff = append(staff, fmt.Sprintf(`{"peopleNm":"사람%d","peopleNmEn":"SARAM %d","staffRoleNm":"시각효과(VFX)"}`, i, i))
	}
	return `{"movieInfoResult":{"movieInfo":{"movieCd":"20209343","movieNm":"외계+인 1부","movieNmEn":"Alienoid","movieNmOg":"","showTm":"","prdtYear":"2022","openDt":"20220720",
		"prdtStatNm":"","typeNm":"장편","nations":[{"nationNm":"한국"}],"genres":[],"directors":[{"peopleNm":"최동훈","peopleNmEn":"CHOI Dong-hoon"}],"actors":[],"showTypes":[],
		"companys":[],"audits":[],"staffs":[` + strings.Join(staff, ",") + `]},"source":"영화진흥위원회"}}`
}

func TestALargeStaffIsReadWhole(t *testing.T) {
	t.Parallel()
	facts, notes := decoded(t, kobis(messages.KindMovieDetail, "20209343", manyStaff(1_107)))
	detail := facts.KobisMovieDetails[0]
	require.Len(t, detail.Staff, 1_107)
	require.Equal(t, record.KobisStaff{Name: "사람1106", NameEn: "SARAM 1106", Role: "시각효과(VFX)"}, detail.Staff[1_106])
	require.Nil(t, detail.RuntimeMinutes)
	require.Empty(t, detail.StatusName)
	require.Empty(t, notes)
}

func TestQuirksOfTmdb(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body  string
		check func(*testing.T, *record.TmdbMovie)
	}{
		"nulls": {
			`{"id":1,"title":"t","backdrop_path":null,"poster_path":null,"belongs_to_collection":null,"imdb_id":null,"runtime":null,"release_date":null}`,
			func(t *testing.T, m *record.TmdbMovie) {
				t.Helper()
				require.Empty(t, m.PosterPath+m.BackdropPath+m.ImdbID)
				require.Nil(t, m.RuntimeMinutes)
				require.Nil(t, m.ReleaseDate)
			},
		},
		"empty strings": {
			`{"id":1,"title":"t","imdb_id":"","overview":"","release_date":"","homepage":"","runtime":0}`,
			func(t *testing.T, m *record.TmdbMovie) {
				t.Helper()
				require.Nil(t, m.RuntimeMinutes)
				require.Nil(t, m.ReleaseDate)
			},
		},
		"an integer for a float": {
			`{"id":1,"title":"t","vote_average":8,"popularity":60}`,
			func(t *testing.T, m *record.TmdbMovie) {
				t.Helper()
				require.InDelta(t, 8, *m.VoteAverage, 0)
				require.InDelta(t, 60, *m.Popularity, 0)
			},
		},
		"a release with a time": {
			`{"id":1,"title":"t","release_dates":{"results":[{"iso_3166_1":"KR","release_dates":[{"certification":"","release_date":"1999-11-13T00:00:00.000Z","type":3}]}]}}`,
			func(t *testing.T, m *record.TmdbMovie) {
				t.Helper()
				require.Equal(t, []record.TmdbRelease{{Country: "KR", Date: "1999-11-13", Type: 3}}, m.ReleaseDates)
			},
		},
		"keywords as of a series": {
			`{"id":1,"title":"t","keywords":{"results":[{"id":2,"name":"survival"}]},"alternative_titles":{"results":[{"iso_3166_1":"KR","title":"폭싹 속았수다","type":""}]}}`,
			func(t *testing.T, m *record.TmdbMovie) {
				t.Helper()
				require.Equal(t, []string{"survival"}, m.Keywords)
				require.Equal(t, "폭싹 속았수다", m.AlternativeTitles[0].Title)
			},
		},
		"a slash in a name": {
			`{"id":1,"title":"t","watch/providers":{"results":{"KR":{"link":"x","flatrate":[{}]}}}}`,
			func(t *testing.T, m *record.TmdbMovie) { t.Helper(); require.Equal(t, "t", m.Title) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts, notes := decoded(t, tmdb(messages.KindMovieDetail, "1", c.body))
			require.Empty(t, notes)
			c.check(t, &facts.TmdbMovies[0])
		})
	}
}
