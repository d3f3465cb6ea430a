package editions

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/match"
)

// What KOBIS calls films, without the name of an edition.
func TestPlainTitles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		title, plain string
		edition      bool
	}{
		{"강남 1970", "강남1970", false},
		{"강남1970(무삭제판)", "강남1970", true},
		{"키리에의 노래: 디렉터스 컷", "키리에의노래", true},
		{"가자! 장미여관으로 3 - 방황 무삭제 감독판", "가자장미여관으로3방황", true},
		{"11번가청순글래머오피스걸-무삭제 ", "11번가청순글래머오피스걸", true},
		{"밝히는자매들무삭제", "밝히는자매들", true},
		{"수어사이드 스쿼드 (블루레이버전)", "수어사이드스쿼드", true},
		{"태양 아래(해설판)", "태양아래", true},
		{"미인(美人)", "미인(美人)", false},
		{"비밀의 방 B", "비밀의방b", false},
		{"극장판 짱구는 못말려", "극장판짱구는못말려", false}, // not the series
		{"킬 빌 통합판", "킬빌통합판", false},         // of two films
	} {
		plain, edition := match.PlainTitle(c.title)
		require.Equal(t, c.plain, plain, c.title)
		require.Equal(t, c.edition, edition, c.title)
	}
}

// Films of one plain title that are drawn at random: joined are those alone that fit each
// other, all of one work, and the order in which they are given says nothing.
func TestJoinedFilmsFitEachOther(t *testing.T) {
	t.Parallel()
	joined, apart := 0, 0
	for seed := range uint64(500) {
		random := rand.New(rand.NewPCG(seed, 3))
		films := make([]Showing, 0, 5)
		for i := range 2 + random.IntN(4) {
			f := Showing{
				MovieCd: string(rune('A' + i)), Title: []string{"람보", "람보 무삭제", "람보(감독판)"}[random.IntN(3)],
				Year: new(int32(1981 + random.IntN(3))), Directors: [][]string{{"테드 코체프"}, {"테드코체프"}, {"다른 사람"}, nil}[min(random.IntN(12), 3*(random.IntN(8)/7))],
			}
			if random.IntN(4) == 0 {
				f.TmdbID = new(int32(random.IntN(2) + 1))
			}
			f.Alone, f.Unrecorded = random.IntN(12) == 0, random.IntN(12) == 0
			films = append(films, f)
		}
		joints := Join(films)
		byCode := make(map[string]Showing)
		for _, f := range films {
			byCode[f.MovieCd] = f
		}
		for code, joint := range joints {
			f := byCode[code]
			require.Contains(t, joint.Films, code)
			require.False(t, f.Alone)
			require.Len(t, joint.Facts, len(joint.Films)-1)
			for _, o := range joint.Films {
				other := byCode[o]
				require.Equal(t, joint.Films, joints[o].Films, "one work")
				require.LessOrEqual(t, max(*f.Year-*other.Year, *other.Year-*f.Year), int32(1))
				require.Equal(t, match.Normalise(f.Directors[0]), match.Normalise(other.Directors[0]))
				if other.TmdbID != nil {
					require.Equal(t, joint.TmdbID, other.TmdbID)
				}
			}
			require.False(t, joint.TmdbID != nil && f.Unrecorded)
		}
		random.Shuffle(len(films), func(i, j int) { films[i], films[j] = films[j], films[i] })
		require.Equal(t, joints, Join(films), "seed %d", seed)
		if len(joints) > 0 {
			joined++
		} else {
			apart++
		}
	}
	require.Greater(t, min(joined, apart), 50)
}
