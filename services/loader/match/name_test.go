package match

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The names are real ones, as KOBIS and TMDB write them.
func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kobis, tmdb string
		want        relation
	}{
		{"봉준호", "봉준호", agrees},
		{"김영준 ", "김영준", agrees},
		{"데이빗 핀처", "데이비드 핀처", agrees},
		{"프란시스 포드 코폴라", "프랜시스 포드 코폴라", agrees},
		{"세르지오 레오네", "세르조 레오네", agrees},
		{"롤랜드 에머리히", "롤란트 에머리히", agrees},
		{"리차드 커티스", "리처드 커티스", agrees},
		{"코랄리 파르쟈", "Coralie Fargeat", agrees},
		{"스티븐 홉킨스", "Stephen Hopkins", agrees},
		{"루이스 길버트", "Lewis Gilbert", agrees},
		{"프란시스 로렌스", "Francis Lawrence", agrees},
		{"데이빗 고든 그린", "David Gordon Green", agrees},
		{"박훈정", "Park Hoon-jung", agrees},
		{"김광식", "Kim Kwang-sik", agrees},
		{"임찬익", "Lim Chan-ik", agrees},
		{"김문생", "Moon-saeng Kim", agrees},
		{"류승완", "Ryoo Seung-wan", agrees},
		{"프랭크 코라치", "Frank Coraci", agrees},
		{"이권", "Lee Kwon", agrees},
		{"조원희", "Jo Won-hee", agrees},
		{"오기환", "Oh Ki-hwan", agrees},

		{"장예모", "장이머우", unknown}, // the same person, as it happens
		{"이재훈", "Lee Jae-hoon-III", unknown},
		{"조지 로이 힐", "George Roy Hill", unknown}, // too few consonants to say anything
		{"미야자키 하야오", "宮崎駿", unknown},

		{"김경원", "가이 리치", disagrees},
		{"봉준호", "박찬욱", disagrees},
		{"후루하타 야스오", "김성수", disagrees},
		{"봉준호", "Christopher Nolan", disagrees},
	} {
		ours, theirs := readName(c.kobis), readName(c.tmdb)
		require.Equal(t, c.want, ours.is(&theirs), "%s and %s: %s %s", c.kobis, c.tmdb, ours.skeletons, theirs.skeletons)
	}
}

func TestOneOfSeveralDirectorsIsEnough(t *testing.T) {
	t.Parallel()
	ours := people([]string{"조엘 코엔", "에단 코엔"})
	require.Equal(t, agrees, compare(ours, people([]string{"누구", "에단 코언"})))
	require.Equal(t, disagrees, compare(ours, people([]string{"봉준호", "박찬욱"})))
	require.Equal(t, unknown, compare(ours, people([]string{"宮崎駿"})))
	require.Equal(t, unknown, compare(nil, ours))
}

func TestNamesCompareInAnyDirection(t *testing.T) {
	t.Parallel()
	names := rapid.StringOf(rapid.SampledFrom([]rune("김이박가나다홍리스tsknglerh éß山.-")))
	rapid.Check(t, func(t *rapid.T) {
		a, b := readName(names.Draw(t, "one")), readName(names.Draw(t, "other"))
		require.Equal(t, a.is(&b), b.is(&a))
		if a.letters != "" {
			require.Equal(t, agrees, a.is(&a))
		}
	})
}

func TestJamoTakesSyllablesApart(t *testing.T) {
	t.Parallel()
	require.Equal(t, []rune{initialPart + 18, vowelPart, finalPart + 4}, jamo("한"))
	require.Equal(t, []rune{initialPart, vowelPart}, jamo("가"))
	require.Equal(t, []rune("a1"), jamo("a1"))
}
