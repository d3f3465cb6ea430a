package credits

import (
	"encoding/csv"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/record"
)

func staff(words ...string) *record.KobisMovieDetail {
	d := &record.KobisMovieDetail{Found: true}
	for i := 0; i < len(words); i += 2 {
		d.Staff = append(d.Staff, record.KobisStaff{Role: words[i], Name: words[i+1]})
	}
	return d
}

func column[T any](list []Credit, of func(c *Credit) T) []T {
	values := make([]T, len(list))
	for i := range list {
		values[i] = of(&list[i])
	}
	return values
}

func names(list []Credit) []string { return column(list, func(c *Credit) string { return c.NameKo }) }
func jobs(list []Credit) []string  { return column(list, func(c *Credit) string { return c.Job }) }

// 헤어질 결심: who edited its dialogue did not write it, and who invested is behind who
// produced.
func TestJobsAreThoseThatPeopleDid(t *testing.T) {
	t.Parallel()
	list := Film(uuid.Nil, nil, staff("대사", "김석원", "투자", "이미경", "제작", "고대석", "프로듀서", "고대석", "시나리오(각본)", "정서경", "시나리오(각본)", "박찬욱"), nil)
	require.Equal(t, []string{"screenplay", "screenplay", "producer", "project producer", "investment", "dialogue editing"}, jobs(list))
	require.Equal(t, []string{"정서경", "박찬욱", "고대석", "고대석", "이미경", "김석원"}, names(list))
	require.Equal(t, Sound, list[5].Department)
}

// Each word of KOBIS's against what the people whom it names otherwise do: the table
// was measured on 6,171 details, see docs/credits.md. A word of whose people a quarter,
// and at least ten, have a word of another department, twice as many as one of its own,
// is in the wrong one, but for those that have a reason.
func TestEveryWordStandsWhereItsPeopleDo(t *testing.T) {
	t.Parallel()
	reasons := map[string]string{
		"시나리오(각본)": "directors write", "각색": "directors write", "스토리": "directors write", "편집": "directors edit", "윤색": "directors write",
		"스틸": "photographers make the posters too", "포스터사진": "photographers make the stills too",
		"특수소품": "one workshop makes both", "특수분장": "one workshop makes both",
	}
	measured := wordsMeasured(t)
	for _, w := range Words() {
		if w == roleDirector || w == roleActor {
			continue
		}
		m, known := measured[w]
		require.True(t, known, "%s is not in the table: measure it", w)
		department, _ := kobisJob(w)
		own := m[department]
		for other, n := range m {
			if other != "" && other != department && n >= max(10, m[""]/4) && n >= 2*own && reasons[w] == "" {
				t.Errorf("%s is in %s, with %d people of other words there, and %d in %s", w, department, own, n, other)
			}
		}
	}
}

// wordsMeasured are, for each word, how many of the people whom it names have some
// other word of a department too, that which most of them have.
func wordsMeasured(t *testing.T) map[string]map[string]int {
	t.Helper()
	file, err := os.Open("testdata/words.csv")
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // only read from
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	measured := make(map[string]map[string]int)
	for _, r := range rows[1:] {
		if measured[r[0]] == nil {
			measured[r[0]] = make(map[string]int)
		}
		department, _ := kobisJob(r[1])
		if r[1] == "" { // how many people it names
			department = ""
		}
		measured[r[0]][department] = max(measured[r[0]][department], number(t, r[2]))
	}
	return measured
}

func TestDirectorsStandAsTheListHasThem(t *testing.T) {
	t.Parallel()
	detail := &record.KobisMovieDetail{Found: true, Directors: []record.KobisDirector{{Name: "조 루소", NameEn: "Joe RUSSO"}, {Name: "안소니 루소", NameEn: "Anthony RUSSO"}, {Name: "새 감독"}}}
	list := Film(uuid.Nil, &record.KobisMovie{Directors: []string{"안소니 루소", "조 루소"}}, detail, nil)
	require.Equal(t, []string{"안소니 루소", "조 루소", "새 감독"}, names(list))
	require.Equal(t, "Anthony Russo", list[0].NameDisplay, "names are the detail's")
}

func directed(kobis string, tmdb ...record.TmdbPerson) []Credit {
	movie := &record.TmdbMovie{}
	for i, p := range tmdb {
		p.ID = int32(i + 1)
		movie.Crew = append(movie.Crew, record.TmdbCrew{TmdbPerson: p, Department: "Directing", Job: "Director"})
	}
	return Film(uuid.Nil, &record.KobisMovie{Directors: []string{kobis}}, nil, movie)
}

func TestADirectorInTwoScriptsIsOne(t *testing.T) {
	t.Parallel()
	for kobis, tmdb := range map[string]string{
		"데이빗 핀처": "David Fincher", "파커 핀": "Parker Finn", "F. 게리 그레이": "F. 게리 게리", "조진규": "Cho Jin-gyu", "김의석": "Kim Eui-suk", "김민준": "Kim Min-joon-I",
		"소토자키 하루오": "外崎春雄", "닐 조단": "닐 조던", "프란시스 로렌스": "Francis Lawrence",
		"안톤 후쿠아": "Antoine Fuqua", "헌터 리차드": "Hunter Richards", "마이크 트메이어": "Mike Thurmeier", "테아 샤록": "Thea Sharrock",
		"가버 추보": "Gábor Csupó", "페기 홈즈": "Peggy Holmes", "피터 획맨": "Peter Faiman",
		"에베라도 발레리오 구트": "Everardo Gout", "톰 맥카시, 토마스": "Tom McCarthy",
	} {
		list := directed(kobis, record.TmdbPerson{Name: tmdb})
		require.Len(t, list, 1, kobis)
		require.NotEmpty(t, list[0].MergedBy)
		require.NotZero(t, list[0].PersonID)
		require.Equal(t, kobis, list[0].NameKo)
	}
	for kobis, tmdb := range map[string]string{
		"카를로스 살다나": "Chris Wedge", "김민수": "김민서", "여인영": "Jennifer Yuh Nelson", "얀 드봉": "쟝 드봉", "안소니 루소": "Joe Russo", "다미엔 차젤레": "데이미언 셔젤", "폴 슈레이더": "Richard Elfman",
	} {
		require.Len(t, directed(kobis, record.TmdbPerson{Name: tmdb}), 2, kobis)
	}
	require.Len(t, directed("소토자키 하루오", record.TmdbPerson{Name: "外崎春雄"}, record.TmdbPerson{Name: "白石和彌"}), 3, "one of two in a script that tells nothing")
}

// 헤어질 결심 and 보고타, and a namesake.
func TestAnIdentifiedPersonIsSoInEveryDepartment(t *testing.T) {
	t.Parallel()
	detail := staff("시나리오(각본)", "박찬욱", "제작", "박찬욱", "조명팀", "김민수")
	detail.Directors = []record.KobisDirector{{Name: "박찬욱", NameEn: "PARK Chan-wook"}}
	for i := range detail.Staff[:2] {
		detail.Staff[i].NameEn = "PARK Chan-wook"
	}
	movie := &record.TmdbMovie{TmdbWork: record.TmdbWork{Crew: []record.TmdbCrew{
		{TmdbPerson: record.TmdbPerson{ID: 10099, Name: "박찬욱"}, Department: "Directing", Job: "Director"},
		{TmdbPerson: record.TmdbPerson{ID: 10099, Name: "박찬욱"}, Department: "Production", Job: "Producer"},
	}}}
	ids := func(list []Credit) int {
		known := 0
		for _, c := range list {
			if c.PersonID != uuid.Nil && c.NameKo == "박찬욱" {
				known++
			}
		}
		return known
	}
	list := Film(uuid.Nil, nil, detail, movie)
	require.Len(t, list, 4)
	require.Equal(t, 3, ids(list))
	require.Equal(t, "Producer", list[2].RoleTmdb)

	detail.Staff = append(detail.Staff, record.KobisStaff{Name: "박찬욱", NameEn: "PARK Chan-uk", Role: "소품팀"})
	require.Equal(t, 2, ids(Film(uuid.Nil, nil, detail, movie)), "KOBIS spells the name in two ways, of two people: nothing but what TMDB has")
	detail.Staff = detail.Staff[:3]
	movie.Cast = []record.TmdbCast{{TmdbPerson: record.TmdbPerson{ID: 7, Name: "박찬욱"}, Character: "Guest"}}
	require.Equal(t, 3, ids(Film(uuid.Nil, nil, detail, movie)), "the director, the producer and TMDB's actor of the name, but not the writer")
}

func TestPartsStandInBothLanguages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kobis, tmdb, ko, en, remarks string }{
		{"전두광", "Chun Doo-gwang", "전두광", "Chun Doo-gwang", ""},
		{"", "Da-in (voice)", "", "Da-in", "voice"},
		{"봉길 대역", "", "봉길", "", "stand-in"},
		{"유라 골프 대역", "", "유라 골프 대역", "", "stand-in"},
		{"해준 스탠드인", "", "해준", "", "stand-in"},
		{"태일역", "", "태일", "", ""},
		{"오딜 역", "", "오딜", "", ""},
		{"해리 아역", "", "해리 아역", "", ""},
		{"조선군 고정단역", "", "조선군 고정단역", "", ""},
		{"고물상2역", "", "고물상2", "", ""},
		{"1인2역", "", "1인2역", "", ""},
		{"남진(본인)", "Self", "남진", "Self", "self"},
		{"본인", "Self - Host", "본인", "Self - Host", "self"},
		{"형사 (정필성)", "BMW Salesman. (uncredited)", "형사 (정필성)", "BMW Salesman", "uncredited"},
		{"장일섭 부장 딸(목소리) 역", "", "장일섭 부장 딸", "", "voice"},
		{"목소리 출연", "Sammy Davis Jr. (voice) (uncredited)", "", "Sammy Davis Jr.", "voice,uncredited"},
		{"결혼식 사진사 목소리", "", "결혼식 사진사", "", "voice"},
		{"선영, 접객실 직원 목소리", "", "선영, 접객실 직원 목소리", "", "voice"},
		{"에밀리 목소리", "Richard Chesler (Regional Manager)", "에밀리", "Richard Chesler (Regional Manager)", "voice"},
	} {
		list := cast([]role{{"황정민", "", c.kobis}}, []role{{"황정민", "", c.tmdb}})
		require.Len(t, list, 1)
		require.Equal(t, []string{c.ko, c.en, c.remarks}, []string{list[0].CharacterKo, list[0].CharacterEn, list[0].Remarks}, c.kobis+c.tmdb)
		want := c.ko
		if want == "" {
			want = c.en
		}
		require.Equal(t, want, list[0].Character)
	}
}

func TestMarksAreApartFromNames(t *testing.T) {
	t.Parallel()
	for sent, want := range map[string]kobisName{
		"정현우8":             {clean: "정현우", namesake: 8, sent: "정현우8"},
		"김정민(":             {clean: "김정민", sent: "김정민("},
		"박성훈(엔하이픈":         {clean: "박성훈", sent: "박성훈(엔하이픈"},
		"송우진 (Jamie Song)": {clean: "송우진", sent: "송우진 (Jamie Song)"},
		"故채성원":             {clean: "채성원", remarks: "late", sent: "故채성원"},
		"㈜화인컷(FINECUT)":    {clean: "㈜화인컷", remarks: "company", sent: "㈜화인컷(FINECUT)"},
		"야히아 압둘 마틴 2세":     {clean: "야히아 압둘 마틴 2세"},
		"50 센트":            {clean: "50 센트"},
		"데니 안/ 안신원":        {clean: "데니 안/ 안신원"},
		"송강호":              {clean: "송강호"},
	} {
		require.Equal(t, want, readName(sent), sent)
	}
}

// 범죄도시3, 공조2 and 내겐 너무 소중한 너.
func TestWhoIsListedTwiceIsOne(t *testing.T) {
	t.Parallel()
	list := cast([]role{{"마동석", "MA Dong-seok", "마석도"}, {"이준혁", "", "주성철"}, {"마동석", "MA Dong-seok", ""}}, nil)
	require.Equal(t, []string{"마동석", "이준혁"}, names(list))
	list = cast([]role{{"김재록", "", "재식 부"}, {"김재록", "", "재식 부"}, {"김재록", "", "노인"}, {"김재록", "", ""}, {"김재록", "", ""}}, nil)
	require.Len(t, list, 4, "two of a name are two, unless they play one part")
	list = cast([]role{{"김민수", "KIM Min-su", "형사"}, {"김민수", "KIM Min-su", "학생"}}, nil)
	require.Len(t, list, 2, "two parts")
	double := staff("음악", "황상준", "음악", "황상준")
	double.Staff[0].NameEn, double.Staff[1].NameEn = "HWANG Sang-jun", "Hwang Sang-jun"
	require.Len(t, Film(uuid.Nil, nil, double, nil), 1)
}

// 비상선언: the part that two play, one of them at either source, makes them no one.
func TestAPartAloneJoinsNobody(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"김보민", "박수민", "도영서", "Park Soo-min"}, {"안희연", "주영", "하니", "Ju-yeong"}, {"최민호", "훈", "민호", "Hoon"}, {"표지훈", "기진", "피오", "Gee-jin"},
	} {
		list := cast([]role{{c[0], "", c[1]}}, []role{{c[2], "", c[3]}})
		require.Len(t, list, 2, c)
		require.Zero(t, list[slices.IndexFunc(list, func(c Credit) bool { return c.Source == kobis })].PersonID)
	}
}

// A page prints departments, jobs and then a source's order; whom TMDB alone has stands
// where it bills them. 서울의 봄 and 해적: 도깨비 깃발.
func TestPositionsArePrinted(t *testing.T) {
	t.Parallel()
	list := Film(uuid.Nil, nil, staff("특수소품", "가", "연출팀", "나", "미술/프로덕션 디자인", "다", "새 말", "라", "조감독", "마", "촬영", "바"), nil)
	require.Equal(t, []string{"마", "나", "바", "다", "가", "라"}, names(list))
	billed := cast([]role{{"강하늘", "", ""}, {"한효주", "", ""}, {"이광수", "", ""}}, []role{{"성동일", "", ""}, {"강하늘", "", ""}, {"김기두", "", ""}, {"이광수", "", ""}, {"박지환", "", ""}})
	require.Equal(t, []string{"성동일", "강하늘", "김기두", "한효주", "이광수", "박지환"}, names(billed))
	require.Equal(t, []int32{1, 2, 3, 0, 4, 5}, column(billed, func(c *Credit) int32 { return c.BillingTmdb }))
}

func TestEveryCreditHasAJob(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"Crew", "Compositors", VisualEffects, "visual effects"},
		{"Crew", "CG Supervisor", VisualEffects, "visual effects supervision"},
		{"Crew", "Makeup Effects", Costume, "special make-up"},
		{"Crew", "Thanks", Crew, "thanks"},
		{"Sound", "Music Editor", Music, "music editing"},
		{"Editing", "Color Timer", Editing, "colour"},
		{"Production", "Associate Producer", Production, "associate producer"},
		{"Directing", "Reader", Directing, "Reader"},
		{"Camera", "", Camera, "camera"},
	} {
		department, job := tmdbJob(c[0], c[1])
		require.Equal(t, [2]string{c[2], c[3]}, [2]string{department, job}, c)
	}
	for _, w := range []string{"기타", "특수차량", "운송", "식당차", "스튜디오", "없던 말", ""} {
		_, job := kobisJob(w)
		require.NotEmpty(t, job, w)
	}
}

func TestNamesInLatinLettersAreShownInOneStyle(t *testing.T) {
	t.Parallel()
	for _, c := range [][4]string{
		{"황정민", "HWANG Jung-min", "Hwang Jung-min", "Hwang, Jung-min"},
		{"유성주", "You Seong Joo", "You Seong-joo", "You, Seong-joo"},
		{"심가영", "SIM GA YOUNG", "Sim Ga-young", "Sim, Ga-young"},
		{"김원국", "Won-kuk Kim", "Kim Won-kuk", "Kim, Won-kuk"},
		{"이광수", "Kwang-Soo,Lee", "Lee Kwang-soo", "Lee, Kwang-soo"},
		{"", "BONG Joon-ho", "Bong Joon-ho", "Bong, Joon-ho"},
		{"", "Robert Downey Jr.", "Robert Downey Jr.", "Downey, Robert, Jr."},
		{"크리스토퍼 놀란", "Christopher NOLAN", "Christopher Nolan", "Nolan, Christopher"},
		{"기예르모 델 토로", "Guillermo del Toro", "Guillermo del Toro", "del Toro, Guillermo"},
		{"", "stunt61", "Stunt61", "Stunt61"},
		{"", "IU", "IU", "IU"},
		{"안내상", "AN Nae-sang", "An Nae-sang", "An, Nae-sang"},
		{"", "J.J. ABRAMS", "J.J. Abrams", "Abrams, J.J."},
		{"", "Danny DeVito", "Danny DeVito", "DeVito, Danny"},
		{"송강호", "", "", ""},
		{"김보성", "Kimboseong", "Kim Boseong", "Kim, Boseong"},
		{"박건우", "geonwooPark", "Park Geonwoo", "Park, Geonwoo"},
		{"한아름", "AhrumHAN", "Han Ahrum", "Han, Ahrum"},
		{"전현배", "Jeon-Hyun-Bae", "Jeon Hyun-bae", "Jeon, Hyun-bae"},
		{"현하나", "Hana.Hyeon", "Hyeon Hana", "Hyeon, Hana"},
		{"박준오", "PARK Jun_oh", "Park Jun-oh", "Park, Jun-oh"},
		{"김동우", "Dongwoo Kim (Jack)", "Kim Dongwoo", "Kim, Dongwoo"},
		{"김동식", "Dongsix-'Jesse' KIM", "Kim Dongsix", "Kim, Dongsix"},
		{"오정옥", "OH Jung-ok, OH Cheong-ok", "Oh Jung-ok", "Oh, Jung-ok"},
		{"김정원", "Joy KIM", "Joy Kim", "Kim, Joy"},
		{"김아연", "Ashley Kim", "Ashley Kim", "Kim, Ashley"},
		{"이상윤", "Simon LEE", "Simon Lee", "Lee, Simon"},
		{"안종훈", "Andrew AN", "Andrew An", "An, Andrew"},
		{"박진홍", "PARK GENE HONG", "Park Gene Hong", "Park, Gene Hong"},
		{"김수인", "Suin KIM", "Kim Suin", "Kim, Suin"},
		{"김유민", "YOUMEAN KIM", "Kim Youmean", "Kim, Youmean"},
		{"조태희", "Tae Jo", "Jo Tae", "Jo, Tae"},
		{"황보라", "HWANG BO RA", "Hwang Bo-ra", "Hwang, Bo-ra"},
		{"", "van Houten, Carice Anouk", "Carice Anouk van Houten", "van Houten, Carice Anouk"},
		{"최태영", "Ralph Tae-young CHOI", "Choi Ralph Tae-young", "Choi, Ralph Tae-young"},
		{"은영철", "EN Young-chul", "En Young-chul", "En, Young-chul"},
		{"최데릭", "derek eunsoo choe", "Choe Derek Eunsoo", "Choe, Derek Eunsoo"},
		{"황기석", "Ki S. Hwang", "Hwang Ki S.", "Hwang, Ki S."},
		{"박준규", "Sodasuda", "Sodasuda", "Sodasuda"},
		{"", "Roy 'Bucky' Moore", "Roy 'Bucky' Moore", "Moore, Roy 'Bucky'"},
	} {
		display, sort := displayName(c[0], c[1])
		require.Equal(t, [2]string{c[2], c[3]}, [2]string{display, sort}, c)
		again, _ := displayName(c[0], display)
		require.Equal(t, display, again, "shown twice is shown once")
	}
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	require.NoError(t, err)
	return n
}
