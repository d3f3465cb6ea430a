package phonetic

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func soundsLike(hangul, latin string) bool {
	korean, ok := OfHangul(hangul)
	return ok && slices.ContainsFunc(OfLatin(latin), korean.Matches)
}

func TestSoundsLike(t *testing.T) {
	t.Parallel()
	for latin, hangul := range map[string]string{
		"Song Kang-ho": "송강호", "BAE Doo-na": "배두나", "Bae Doona": "배두나", "Lee Byung-hun": "이병헌", "Yi Byeong-heon": "이병헌",
		"Jeon Do-yeon": "전도연", "Park Hae-joon": "박해준", "Choi Min-sik": "최민식", "Choe Min-shik": "최민식", "Hyun Bin": "현빈",
		"Kim Hye-soo": "김혜수", "Shin Hae-sun": "신혜선", "Yum Jung-ah": "염정아", "Cho Yeo-jeong": "조여정", "Jo Yeo-jung": "조여정",
		"Kang-ho Song": "송강호", "Namkoong Min": "남궁민", "Ryu Jun-yeol": "류준열", "Ryoo Joon-yeol": "류준열", "Lim Soo-jung": "임수정",
		"Im Soo-jeong": "임수정", "Seo Young-hee": "서영희", "Woo Mi-hwa": "우미화", "Jang Hyuk": "장혁", "Oh Dal-su": "오달수", "Ahn Sung-ki": "안성기",
		"Gong Yoo": "공유", "Ju Ji-hoon": "주지훈", "Gwak Do-won": "곽도원", "Kwak Do-won": "곽도원", "Sul Kyung-gu": "설경구", "Yeom Hye-ran": "염혜란",
	} {
		require.True(t, soundsLike(hangul, latin), "%s %s: %v %s", hangul, latin, Syllables(hangul), Word(latin))
	}
	for latin, hangul := range map[string]string{
		"Song Kang-ho": "송강훈", "Kim Min-su": "김민정", "Lee Jung-jae": "이정은", "Park So-dam": "박소단이", "David Fincher": "데이빗 핀처", "Kang": "송강호",
		"Kim Ji-young": "이지영", "": "송강호", "Lee": "이",
	} {
		require.False(t, soundsLike(hangul, latin), "%s %s", hangul, latin)
	}
}

// What a hyphen or 의 hides, and the numerals of TMDB's namesakes.
func TestSpellingsOverABorder(t *testing.T) {
	t.Parallel()
	for latin, hangul := range map[string]string{
		"Cho Jin-gyu": "조진규", "Cho Jingyu": "조진규", "Kim Eui-suk": "김의석", "Kim Eui-sung": "김의성", "Kim Min-joon-I": "김민준", "Lee Jun-ik-III": "이준익",
		"Kim Sun-ah": "김선아", "HWANG Bo-ra": "황보라", "Hwangbo Ra": "황보라", "SEO Moon-ho": "서문호", "Namkoong Min": "남궁민",
		"KIM Dohee": "김도희", "SEHWA PARK": "박세화", "LEE Juhwan": "이주환", "Hayoung Yang": "양하영", "SON Sukku": "손석구", "BACK Joo-hee": "백주희",
		"KWARK Jung-ae": "곽정애", "HUR Jungjae": "허정재", "Hong Eun-gi": "홍은기", "Lee Seung-gi": "이승기", "Sung-ki Ahn": "안성기",
	} {
		require.True(t, soundsLike(hangul, latin), "%s %s", hangul, latin)
	}
	require.False(t, soundsLike("김민영", "Kim Min-geong"))
	require.False(t, soundsLike("김도이", "Kim Do-hee"))
	require.Equal(t, "Henry V", WithoutNumeral("Henry V"))
	for words, at := range map[string]int{"Kim Won-kuk": 0, "Won-kuk Kim": 1, "You Seong": 0, "Brad Pitt": -1} {
		hangul := map[string]string{"Kim Won-kuk": "김원국", "Won-kuk Kim": "김원국", "You Seong": "유성주", "Brad Pitt": "브래드"}[words]
		require.Equal(t, at, Family(hangul, strings.Fields(words)), words)
	}
}

// 600 names drawn from those that KOBIS has in both scripts, in whatever spelling, and
// each with the Hangul of the next as a control.
func TestShareOfSpellingsThatAreTold(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/names.tsv")
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(string(text)), "\n")
	told, others := 0, 0
	for i, row := range rows {
		hangul, latin, _ := strings.Cut(row, "\t")
		other, _, _ := strings.Cut(rows[(i+len(rows)/2)%len(rows)], "\t")
		latin = strings.ReplaceAll(latin, ",", " ")
		if soundsLike(hangul, latin) {
			told++
		}
		if hangul != other && soundsLike(other, latin) {
			others++
		}
	}
	t.Logf("%d of %d told, %d of the control", told, len(rows), others)
	require.GreaterOrEqual(t, told, atLeastTold)
	require.Zero(t, others)
}

const atLeastTold = 560
