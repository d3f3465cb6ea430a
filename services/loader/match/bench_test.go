package match

import (
	"fmt"
	"testing"
)

// A film with the hits of a search, and with the details of some of them.
func BenchmarkDecide(b *testing.B) {
	for _, hits := range []int{1, 3, 20} {
		b.Run(fmt.Sprintf("hits=%d", hits), func(b *testing.B) {
			candidates := make([]Candidate, 0, hits+1)
			for i := range hits {
				candidates = append(candidates, korean(int32(i+1), fmt.Sprintf("기생충 %d", i+1), day(2000+i, 5, 30)))
			}
			right := korean(496243, "기생충", day(2019, 5, 30))
			right.Titles, right.Directors, right.HasDetail = append(right.Titles, "Parasite", "寄生上流"), []string{"봉준호", "Bong Joon-ho"}, true
			candidates = append(candidates, right)
			for b.Loop() {
				if Decide(parasite(), candidates, Verdicts{}).Status != Matched {
					b.Fatal("the film is not matched")
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "verdicts/s")
		})
	}
}
