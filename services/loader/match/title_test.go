package match

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestNormalise(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"기생충": "기생충", "PARASITE": "parasite", "강철중: 공공의 적 1-1": "강철중공공의적11", "ＡＢＣ１": "abc1", "ⅠⅡ": "iii",
		"Amélie": "amélie", "Straße": "strasse", "???": "???", " ! ": "!", "1987": "1987", "": "", "ア・イ": "アイ",
		"\uf9e1氏": "李氏", " 전망  좋은\t방 ": "전망좋은방",
	} {
		require.Equal(t, want, Normalise(in), in)
	}
}

func TestNormaliseIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := Normalise(rapid.String().Draw(t, "title"))
		require.Equal(t, once, Normalise(once))
	})
}

func TestPlainTextsNeedNoUnifying(t *testing.T) {
	t.Parallel()
	plain := rapid.StringOf(rapid.SampledFrom([]rune("aZ1 :가힣ぁかゖァガヶー一海鿿")))
	rapid.Check(t, func(t *rapid.T) {
		text := plain.Draw(t, "text")
		require.True(t, isPlain(text))
		require.Equal(t, norm.NFKC.String(fold.String(norm.NFKC.String(text))), folded(text))
	})
	for _, text := range []string{"ｱ", "か\u3099", "é", "Ⅱ", "\uf9e1"} {
		require.False(t, isPlain(text), text)
	}
}

// The titles are real ones, as KOBIS and TMDB write them.
func TestTitlesAgree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kobis, tmdb string
		want        level
	}{
		{"기생충", "기생충", equal},
		{"조폭마누라", "조폭 마누라", equal},
		{"WALL·E", "WALL-E", equal},
		{"날, 보러와요", "날 보러와요", equal},
		{"Ｍ", "m", equal},
		{"1987", "1987", equal},
		{"섬", "섬", equal},
		{"50/50", "50 / 50", equal},

		{"해무(海霧)", "해무", varied},
		{"미인(美人)", "미인", varied},
		{"주먹이 운다(Crying Fist)", "주먹이 운다", varied},
		{"주먹이 운다(Crying Fist)", "Crying Fist", varied},
		{"강철중: 공공의 적 1-1", "공공의 적 1-1: 강철중", varied},
		{"극장판 귀멸의 칼날: 무한열차편", "귀멸의 칼날 극장판: 무한열차편", varied},
		{"악마를 보았다 감독판", "악마를 보았다", varied},
		{"늑대소년-확장판", "늑대소년", varied},
		{"바람_감독판", "바람", varied},
		{"잘하는옆집누나-무삭제", "잘하는 옆집누나", varied},
		{"어우동: 주인 없는 꽃 무삭제판", "어우동: 주인없는 꽃", varied},
		{"그랑블루 리마스터링 감독판", "그랑블루", varied},
		{"러브레터 재개봉", "러브레터", varied},
		{"화양연화 특별판", "화양연화", varied},
		{"올드보이 [4K 리마스터링]", "올드보이", varied},
		{"인터스텔라 IMAX", "인터스텔라", varied},
		{"타이타닉 (20주년 기념 재개봉)", "타이타닉", varied},
		{"Amadeus Director's Cut", "Amadeus", varied},
		{"Rocky Ⅴ", "Rocky 5", varied},
		{"나쁜 녀석들 II", "나쁜 녀석들 2", varied},
		{"Rambo: First Blood Part Ⅱ", "Rambo: First Blood Part II", equal},
		{"Back To The Future III", "Back to the Future Part III", varied},
		{"John Wick Chapter Two", "John Wick: Chapter 2", varied},
		{"39 Steps", "The 39 Steps", varied},
		{"나루토 질풍전 극장판 2: 인연", "나루토 질풍전 극장판 2기 - 인연", varied},
		{"프랑켄슈타인의 신부(가제)", "프랑켄슈타인의 신부", varied},

		{"감독판", "확장판", different}, // what is nothing but an edition stays
		{"아가씨", "아저씨의 애무에 넘어간 아가씨", different},
		{"아이언맨", "아이언맨 2", different},
		{"해리 포터와 죽음의 성물 1", "해리 포터와 죽음의 성물 2", different},
		{"1987", "1988", different},
		{"섬", "점", different},
		{"하녀", "시녀", different},
		{"Final Cut", "Final", different},
		{"헌트", "더 헌트", different}, // unlike the English article, 더 tells films apart
		{"Special Forces", "Forces", different},
	} {
		ours, theirs := readTitle(c.kobis), readTitle(c.tmdb)
		require.Equal(t, c.want, ours.is(&theirs), "%s and %s: %+v %+v", c.kobis, c.tmdb, ours, theirs)
		require.Equal(t, c.want, theirs.is(&ours), "%s and %s", c.tmdb, c.kobis)
	}
}

func TestEveryWordForAnEditionVaries(t *testing.T) {
	t.Parallel()
	plain := readTitle("올드보이")
	for _, word := range []string{"재개봉", "특별판", "확장판", "감독판", "무삭제판", "IMAX", "4K", "3D", "리마스터링", "디지털 리마스터링", "4K 리마스터링", "10주년 재개봉"} {
		for _, text := range []string{"올드보이 " + word, "올드보이(" + word + ")", "올드보이 [" + word + "]", "올드보이-" + word, "올드보이: " + word} {
			edition := readTitle(text)
			require.Equal(t, varied, edition.is(&plain), "%s: %+v", text, edition)
		}
	}
}

func TestTitlesAreNear(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kobis, tmdb string
		want        level
	}{
		{"블레어 윗치", "블레어 위치", alike},
		{"데이빗 린치: 아트 라이프", "데이비드 린치: 아트 라이프", alike},
		{"데이빗 코퍼필드", "데이비드 코퍼필드", alike},
		{"폭삭 속았수다", "폭싹 속았수다", alike},
		{"데이비드 게일", "데이비드 지우기", different},
		{"애프터 선셋", "애프터 썬셋", alike},
		{"Legend Of The Fall", "Legends of the Fall", alike},
		{"서브스턴스", "더 서브스턴스", alike},
		{"옥보단 3", "옥보단 3: 관인아요", alike},
		{"흥부", "흥부: 글로 세상을 바꾼 자", partly},
		{"시빌 워: 분열의 시대", "시빌 워", partly},
		{"매드맥스3", "매드 맥스 3: 썬더돔", alike},
		{"아이언맨 2", "아이언맨 3", different},
		{"섬", "점", different},
		{"감기", "담기", different},
	} {
		ours, theirs := readTitle(c.kobis), readTitle(c.tmdb)
		require.Equal(t, c.want, ours.near(&theirs), "%s and %s: %+v %+v", c.kobis, c.tmdb, ours, theirs)
		require.Equal(t, c.want, theirs.near(&ours), "%s and %s", c.tmdb, c.kobis)
	}
}

// A letter or a numeral behind a title says which part it is, also without a space.
func TestPartsAreToldApart(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{"투캅스II", "투캅스III"},
		{"투캅스 Ⅱ", "투캅스Ⅲ"},
		{"비밀의 방 A", "비밀의 방 B"},
		{"비밀의 방A", "비밀의 방B"},
		{"비밀의 방 (A)", "비밀의 방 (B)"},
		{"The Locked Room A", "The Locked Room B"},
		{"Rocky XIV", "Rocky XV"},
		{"두 개의 문 A: 낮", "두 개의 문 B: 밤"},
	} {
		a, b := readTitle(c[0]), readTitle(c[1])
		require.Equal(t, different, a.is(&b), c)
		require.Equal(t, different, a.near(&b), c)
		require.True(t, a.isOtherPart(&b, alikeFrom), c)
	}
	for _, c := range [][2]string{
		{"투캅스III", "투캅스 3"}, {"투캅스Ⅱ", "투캅스 2"}, {"비밀의 방A", "비밀의 방 A"}, {"비밀의 방 (A)", "비밀의 방 A"}, {"X맨", "X 맨"}, {"한국SF", "한국 SF"}, {"Plan B", "PLAN B"},
	} {
		a, b := readTitle(c[0]), readTitle(c[1])
		require.GreaterOrEqual(t, a.is(&b), varied, c)
		require.False(t, a.isOtherPart(&b, alikeFrom), c)
	}
}

func TestTitlesAgreeWithThemselvesInAnyDirection(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOf(rapid.SampledFrom([]rune("가나다 abIVⅡ12()[]:-~「」海霧'·판")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := readTitle(letters.Draw(t, "one")), readTitle(letters.Draw(t, "other"))
		if a.whole != "" {
			require.Equal(t, equal, a.is(&a))
		}
		require.Equal(t, a.is(&b), b.is(&a))
		require.Equal(t, a.near(&b), b.near(&a))
		require.Equal(t, a.touches(&b), b.touches(&a))
	})
}
