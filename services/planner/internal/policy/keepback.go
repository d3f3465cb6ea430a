package policy

import (
	"math"

	"github.com/cledit/pipeline/pkg/messages"
)

// History is how many calls each stage had.
type History struct {
	Today map[StageID]int
	Past  map[StageID]int // in all of the past days together
	Days  int             // past days that have any
}

// expected is what a stage needs a day as long as there is no history of it.
var expected = map[StageID]int{
	BoxOffice: 3, Catalogue: 3, CatalogueWindows: 10, DetailOpening: 50, DetailChanged: 60,
}

// keptShare is the part of a day's quota, as its divisor, that is kept back at most.
const keptShare = 10

// KeepBack is how many calls of a source the daily stages are still expected to
// need today, when the given part of the day is left. A first load's days are no
// example: a stage never keeps back more than three times what it is expected to
// need without history,
// and all of them together no more than a tenth of the quota of one key and day.
func KeepBack(h History, source messages.Source, left float64, quota int) int {
	calls := 0.0
	for _, stage := range Stages {
		if stage.Source != source || stage.Class != Daily {
			continue
		}
		need := float64(expected[stage.ID])
		if h.Days > 0 {
			need = min(float64(h.Past[stage.ID])/float64(h.Days), 3*need)
		}
		calls += max(0, need-float64(h.Today[stage.ID]))
	}
	return min(int(math.Ceil(calls*min(1, max(0, left)))), quota/keptShare)
}
