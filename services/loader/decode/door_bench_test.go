package decode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cledit/pipeline/pkg/messages"
)

// BenchmarkDoor grows what is read and what is refused: time and memory are in
// proportion to the length, and what is refused takes next to none.
func BenchmarkDoor(b *testing.B) {
	for _, n := range []int{1_000, 2_000, 4_000, 8_000, 64_000, 512_000} {
		row := `{"id":7,"name":"사람","department":"Directing","job":"Director"}`
		p := tmdb(messages.KindMovieDetail, "7", `{"id":7,"credits":{"crew":[`+strings.Repeat(row+",", n-1)+row+`]}}`)
		if len(p.Body) > messages.MaxBody {
			p = tmdb(messages.KindMovieDetail, "7", `{"id":7,"credits":{"crew":[`+strings.Repeat("{},", n-1)+`{}]}}`)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(p.Body)))
			b.ReportAllocs()
			for b.Loop() {
				_, _, _ = Payload(p)
			}
		})
	}
}
