package credits

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/services/loader/record"
)

// hostile are records whose people could take more than their number to tell
// apart, n on each side.
var hostile = map[string]func(n int) (*record.KobisMovieDetail, *record.TmdbMovie){
	"actors of one name": func(n int) (*record.KobisMovieDetail, *record.TmdbMovie) {
		return actors(n, func(int) (string, string, string, string) { return "김철수", "김철수", "행인", "행인" })
	},
	"actors of long names": func(n int) (*record.KobisMovieDetail, *record.TmdbMovie) {
		long := strings.Repeat("가나다라 ", 200)
		return actors(n, func(i int) (string, string, string, string) { return long, long + fmt.Sprint(i), long, long })
	},
	"foreign actors": func(n int) (*record.KobisMovieDetail, *record.TmdbMovie) {
		return actors(n, func(i int) (string, string, string, string) {
			return fmt.Sprintf("스티븐%c 스필버그", '가'+i%5000), fmt.Sprintf("스티븐%c 스필베르그", '나'+i%5000), "", ""
		})
	},
	"one person in many jobs": func(n int) (*record.KobisMovieDetail, *record.TmdbMovie) {
		detail, movie := &record.KobisMovieDetail{Found: true}, &record.TmdbMovie{}
		for i := range n {
			detail.Staff = append(detail.Staff, record.KobisStaff{Name: "김철수", Role: fmt.Sprintf("역할 %d", i)})
			movie.Crew = append(movie.Crew, record.TmdbCrew{TmdbPerson: record.TmdbPerson{ID: 1, Name: "김철수"}, Department: "Crew", Job: fmt.Sprintf("job %d", i)})
		}
		return detail, movie
	},
}

func actors(n int, of func(i int) (ours, theirs, part, theirPart string)) (*record.KobisMovieDetail, *record.TmdbMovie) {
	detail, movie := &record.KobisMovieDetail{Found: true}, &record.TmdbMovie{}
	for i := range n {
		ours, theirs, part, theirPart := of(i)
		detail.Actors = append(detail.Actors, record.KobisActor{Name: ours, Character: part})
		movie.Cast = append(movie.Cast, record.TmdbCast{TmdbPerson: record.TmdbPerson{ID: int32(i + 1), Name: theirs}, Character: theirPart})
	}
	return detail, movie
}

// What is asked of memory grows as the number of people does, where each with each
// took the square of it, and 400 MB at two thousand.
func TestPeopleTakeMemoryInProportion(t *testing.T) { // beside no other test: the memory of all is counted
	for name, of := range hostile {
		bytes := func(n int) uint64 {
			detail, movie := of(n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			Film(uuid.Nil, nil, detail, movie)
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		small, large := bytes(150), bytes(600)
		t.Logf("%s: %d KiB and %d KiB", name, small>>10, large>>10)
		require.Less(t, large, 6*small, name)
	}
}

// BenchmarkGrowth shows the time of each kind at n, 2n and 4n.
func BenchmarkGrowth(b *testing.B) {
	for name, of := range hostile {
		for _, n := range []int{1_000, 2_000, 4_000} {
			b.Run(fmt.Sprintf("%s/n=%d", name, n), func(b *testing.B) {
				detail, movie := of(n)
				for b.Loop() {
					Film(uuid.Nil, nil, detail, movie)
				}
			})
		}
	}
}
