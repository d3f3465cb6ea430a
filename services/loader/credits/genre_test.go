package credits

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// KOBIS's genres are in its catalogue, TMDB's are those of its two lists, in
// Korean where it has translated them.
func TestEveryGenreIsInTheVocabulary(t *testing.T) {
	t.Parallel()
	const known = "드라마,코미디,멜로/로맨스,액션,애니메이션,다큐멘터리,스릴러,공포(호러),범죄,어드벤처,성인물(에로),판타지,SF,가족,미스터리,전쟁,사극,뮤지컬,서부극(웨스턴),공연," +
		"모험,역사,공포,음악,로맨스,TV 영화,서부,Action & Adventure,Kids,News,Reality,Sci-Fi & Fantasy,Soap,Talk,War & Politics"
	for name := range strings.SplitSeq(known, ",") {
		require.NotEmpty(t, genreOf(name), name)
	}
	require.Equal(t, genreOf("공포(호러)"), genreOf("공포"))
	require.Equal(t, genreOf("어드벤처"), genreOf("모험"))
	require.Empty(t, genreOf("기타"), "KOBIS's word for none of these")
}
