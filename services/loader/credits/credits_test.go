package credits

import (
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/loader/spelling"
)

func TestFilm(t *testing.T) {
	t.Parallel()
	id := identity.Of("kobis:movie:20183782")
	list := &record.KobisMovie{Directors: []string{"봉준호"}}
	detail := &record.KobisMovieDetail{
		Found: true, Directors: []record.KobisDirector{{Name: "봉준호", NameEn: "BONG Joon-ho"}},
		Actors: []record.KobisActor{{Name: "송강호", Character: "기택"}, {Name: "이선균", CharacterEn: "Dong-ik"}},
		Staff:  []record.KobisStaff{{Name: "한진원", Role: "시나리오(각본)"}, {Name: "홍경표", Role: "촬영"}, {Name: "누구", Role: "없는 역할"}},
	}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{
		Cast: []record.TmdbCast{{TmdbPerson: record.TmdbPerson{ID: 20738, Name: "송강호"}, Character: "Ki-taek"}, {TmdbPerson: record.TmdbPerson{Name: "누구"}}},
		Crew: []record.TmdbCrew{
			{TmdbPerson: record.TmdbPerson{ID: 21684, Name: "봉준호", NameOriginal: "Bong Joon-ho"}, Department: "Directing", Job: "Director"},
			{TmdbPerson: record.TmdbPerson{ID: 21684, Name: "봉준호", NameOriginal: "Bong Joon-ho"}, Department: "Costume & Make-Up", Job: "Costumer"},
		},
	}}
	person := func(id int32) uuid.UUID { return identity.OfNumber(identity.TmdbPerson, id) }
	require.Equal(t, []Credit{
		{
			TitleID: id, Source: "kobis", Department: Directing, Job: "director", Role: "감독", RoleTmdb: "Director", NameKo: "봉준호", NameEn: "BONG Joon-ho",
			NameDisplay: "Bong Joon-ho", NameSort: "Bong, Joon-ho", PersonID: person(21684), MergedBy: "name",
		},
		{TitleID: id, Source: "kobis", Department: Writing, Position: 1, Job: "screenplay", Role: "시나리오(각본)", NameKo: "한진원", NameSort: "한진원"},
		{
			TitleID: id, Source: "kobis", Department: Acting, Position: 2, Job: "actor", Role: "출연", RoleTmdb: "Actor", NameKo: "송강호", NameSort: "송강호",
			Character: "기택", CharacterKo: "기택", CharacterEn: "Ki-taek", BillingTmdb: 1, PersonID: person(20738), MergedBy: "name",
		},
		{TitleID: id, Source: "tmdb", Department: Acting, Position: 3, Job: "actor", Role: "Actor", NameKo: "누구", NameSort: "누구", BillingTmdb: 2},
		{TitleID: id, Source: "kobis", Department: Acting, Position: 4, Job: "actor", Role: "출연", NameKo: "이선균", NameSort: "이선균", Character: "Dong-ik", CharacterEn: "Dong-ik"},
		{TitleID: id, Source: "kobis", Department: Camera, Position: 5, Job: "cinematography", Role: "촬영", NameKo: "홍경표", NameSort: "홍경표"},
		{
			TitleID: id, Source: "tmdb", Department: Costume, Position: 6, Job: "costume team", Role: "Costumer", NameKo: "봉준호", NameEn: "Bong Joon-ho",
			NameDisplay: "Bong Joon-ho", NameSort: "Bong, Joon-ho", PersonID: person(21684),
		},
		{TitleID: id, Source: "kobis", Department: Crew, Position: 7, Job: "없는 역할", Role: "없는 역할", NameKo: "누구", NameSort: "누구"},
	}, Film(id, list, detail, movie))
	require.Equal(t, []Credit{{TitleID: id, Source: "kobis", Department: Directing, Job: "director", Role: "감독", NameKo: "봉준호", NameSort: "봉준호"}}, Film(id, list, nil, nil))
	require.Empty(t, Film(id, nil, &record.KobisMovieDetail{}, nil))
}

func TestSeriesNamesItsCreatorsFirst(t *testing.T) {
	t.Parallel()
	id := identity.Of("tmdb:series:93405")
	person := record.TmdbPerson{ID: 1, Name: "황동혁"}
	list := Series(id, &record.TmdbSeries{CreatedBy: []record.TmdbPerson{person}, TmdbWork: record.TmdbWork{
		Crew: []record.TmdbCrew{{TmdbPerson: person, Department: "Writing", Job: "Writer"}},
	}}, nil)
	require.Equal(t, []string{Creation, Writing}, []string{list[0].Department, list[1].Department})
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range [][5]string{
		{"송강호", "Song Kang-ho", "송강호", "Song Kang-ho", ""},
		{"Song Kang-ho", "송강호", "송강호", "Song Kang-ho", ""},
		{"송강호", "송강호", "송강호", "", ""},
		{"Edward Norton", "Edward Norton", "", "Edward Norton", ""},
		{"매기 강", "Maggie Kang", "매기 강", "Maggie Kang", ""},
		{"張藝謀", "Zhang Yimou", "", "Zhang Yimou", "張藝謀"},
		{"張藝謀", "장이머우", "장이머우", "", "張藝謀"},
		{"外崎春雄", "Haruo Sotozaki", "", "Haruo Sotozaki", "外崎春雄"},
		{"Kim Min-joon-I", "", "", "Kim Min-joon", ""},
		{"김종국(크리에이터)", "Kim Jong-kook", "김종국", "Kim Jong-kook", ""},
		{"張三(장삼)", "", "장삼", "", "張三"},
		{"Tang Wei (탕웨이)", "", "탕웨이", "Tang Wei", ""},
		{"(여자)아이들", "(G)I-DLE", "(여자)아이들", "(G)I-DLE", ""},
		{"José García", "", "", "José García", ""},
		{"1987", "", "", "", "1987"},
		{"", "", "", "", ""},
	} {
		ko, en, original := Names(c[0], c[1])
		require.Equal(t, [3]string{c[2], c[3], c[4]}, [3]string{ko, en, original}, c)
	}
}

func TestCompaniesComeOncePerRole(t *testing.T) {
	t.Parallel()
	id := identity.Of("kobis:movie:20183782")
	detail := &record.KobisMovieDetail{Found: true, Companies: []record.KobisCompany{
		{Code: "1", Name: "하나", Role: "제작사"}, {Code: "1", Name: "하나", Role: "배급사"}, {Code: "", Name: "without a code", Role: "제공"}, {Code: "2", Name: "둘", Role: "새 역할"},
	}}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Companies: []record.TmdbCompany{{ID: 7, Name: "x"}, {Name: "without an id"}}}}
	c := FilmCompanies(id, []Edition{
		{MovieCd: "20183782", List: &record.KobisMovie{Companies: []record.KobisListCompany{{Code: "9", Name: "아홉"}}}, Detail: detail},
		{MovieCd: "20201234", List: &record.KobisMovie{Companies: []record.KobisListCompany{{Code: "1", Name: "하나"}}}},
	}, movie)
	kobis := func(code string) uuid.UUID { return identity.Of("kobis:company:" + code) }
	require.Equal(t, []TitleCompany{
		{TitleID: id, CompanyID: kobis("1"), Role: "production", Sources: "kobis", Editions: "20183782,20201234"},
		{TitleID: id, CompanyID: identity.Of("tmdb:company:7"), Role: "production", Sources: "tmdb", Position: 1},
		{TitleID: id, CompanyID: kobis("1"), Role: "distribution", Sources: "kobis", Editions: "20183782", Position: 2},
		{TitleID: id, CompanyID: kobis("2"), Role: "새 역할", Sources: "kobis", Editions: "20183782", Position: 3},
	}, c.List)
	require.Equal(t, []string{"1", "1", "2", "1"}, c.Kobis)
	require.Equal(t, []int32{7}, c.Tmdb)
}

// 파이트 클럽 as both sources have it.
func TestACompanyOfBothSourcesIsOne(t *testing.T) {
	t.Parallel()
	kobis := []record.KobisCompany{
		{Code: "1", Name: "폭스2000픽처스", Role: "제작사"},
		{Code: "2", Name: "리젠시 엔터프라이즈", Role: "제작사"},
		{Code: "3", Name: "타우러스 필름", Role: "제작사"},
		{Code: "4", Name: "린손 엔터테인먼트", NameEn: "Linson Entertainment", Role: "공동제작사"},
		{Code: "5", Name: "이십세기폭스코리아(주)", Role: "배급사"},
	}
	tmdb := []record.TmdbCompany{{ID: 711, Name: "Fox 2000 Pictures"}, {ID: 508, Name: "Regency Enterprises"}, {ID: 4700, Name: "Linson Entertainment"}, {ID: 25, Name: "20th Century Fox"}, {ID: 20555, Name: "Taurus Film"}}
	c := FilmCompanies(uuid.Nil, []Edition{{MovieCd: "19990001", Detail: &record.KobisMovieDetail{Found: true, Companies: kobis}}}, &record.TmdbMovie{TmdbWork: record.TmdbWork{Companies: tmdb}})
	require.Len(t, c.List, 6, "20th Century Fox is not a spelling of any that KOBIS has")
	for i, id := range []int32{711, 508, 20555} {
		require.Equal(t, identity.OfNumber(identity.TmdbCompany, id), c.List[i].TmdbCompanyID)
		require.Equal(t, "kobis,tmdb", c.List[i].Sources)
	}
	require.Equal(t, []string{"production", "production", "production", "production", "co-production", "distribution"},
		[]string{c.List[0].Role, c.List[1].Role, c.List[2].Role, c.List[3].Role, c.List[4].Role, c.List[5].Role})
	require.Equal(t, "kobis,tmdb", c.List[4].Sources, "one name in Latin letters")
	require.Len(t, c.Tmdb, 5)
}

func TestGenresOfBothSources(t *testing.T) {
	t.Parallel()
	list, detail := &record.KobisMovie{Genres: []string{"드라마"}}, &record.KobisMovieDetail{Genres: []string{"코미디"}}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Genres: []record.TmdbGenre{{ID: 18, Name: "드라마"}}}}
	genres := FilmGenres(list, detail, movie)
	require.Len(t, genres, 1)
	require.Equal(t, TitleGenre{Genre: Genre{ID: identity.OfGenre("", "drama"), Name: "드라마", Genre: "drama", TmdbID: 18}, Sources: "kobis,tmdb"}, genres[0])
	require.Equal(t, "comedy", FilmGenres(nil, detail, nil)[0].Genre.Genre)

	movie.Genres = []record.TmdbGenre{{ID: 18, Name: "Drama"}, {ID: 53, Name: "Thriller"}, {ID: 7, Name: "Neu"}}
	genres = FilmGenres(&record.KobisMovie{Genres: []string{"드라마", "기타"}}, nil, movie)
	require.Equal(t, []string{"drama", "", "thriller", ""}, []string{genres[0].Genre.Genre, genres[1].Genre.Genre, genres[2].Genre.Genre, genres[3].Genre.Genre},
		"TMDB's number says which, whatever the language of its answer")
	require.Equal(t, []string{"kobis", "tmdb"}, []string{genres[1].Source, genres[3].Source}, "what is in no vocabulary keeps its source's word")
	require.Equal(t, int32(3), genres[3].Position)
}

// TMDB has several words for a job, and a part with a remark and without.
func TestSomebodyStandsOnceInAJob(t *testing.T) {
	t.Parallel()
	crew := func(job string, episodes int32) record.TmdbCrew {
		return record.TmdbCrew{TmdbPerson: record.TmdbPerson{ID: 1, Name: "Michele Clapton"}, Department: "Costume & Make-Up", Job: job, Episodes: episodes}
	}
	actor := func(part string, episodes int32) record.TmdbCast {
		return record.TmdbCast{TmdbPerson: record.TmdbPerson{ID: 2, Name: "Vinnie McCabe"}, Character: part, Episodes: episodes}
	}
	list := Series(uuid.Nil, &record.TmdbSeries{TmdbWork: record.TmdbWork{
		Cast: []record.TmdbCast{actor("Leo Lefford (uncredited)", 1), actor("Leo Lefford", 2)},
		Crew: []record.TmdbCrew{crew("Costume Design", 9), crew("Costume Designer", 73), crew("Costume Supervisor", 1)},
	}}, nil)
	require.Len(t, list, 3)
	require.Equal(t, []any{"Leo Lefford", "", int32(2)}, []any{list[0].Character, list[0].Remarks, list[0].Episodes})
	require.Equal(t, []any{"costumes", "Costume Design, Costume Designer", int32(73)}, []any{list[1].Job, list[1].Role, list[1].Episodes})
	require.Equal(t, "costume team", list[2].Job)
}

// Directors of a match are told across scripts word for word.
func TestDirectorsAcrossScripts(t *testing.T) {
	t.Parallel()
	directed := func(ko, en, tmdb string) string {
		detail := &record.KobisMovieDetail{Found: true, Directors: []record.KobisDirector{{Name: ko, NameEn: en}}}
		movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Crew: []record.TmdbCrew{{TmdbPerson: record.TmdbPerson{ID: 1, Name: tmdb}, Department: "Directing", Job: "Director"}}}}
		return Film(uuid.Nil, nil, detail, movie)[0].MergedBy
	}
	for _, c := range [][3]string{
		{"데이빗 핀처", "", "David Fincher"},
		{"크리스토프 갱스", "", "Christophe Gans"},
		{"호소다 마사히로", "", "Masahiro Hosoda"},
		{"조지 로이 힐", "", "George Roy Hill"},
		{"마이클 커티즈", "", "Michael Curtiz"},
	} {
		require.Equal(t, byDirector, directed(c[0], c[1], c[2]), c)
	}
	for _, c := range [][3]string{
		{"브렛 래트너", "", "Brad Peyton"},
		{"브래드 버드", "", "Brad Peyton"},
		{"마이크 호지스", "", "Mike Judge"},
		{"마이클 베이", "", "Mick Garris"},
		{"에이미 헥커링", "", "Mick Garris"},
		{"롤랜드 에머리히", "", "Alan Taylor"},
		{"데이빗 린치", "", "데이비드 핀처"},
		{"스티븐 스필버그", "", "스티븐 소더버그"},
		{"김수훈", "KIM Su-hoon", "Kim Sung-han"},
		{"이장훈", "LEE Janghoon", "Lee Jong-hun"},
		{"존 파브로", "", "Paul Weitz"},
	} {
		require.Empty(t, directed(c[0], c[1], c[2]), c)
	}
}

// Of two rows of KOBIS's with both names alike one may name several parts.
func TestARowThatNamesMorePartsIsTheSame(t *testing.T) {
	t.Parallel()
	detail := &record.KobisMovieDetail{Found: true, Actors: []record.KobisActor{
		{Name: "김재록", NameEn: "KIM Jae-rok", Character: "재식 부"},
		{Name: "김재록", NameEn: "KIM Jae-rok", Character: "재식 부/ 조부장"},
		{Name: "김재록", NameEn: "KIM Jae-rok", Character: "의사"},
	}}
	list := Film(uuid.Nil, nil, detail, nil)
	require.Len(t, list, 2)
	require.Equal(t, "재식 부/ 조부장", list[0].Character)
}

// Whatever names are sent: a name is in the script that its column says, and what is shown
// has an order, and no comma.
func TestNamesOfAnyForm(t *testing.T) {
	t.Parallel()
	word := rapid.SampledFrom([]string{
		"KIM", "kim", "Kim", "Joy", "Ji-woo", "JIWOO", "van", "de", "Jr.", "III", "O'Neal", "J.J.", "É", "x", "김", "민수", "황보라", "外崎", "춘", "8",
	})
	form := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 0, 4).Draw(t, "words"), rapid.SampledFrom([]string{" ", "", "-", ", "}).Draw(t, "between"))
	})
	korean := rapid.SampledFrom([]string{"", "김민수", "황보라", "김정원", "남궁민", "이", "브래드 피트", "이소룡"})
	rapid.Check(t, func(t *rapid.T) {
		ko, en, third := Names(form.Draw(t, "name"), form.Draw(t, "other"))
		require.True(t, ko == "" || spelling.HasHangul(ko), ko)
		require.True(t, en == "" || isLatin(en), en)
		require.False(t, spelling.HasHangul(third), third)
		hangul := korean.Draw(t, "korean")
		display, sort := displayName(hangul, en)
		require.Equal(t, display == "", sort == "")
		require.Equal(t, strings.TrimSpace(display), display)
		require.NotContains(t, display, ",")
	})
}
