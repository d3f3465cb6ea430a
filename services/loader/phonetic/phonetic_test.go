package phonetic

import (
	"slices"
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
