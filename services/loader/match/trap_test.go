package match

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestOtherDirectorsBlockAMatchByTitleAndYear(t *testing.T) {
	t.Parallel()
	robin := Film{
		Titles: []string{"로빈 훗", "Robin Hood: Prince of Thieves"}, ProductionYear: new(int32(1991)), OpenDate: day(1991, 7, 20), Nations: []string{"미국"},
		Directors: []string{"케빈 레이놀즈"}, Form: "장편", Genres: []string{"액션", "어드벤처"}, Namesakes: new(int32(0)),
	}
	irvin := foreign(30841, "로빈 훗", "Robin Hood", day(1991, 5, 13))
	irvin.Genres = []int32{12, 28}
	require.Equal(t, Review, Decide(robin, []Candidate{read(irvin, new(int32(104)), []string{"US"}, "John Irvin")}, Verdicts{}).Status)
	reynolds := read(irvin, new(int32(143)), []string{"US"}, "Kevin Reynolds")
	require.Equal(t, Matched, Decide(robin, []Candidate{reynolds}, Verdicts{}).Status, "the same facts with the director")

	onTheDay := read(foreign(1, "로빈 훗", "Robin Hood", day(1991, 7, 20)), nil, []string{"US"}, "John Irvin")
	require.Equal(t, Matched, Decide(robin, []Candidate{onTheDay}, Verdicts{}).Status, "the day says more than a name's spelling")
	near := read(foreign(1, "로빈 훗", "Robin Hood", day(1991, 7, 11)), nil, []string{"US"}, "John Irvin")
	require.NotEqual(t, Matched, Decide(robin, []Candidate{near}, Verdicts{}).Status, "nine days are not day")
	edition := robin
	edition.Titles = []string{"로빈 훗 감독판"}
	require.NotEqual(t, Matched, Decide(edition, []Candidate{onTheDay}, Verdicts{}).Status, "but not under a title of which a part was cut")
}

// ordinary are words that say an edition only behind a title, or in brackets.
func ordinary() []string {
	words := slices.Sorted(maps.Keys(behind))
	return append(words, slices.Sorted(maps.Keys(bracketed))...)
}

func TestAnEditionsWordBelongsToTheTitleItStandsBefore(t *testing.T) {
	t.Parallel()
	boys := korean(1, "소년시대", day(2013, 5, 30))
	for _, word := range ordinary() {
		film := Film{Titles: []string{word + " 소년시대"}, ProductionYear: new(int32(2013)), OpenDate: day(2013, 5, 30), Nations: []string{"한국"}, Form: "장편", Namesakes: new(int32(0))}
		require.NotEqual(t, Matched, Decide(film, []Candidate{boys}, Verdicts{}).Status, word)
		film.Directors = []string{"김아무개"}
		require.NotEqual(t, Matched, Decide(film, []Candidate{read(boys, nil, nil, "박누구")}, Verdicts{}).Status, word)
	}
	film := Film{Titles: []string{"[디지털] 소년시대"}, OpenDate: day(2013, 5, 30), Nations: []string{"한국"}}
	require.Equal(t, Matched, Decide(film, []Candidate{boys}, Verdicts{}).Status, "brackets set it apart")
}

func TestAnEditionIsCutBehindATitleAndKnown(t *testing.T) {
	t.Parallel()
	names := slices.Sorted(maps.Keys(editions))
	names = append(append(names, slices.Sorted(maps.Keys(behind))...),
		"흑백판", "흑백 버전", "Black and White Version", "익스텐디드 에디션", "Extended Cut", "Extended Edition", "싱어롱", "싱얼롱", "싱 어롱", "Sing-Along",
		"10주년 기념", "20주년 기념 재개봉", "25th Anniversary", "21st Anniversary Edition", "영화제 버전", "영화제판", "Festival Cut", "페스티벌 컷",
		"4K", "4K 리마스터링", "3D", "4DX", "IMAX", "Final Cut", "파이널 컷", "디렉터스 컷", "Director's Cut", "한글 자막", "우리말 더빙")
	for _, name := range names {
		want := readTitle("소년시대")
		for _, form := range []string{"소년시대 %s", "소년시대 (%s)", "소년시대: %s", "소년시대 - %s", "[%s] 소년시대"} {
			title := readTitle(fmt.Sprintf(form, name))
			require.Equal(t, varied, title.is(&want), title.text)
			require.True(t, title.edition, title.text)
		}
	}
	for _, name := range []string{"감독", "흑백", "Black and White", "B&W", "블랙 앤 화이트"} {
		title, want := readTitle("소년시대: "+name), readTitle("소년시대")
		require.Equal(t, varied, title.is(&want), name)
		require.True(t, title.edition, name)
	}
	for _, whole := range []string{"결혼 기념", "가족 자막", "우리 동네 디지털", "사랑의 우리말", "닥터 K", "암살자 K", "최고의 감독", "파이널 컷", "The Final Cut", "1395일 간의 흑백", "싱 어롱", "4K", "주년 기념"} {
		title := readTitle(whole)
		title.apart()
		require.False(t, title.edition, "%s: %+v", whole, title)
	}
}

// What is left of a title without its edition is a film's whole title, or nothing.
func TestWhatIsLeftOfAnEditionIsNeverNearlyATitle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(slices.Sorted(maps.Keys(editions))).Draw(t, "edition")
		title := rapid.SampledFrom([]string{"메이즈 러너", "아바타", "반지의 제왕: 두 개의 탑", "해리 포터와 불의 잔"}).Draw(t, "title")
		more := rapid.SampledFrom([]string{": 물의 길", "스", " 스코치 트라이얼", " 2"}).Draw(t, "more")
		ours, theirs := readTitle(title+" "+name), readTitle(title+more)
		require.Equal(t, different, max(ours.is(&theirs), ours.near(&theirs)), "%s and %s", ours.text, theirs.text)
	})
}

func TestPartsUnderACommonAliasAreToldApart(t *testing.T) {
	t.Parallel()
	trier := []string{"라스 폰 트리에"}
	second := read(Candidate{TmdbID: 249397, Titles: []string{"님포매니악: 볼륨 2", "Nymphomaniac: Vol. II", "Nymphomaniac"}, OriginalLanguage: "en", ReleaseDate: day(2013, 12, 25)}, nil, []string{"DK"}, "라스 폰 트리에")
	first := Film{Titles: []string{"님포매니악 볼륨1", "Nymphomaniac"}, ProductionYear: new(int32(2013)), OpenDate: day(2014, 6, 18), Nations: []string{"덴마크"}, Directors: trier, Form: "장편", Namesakes: new(int32(0))}
	v := Decide(first, []Candidate{second}, Verdicts{})
	require.Equal(t, Review, v.Status, "%+v", v.Evidence)
	require.Contains(t, v.Evidence.Candidates[0].Against, againstPart)
	first.Titles[0] = "님포매니악 볼륨2"
	require.Equal(t, Matched, Decide(first, []Candidate{second}, Verdicts{}).Status, "the same part")

	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom([]string{"킬 빌 %d", "킬 빌 %d부", "킬 빌 (%d)", "킬 빌 파트 %d", "킬 빌 제%d편"}).Draw(t, "form")
		a, b := rapid.IntRange(1, 5).Draw(t, "ours"), rapid.IntRange(1, 5).Draw(t, "theirs")
		film := Film{Titles: []string{fmt.Sprintf(form, a), "Kill Bill"}, ProductionYear: new(int32(2004)), Nations: []string{"미국"}, Directors: []string{"쿠엔틴 타란티노"}, Form: "장편"}
		other := read(Candidate{TmdbID: 7, Titles: []string{fmt.Sprintf("킬 빌: %d부", b), "Kill Bill"}, OriginalLanguage: "en", ReleaseDate: day(2004, 4, 16)}, nil, []string{"US"}, "쿠엔틴 타란티노")
		require.Equal(t, a == b, Decide(film, []Candidate{other}, Verdicts{}).Status == Matched)
	})
	for _, pair := range [][2]string{
		{"무간도 (상)", "무간도 (하)"},
		{"토지 전편", "토지 후편"},
		{"토지 (2)", "토지 (3)"},
		{"검정고무신 상", "검정고무신 하"},
		{"대한민국의 밤 상권", "대한민국의 밤 하권"},
		{"여고괴담 세번째 이야기", "여고괴담 두번째 이야기"},
		{"신과함께-죄와 벌", "신과함께-인과 연"},
		{"신과함께-죄와 벌", "신과함께: 인과 연"},
	} {
		ours, theirs := readTitle(pair[0]), readTitle(pair[1])
		require.Equal(t, different, max(ours.is(&theirs), ours.near(&theirs)), pair)
	}
}

func TestSubtitlesThatDifferOnBothSidesAreOfTwoFilms(t *testing.T) {
	t.Parallel()
	parts := []string{"거리의 반란", "심판의 날", "외인부대 잠입작전", "작전명 태풍", "블러드 프리즌", "두 개의 탑"}
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SampledFrom([]string{"더 퍼지", "스파이", "드래곤볼 Z 극장판", "나루토 질풍전 극장판 그 다섯째"}).Draw(t, "head")
		a, b := rapid.SampledFrom(parts).Draw(t, "ours"), rapid.SampledFrom(parts).Draw(t, "theirs")
		film := Film{Titles: []string{head + ": " + a, "The Alias"}, ProductionYear: new(int32(2014)), OpenDate: day(2014, 8, 27), Nations: []string{"미국"}, Directors: []string{"제임스 드모나코"}, Form: "장편"}
		other := read(foreign(9, head+" : "+b, "The Alias", day(2014, 8, 27)), nil, []string{"US"}, "제임스 드모나코")
		require.Equal(t, a == b, Decide(film, []Candidate{other}, Verdicts{}).Status == Matched)
	})
	fall := Film{Titles: []string{"스타워즈: 깨어난 포스", "Star Wars : The Force Awakens"}, ProductionYear: new(int32(2015)), OpenDate: day(2015, 12, 17), Nations: []string{"미국"}, Form: "장편"}
	awakes := foreign(140607, "스타워즈: 에피소드 7", "Star Wars: The Force Awakens", day(2015, 12, 15))
	require.Equal(t, Matched, Decide(fall, []Candidate{awakes}, Verdicts{}).Status, "a title that names the part is that of no other")
}

// The first film opened in Korea in the days in which the second was released at home.
func TestAnOpeningOnOtherDaysIsNotTheDay(t *testing.T) {
	t.Parallel()
	note := Film{Titles: []string{"데스노트", "Death Note"}, ProductionYear: new(int32(2006)), OpenDate: day(2006, 11, 2), Nations: []string{"일본"}, Directors: []string{"카네코 슈스케"}, Form: "장편"}
	last := read(Candidate{TmdbID: 16140, Titles: []string{"데스노트: 라스트 네임", "デスノート the Last name"}, OriginalLanguage: "ja", ReleaseDate: day(2006, 10, 28)}, nil, []string{"JP"}, "카네코 슈스케")
	last.KoreanReleases = append(last.KoreanReleases, *day(2007, 1, 11))
	require.Equal(t, Review, Decide(note, []Candidate{last}, Verdicts{}).Status)
}

func TestACodeForNoLanguageOrNationIsNoEvidence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		film, candidates := drawFilm(t), drawCandidates(t)
		plain := slices.Clone(candidates)
		for i := range candidates {
			if rapid.Bool().Draw(t, "unknown") {
				candidates[i].OriginalLanguage = rapid.SampledFrom([]string{"xx", "XX", "zxx", "mul", " "}).Draw(t, "code")
				candidates[i].Countries = append([]string{rapid.SampledFrom([]string{"XX", "xx", "ZZ", ""}).Draw(t, "country")}, candidates[i].Countries...)
				plain[i].OriginalLanguage = ""
			}
		}
		require.Equal(t, Decide(film, plain, Verdicts{}), Decide(film, candidates, Verdicts{}))
	})
	silent := Film{Titles: []string{"월-이", "WALL-E"}, ProductionYear: new(int32(2008)), Nations: []string{"한국"}, OpenDate: day(2008, 8, 6)}
	c := Candidate{TmdbID: 1, Titles: []string{"월-이"}, OriginalLanguage: "xx", ReleaseDate: day(2008, 8, 6)}
	v := Decide(silent, []Candidate{c}, Verdicts{})
	require.Equal(t, Matched, v.Status)
	require.Empty(t, v.Evidence.Candidates[0].Against)
	require.Equal(t, koreanLanguage, said("xx", "기생충"), "the title tells it then")
}

func TestNoReviewOfWhatTheCalibrationCallsNone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := Decide(drawFilm(t), drawCandidates(t), Verdicts{})
		if v.Status != Review {
			return
		}
		left := 1.0 // the share of nobody, by which the odds of the best one are those were it alone
		for _, c := range v.Evidence.Candidates {
			left -= float64(c.Score)
		}
		odds := float64(v.Evidence.Candidates[0].Score) / math.Max(left, 1e-9)
		require.GreaterOrEqual(t, odds/(1+odds), Possible-0.01, "%+v", v.Evidence)
	})
	weak := Decide(parasite(), []Candidate{foreign(1, "기생충", "Parasite", day(2019, 1, 1))}, Verdicts{})
	require.Equal(t, None, weak.Status)
	require.True(t, strings.HasPrefix(weak.Evidence.Reason, "a title agrees, and too much speaks against it"))
	require.Equal(t, []int32{1}, weak.Evidence.Wanted, "its detail may still decide")
}
