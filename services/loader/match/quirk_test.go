package match

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// read is a candidate whose detail was read.
func read(c Candidate, length *int32, countries []string, directors ...string) Candidate {
	c.HasDetail, c.RuntimeMinutes, c.Countries, c.Directors = true, length, countries, directors
	return c
}

type quirk struct {
	film       Film
	candidates []Candidate
	status     Status
	id         int32
}

func (q quirk) run(t *testing.T) {
	t.Parallel()
	v := Decide(q.film, q.candidates, Verdicts{})
	require.Equal(t, q.status, v.Status, "%+v", v.Evidence)
	if q.id != 0 {
		require.Equal(t, q.id, *v.TmdbID)
	}
}

// Real films, each with a trap that it stands for.
func TestQuirks(t *testing.T) {
	t.Parallel()
	made := func(year int32) *int32 { return &year }
	korea, usa, japan := []string{"한국"}, []string{"미국"}, []string{"일본"}
	for name, c := range map[string]quirk{
		"a short that shares the title of a feature of the year": {
			Film{Titles: []string{"판도라", "PANDORA"}, ProductionYear: made(2015), Nations: korea, Directors: []string{"김찬년"}, Form: "단편"},
			[]Candidate{read(korean(429450, "판도라", day(2016, 12, 7)), new(int32(136)), []string{"KR"}, "Park Jung-woo")},
			None, 0,
		},
		"a short by its director": {
			Film{Titles: []string{"몸값"}, ProductionYear: made(2015), Nations: korea, Directors: []string{"이충현"}, Form: "단편"},
			[]Candidate{read(korean(1, "몸값", day(2015, 11, 5)), new(int32(14)), []string{"KR"}, "이충현")},
			Matched, 1,
		},
		"a remake beside its original, of one title in both languages": {
			Film{Titles: []string{"유령", "Phantom"}, ProductionYear: made(2021), OpenDate: day(2023, 1, 18), Nations: korea, Form: "장편"},
			[]Candidate{korean(1, "유령", day(1999, 7, 31)), korean(2, "유령", day(2023, 1, 18))},
			Matched, 2,
		},
		"made years before it opened": {
			Film{Titles: []string{"더러운 돈에 손대지 마라"}, ProductionYear: made(2019), OpenDate: day(2024, 10, 17), Nations: korea, Form: "장편"},
			[]Candidate{korean(1, "더러운 돈에 손대지 마라", day(2024, 10, 17))},
			Matched, 1,
		},
		"first shown at a festival before it opened": {
			Film{Titles: []string{"1급기밀", "The Discloser"}, ProductionYear: made(2016), OpenDate: day(2018, 1, 24), Nations: korea, Directors: []string{"홍기선"}, Form: "장편"},
			[]Candidate{read(korean(464927, "1급기밀", day(2017, 7, 20)), nil, []string{"KR"}, "Hong Ki-seon")},
			Matched, 464927,
		},
		"a Korean film opened again": {
			Film{Titles: []string{"올드보이", "Old Boy"}, ProductionYear: made(2003), OpenDate: day(2013, 11, 21), Nations: korea, Directors: []string{"박찬욱"}, Form: "장편"},
			[]Candidate{read(korean(670, "올드보이", day(2003, 11, 21)), nil, []string{"KR"}, "박찬욱"), foreign(87516, "올드보이", "Oldboy", day(2013, 11, 14))},
			Matched, 670,
		},
		"an edition whose production year is that of the edition": {
			Film{Titles: []string{"아바타 리마스터링", "Avatar"}, ProductionYear: made(2022), OpenDate: day(2022, 9, 21), Nations: usa, Directors: []string{"제임스 카메론"}, Form: "장편"},
			[]Candidate{read(foreign(19995, "아바타", "Avatar", day(2009, 12, 15)), nil, nil, "James Cameron"), foreign(76600, "아바타: 물의 길", "Avatar: The Way of Water", day(2022, 12, 14))},
			Matched, 19995,
		},
		"the next part of a series has the same director, a year later": {
			Film{Titles: []string{"메이즈 러너", "The Maze Runner"}, ProductionYear: made(2014), OpenDate: day(2014, 9, 18), Nations: usa, Directors: []string{"웨스 볼"}, Form: "장편"},
			[]Candidate{read(foreign(294254, "메이즈 러너: 스코치 트라이얼", "Maze Runner: The Scorch Trials", day(2015, 9, 9)), nil, nil, "Wes Ball")},
			Review, 0,
		},
		"released long after the opening": {
			Film{Titles: []string{"너의 췌장을 먹고 싶어", "Let Me Eat Your Pancreas"}, ProductionYear: made(2017), OpenDate: day(2017, 10, 25), Nations: japan, Form: "장편"},
			[]Candidate{{TmdbID: 504253, Titles: []string{"너의 췌장을 먹고 싶어", "君の膵臓をたべたい"}, OriginalLanguage: "ja", ReleaseDate: day(2018, 9, 1)}},
			None, 0,
		},
		"the Korean title of a foreign film, and a Korean film of that title": {
			Film{Titles: []string{"화차", "Helpless"}, ProductionYear: made(2012), OpenDate: day(2012, 3, 8), Nations: korea, Form: "장편"},
			[]Candidate{{TmdbID: 1, Titles: []string{"화차", "火車"}, OriginalLanguage: "ja", ReleaseDate: day(2011, 11, 5)}, korean(2, "화차", day(2012, 3, 8))},
			Matched, 2,
		},
		"a foreign film by its opening in Korea": {
			Film{Titles: []string{"바그다드 카페"}, ProductionYear: made(1993), OpenDate: day(1993, 7, 17), Nations: []string{"독일"}, Form: "장편"},
			[]Candidate{{TmdbID: 3543, Titles: []string{"바그다드 카페", "Out of Rosenheim"}, OriginalLanguage: "de", ReleaseDate: day(1987, 11, 12), HasDetail: true, KoreanReleases: []time.Time{*day(1993, 7, 17)}}},
			Matched, 3543,
		},
		"a director in another transliteration": {
			Film{Titles: []string{"세븐", "Seven"}, ProductionYear: made(1995), OpenDate: day(1995, 11, 11), Nations: usa, Directors: []string{"데이빗 핀처"}, Form: "장편"},
			[]Candidate{read(foreign(807, "세븐", "Se7en", day(1995, 9, 22)), new(int32(127)), []string{"US"}, "데이비드 핀처")},
			Matched, 807,
		},
		"another film of the title in the same year": {
			Film{Titles: []string{"더 헌트", "The Hunt"}, ProductionYear: made(2012), Nations: []string{"프랑스"}, Directors: []string{"토마스 스제펀스키"}, Form: "장편"},
			[]Candidate{read(Candidate{TmdbID: 103663, Titles: []string{"더 헌트", "Jagten"}, OriginalLanguage: "da", ReleaseDate: day(2012, 6, 13)}, nil, []string{"DK"}, "Thomas Vinterberg")},
			None, 0,
		},
		"a Korean title that only an alternative one of the record equals": {
			Film{Titles: []string{"폭싹 속았수다"}, ProductionYear: made(2025), OpenDate: day(2025, 3, 7), Nations: korea, Form: "장편"},
			[]Candidate{read(Candidate{TmdbID: 1, Titles: []string{"폭삭 속았수다", "폭싹 속았수다"}, OriginalLanguage: "ko", ReleaseDate: day(2025, 3, 7)}, nil, nil)},
			Matched, 1,
		},
		"one syllable, and only the year": {
			Film{Titles: []string{"꿈"}, ProductionYear: made(1991), Form: "장편"},
			[]Candidate{{TmdbID: 12516, Titles: []string{"꿈", "夢"}, OriginalLanguage: "ja", ReleaseDate: day(1990, 5, 11)}},
			Review, 0,
		},
		"digits alone, on the day": {
			Film{Titles: []string{"1987", "1987: When the Day Comes"}, ProductionYear: made(2017), OpenDate: day(2017, 12, 27), Nations: korea, Form: "장편"},
			[]Candidate{korean(472451, "1987", day(2017, 12, 27))},
			Matched, 472451,
		},
	} {
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
}

// Real films whose titles or directors the sources write in different ways.
func TestSpellings(t *testing.T) {
	t.Parallel()
	made := func(year int32) *int32 { return &year }
	korea, usa := []string{"한국"}, []string{"미국"}
	for name, c := range map[string]quirk{
		"a title in another transliteration": {
			Film{Titles: []string{"아이 엠 데이빗"}, ProductionYear: made(2003), Nations: usa, Directors: []string{"폴 페이그"}, Form: "장편"},
			[]Candidate{read(foreign(1, "아이 엠 데이비드", "I Am David", day(2003, 12, 3)), new(int32(90)), []string{"US"}, "Paul Feig")},
			Matched, 1,
		},
		"a director whose name is read in Korean, and in his own language": {
			Film{Titles: []string{"5일의 마중", "Coming Home"}, ProductionYear: made(2014), OpenDate: day(2014, 10, 8), Nations: []string{"중국"}, Directors: []string{"장예모"}, Form: "장편"},
			[]Candidate{read(Candidate{TmdbID: 1, Titles: []string{"5일의 마중", "归来"}, OriginalLanguage: "zh", ReleaseDate: day(2014, 5, 16)}, nil, []string{"CN"}, "장이머우", "张艺谋")},
			Matched, 1,
		},
		"hanja in brackets": {
			Film{Titles: []string{"해무(海霧)", "Haemoo"}, ProductionYear: made(2014), OpenDate: day(2014, 8, 13), Nations: korea, Directors: []string{"심성보"}, Form: "장편"},
			[]Candidate{korean(1, "해무", day(2014, 8, 13))},
			Matched, 1,
		},
		"English in brackets": {
			Film{Titles: []string{"주먹이 운다(Crying Fist)"}, ProductionYear: made(2004), OpenDate: day(2005, 4, 1), Nations: korea, Directors: []string{"류승완"}, Form: "장편"},
			[]Candidate{korean(40452, "주먹이 운다", day(2005, 3, 31))},
			Matched, 40452,
		},
		"a title and its subtitle in another order, among parts of the series": {
			Film{Titles: []string{"강철중: 공공의 적 1-1", "Public Enemy Returns"}, ProductionYear: made(2008), OpenDate: day(2008, 6, 19), Nations: korea, Directors: []string{"강우석"}, Form: "장편"},
			[]Candidate{
				read(korean(1, "공공의 적", day(2002, 1, 25)), nil, []string{"KR"}, "강우석"), read(korean(2, "공공의 적 2", day(2005, 1, 27)), nil, []string{"KR"}, "강우석"),
				read(korean(65337, "공공의 적 1-1: 강철중", day(2008, 6, 19)), nil, []string{"KR"}, "강우석"),
			},
			Matched, 65337,
		},
		"a part by a roman numeral": {
			Film{Titles: []string{"록키 5", "Rocky Ⅴ"}, ProductionYear: made(1990), OpenDate: day(1990, 12, 22), Nations: usa, Directors: []string{"존 G. 어빌드센"}, Form: "장편"},
			[]Candidate{foreign(1366, "록키", "Rocky", day(1976, 11, 21)), foreign(1374, "록키 4", "Rocky IV", day(1985, 11, 27)), foreign(1375, "Rocky V", "Rocky V", day(1990, 11, 16))},
			Matched, 1375,
		},
		"one syllable, on the day and by its director": {
			Film{Titles: []string{"섬", "The Isle"}, ProductionYear: made(2000), OpenDate: day(2000, 4, 22), Nations: korea, Directors: []string{"김기덕"}, Form: "장편"},
			[]Candidate{read(korean(1, "섬", day(2000, 4, 22)), new(int32(90)), []string{"KR"}, "Kim Ki-duk"), foreign(2, "섬", "L'isola", day(2003, 1, 1))},
			Matched, 1,
		},
		"a short of that syllable, a year later": {
			Film{Titles: []string{"섬", "The Isle"}, ProductionYear: made(2001), Nations: korea, Directors: []string{"윤용훈"}, Form: "단편"},
			[]Candidate{read(korean(1, "섬", day(2000, 4, 22)), new(int32(90)), []string{"KR"}, "Kim Ki-duk")},
			None, 0,
		},
	} {
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
}

// Films that are most easily taken for others, and facts that tell them apart.
func TestTemptations(t *testing.T) {
	t.Parallel()
	made := func(year int32) *int32 { return &year }
	korea, usa := []string{"한국"}, []string{"미국"}
	for name, c := range map[string]quirk{
		"the true film is not there, a namesake of the next year is": {
			Film{Titles: []string{"침묵", "Silenced"}, ProductionYear: made(2017), OpenDate: day(2017, 11, 2), Nations: korea, Directors: []string{"정지우"}, Form: "장편"},
			[]Candidate{read(Candidate{TmdbID: 68730, Titles: []string{"사일런스", "Silence", "침묵"}, OriginalLanguage: "en", ReleaseDate: day(2016, 12, 22)}, new(int32(159)), []string{"US"}, "마틴 스콜세지")},
			None, 0,
		},
		"another film of KOBIS has the title at the time, and the row names no director": {
			Film{Titles: []string{"클래스", "The Class"}, ProductionYear: made(2007), Nations: []string{"에스토니아"}, Directors: []string{"일마르 라그"}, Form: "장편", Namesakes: new(int32(1))},
			[]Candidate{{TmdbID: 8841, Titles: []string{"클래스", "Entre les murs"}, OriginalLanguage: "fr", ReleaseDate: day(2008, 9, 24)}},
			None, 0,
		},
		"an original title in letters that the nation does not write": {
			Film{Titles: []string{"콜드워", "The Sixth Post"}, ProductionYear: made(2018), OpenDate: day(2022, 7, 7), Nations: []string{"카자흐스탄"}, Form: "장편", Namesakes: new(int32(0))},
			[]Candidate{{TmdbID: 440298, Titles: []string{"콜드 워", "Zimna wojna"}, OriginalLanguage: languageOf("Zimna wojna"), ReleaseDate: day(2018, 6, 8)}},
			Review, 0,
		},
		"drawn for one source alone": {
			Film{Titles: []string{"미녀와 야수", "Beauty and the Beast"}, ProductionYear: made(2017), Nations: usa, Form: "장편", Genres: []string{"애니메이션"}},
			[]Candidate{{TmdbID: 321612, Titles: []string{"미녀와 야수", "미녀와 야수"}, OriginalLanguage: "en", ReleaseDate: day(2017, 3, 16), Genres: []int32{10751, 14, 10749}}},
			Review, 0,
		},
		"not yet opened, and released the year after": {
			Film{Titles: []string{"완벽한 타인"}, ProductionYear: made(2017), Nations: korea, Directors: []string{"이재규"}, Form: "장편", Genres: []string{"드라마", "코미디"}, Namesakes: new(int32(0))},
			[]Candidate{read(korean(548352, "완벽한 타인", day(2018, 10, 31)), new(int32(115)), []string{"KR"}, "JQ Lee")},
			Matched, 548352,
		},
		"a festival's premiere a year before, by an hour's difference of zones": {
			Film{Titles: []string{"1급기밀"}, ProductionYear: made(2016), OpenDate: day(2018, 1, 24), Nations: korea, Form: "장편"},
			[]Candidate{korean(464927, "1급기밀", day(2018, 1, 23))},
			Matched, 464927,
		},
		"two equally good": {
			Film{Titles: []string{"감기", "The Flu"}, ProductionYear: made(2013), OpenDate: day(2013, 8, 14), Nations: korea, Form: "장편"},
			[]Candidate{korean(1, "감기", day(2013, 8, 14)), korean(2, "감기", day(2013, 8, 15))},
			Review, 0,
		},
		"an empty title and no year": {
			Film{Titles: []string{"", " "}},
			[]Candidate{korean(1, "", nil), korean(2, "박쥐", day(2009, 4, 30))},
			None, 0,
		},
		"a foreign short by both its titles": {
			Film{Titles: []string{"리프티드", "Lifted"}, ProductionYear: made(2006), Form: "단편", Namesakes: new(int32(0))},
			[]Candidate{foreign(13060, "리프티드", "Lifted", day(2006, 12, 28))},
			Matched, 13060,
		},
		"digits, of two films": {
			Film{Titles: []string{"300", "300"}, ProductionYear: made(2006), OpenDate: day(2007, 3, 14), Nations: usa, Form: "장편"},
			[]Candidate{foreign(1271, "300", "300", day(2007, 3, 7)), foreign(53182, "300: 제국의 부활", "300: Rise of an Empire", day(2014, 3, 5))},
			Matched, 1271,
		},
	} {
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
}

func TestAVerdictSaysWhichDetailsCouldDecide(t *testing.T) {
	t.Parallel()
	short := Film{Titles: []string{"감기"}, ProductionYear: new(int32(2013)), Nations: []string{"한국"}, Form: "단편"}
	feature, other := korean(1, "감기", day(2013, 8, 14)), korean(2, "감기 주의", day(2013, 8, 14))
	require.Equal(t, []int32{1}, Decide(short, []Candidate{feature, other}, Verdicts{}).Evidence.Wanted)
	require.Empty(t, Decide(short, []Candidate{read(feature, nil, nil), other}, Verdicts{}).Evidence.Wanted, "it was read")
	require.Empty(t, Decide(parasite(), []Candidate{korean(1, "기생충", day(2019, 5, 30))}, Verdicts{}).Evidence.Wanted, "nothing is open")

	untranslated := Film{Titles: []string{"잘리카투", "Jallikattu"}, ProductionYear: new(int32(2019)), Nations: []string{"인도"}}
	hit := Candidate{TmdbID: 7, Titles: []string{"ജല്ലിക്കെട്ട്"}, OriginalLanguage: "ml", ReleaseDate: day(2019, 10, 4)}
	v := Decide(untranslated, []Candidate{hit}, Verdicts{})
	require.Equal(t, None, v.Status)
	require.Equal(t, []int32{7}, v.Evidence.Wanted, "the search knows a title that the hit does not show")
	hit.HasDetail, hit.Titles = true, append(hit.Titles, "잘리카투")
	require.Equal(t, Matched, Decide(untranslated, []Candidate{hit}, Verdicts{}).Status)
}
