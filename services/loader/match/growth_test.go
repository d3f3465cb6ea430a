package match

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// hostile are films and candidates whose comparison could take more than their
// size, each of size n.
var hostile = map[string]func(n int) (Film, Candidate){
	"directors": func(n int) (Film, Candidate) {
		ours, theirs := make([]string, 0, n), make([]string, 0, n)
		for i := range n {
			ours, theirs = append(ours, fmt.Sprintf("감독%d 하나", i)), append(theirs, fmt.Sprintf("Director %d Other", i))
		}
		return Film{Titles: []string{"영화"}, Directors: ours}, Candidate{Titles: []string{"영화"}, Directors: theirs}
	},
	"long names": func(n int) (Film, Candidate) {
		return Film{Directors: []string{strings.Repeat("가나", n)}}, Candidate{Directors: []string{strings.Repeat("나가", n)}}
	},
	"long titles": func(n int) (Film, Candidate) {
		return Film{Titles: []string{strings.Repeat("가나 ", n)}}, Candidate{Titles: []string{strings.Repeat("나다 ", n)}}
	},
	"titles of brackets": func(n int) (Film, Candidate) {
		return Film{Titles: []string{"영화" + strings.Repeat("(가)", n) + strings.Repeat("(", n)}}, Candidate{Titles: []string{"영화" + strings.Repeat("[나]", n)}}
	},
	"titles of numbers": func(n int) (Film, Candidate) {
		return Film{Titles: []string{strings.Repeat("part 1 ", n)}}, Candidate{Titles: []string{strings.Repeat("2 part ", n)}}
	},
	"titles of words": func(n int) (Film, Candidate) {
		var a, b strings.Builder
		for i := range n {
			fmt.Fprintf(&a, "word%da ", i)
			fmt.Fprintf(&b, "word%db ", i)
		}
		return Film{Titles: []string{a.String()}}, Candidate{Titles: []string{b.String()}}
	},
	"many titles": func(n int) (Film, Candidate) {
		titles := make([]string, 0, n)
		for i := range n {
			titles = append(titles, fmt.Sprintf("영화 제목 %d", i))
		}
		return Film{Titles: []string{"영화 제목"}}, Candidate{Titles: titles}
	},
	"nations": func(n int) (Film, Candidate) {
		nations, countries := make([]string, 0, n), make([]string, 0, n)
		for i := range n {
			nations, countries = append(nations, "프랑스"), append(countries, fmt.Sprintf("X%d", i))
		}
		return Film{Titles: []string{"영화"}, Nations: nations}, Candidate{Titles: []string{"영화"}, Countries: countries}
	},
	"genres": func(n int) (Film, Candidate) {
		genres, theirs := make([]string, 0, n), make([]int32, 0, n)
		for i := range n {
			genres, theirs = append(genres, "드라마"), append(theirs, int32(i+100_000))
		}
		return Film{Titles: []string{"영화"}, Genres: genres}, Candidate{Titles: []string{"영화"}, Genres: theirs}
	},
}

// decideOn compares a film of the day with what several searches and a detail found.
func decideOn(film Film, c Candidate) {
	when := time.Date(2019, 5, 30, 0, 0, 0, 0, time.UTC)
	film.OpenDate, c.ReleaseDate = &when, &when
	Decide(film, []Candidate{c, c, {TmdbID: 7, Titles: c.Titles, ReleaseDate: &when}}, Verdicts{})
}

// Comparing asks for memory in proportion to the size of what is compared, where what
// compares each with each, or reads a text again for each of its parts, takes the square
// of it. BenchmarkGrowth shows the time.
func TestComparingTakesMemoryInProportion(t *testing.T) { // beside no other test: the memory of all is counted
	for name, of := range hostile {
		bytes := func(n int) uint64 {
			film, c := of(n)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			decideOn(film, c)
			runtime.ReadMemStats(&after)
			return after.TotalAlloc - before.TotalAlloc
		}
		small, large := bytes(1_000), bytes(8_000)
		t.Logf("%s: %d KiB and %d KiB", name, small>>10, large>>10)
		require.Less(t, large, 16*small, name)
	}
}

// BenchmarkGrowth shows the time of each kind at n, 2n and 4n.
func BenchmarkGrowth(b *testing.B) {
	for name, of := range hostile {
		for _, n := range []int{5_000, 10_000, 20_000} {
			b.Run(fmt.Sprintf("%s/n=%d", name, n), func(b *testing.B) {
				film, c := of(n)
				for b.Loop() {
					decideOn(film, c)
				}
			})
		}
	}
}
