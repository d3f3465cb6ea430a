package policy

import (
	"math"
	"slices"

	"github.com/cledit/pipeline/pkg/messages"
)

// History is how many calls each stage had.
type History struct {
	Today map[StageID]int
	Past  []map[StageID]int // on each of the past days that had any
}

// expected is what a stage needs a day as long as there is no history of it.
var expected = map[StageID]int{
	BoxOffice: 3, Catalogue: 2, CatalogueWindows: 5, DetailOpening: 50, DetailChanged: 60,
	TMDBChanges: 2, TMDBChanged: 60, SearchOpening: 10, SearchBack: 20, TMDBMatched: 10, TMDBCandidates: 10, SeriesDiscover: 5, SeriesDetail: 20,
}

// tellingDays are the past days that it takes to tell what a day is like.
const tellingDays = 3

// aDay is how many calls a stage typically has on a day: the median, because a
// first load's days, and those after an outage, are no example.
func (h History) aDay(id StageID) float64 {
	if len(h.Past) < tellingDays {
		return float64(expected[id])
	}
	calls := make([]int, len(h.Past))
	for i, day := range h.Past {
		calls[i] = day[id]
	}
	slices.Sort(calls)
	middle := len(calls) / 2
	if len(calls)%2 == 0 {
		return float64(calls[middle-1]+calls[middle]) / 2
	}
	return float64(calls[middle])
}

// keptShare is the part of a day's quota, as its divisor, that is kept back at most.
const keptShare = 10

// KeepBack is how many calls of today's budget each stage of a source leaves to the
// daily stages before it, which are still expected to need them when the given part
// of the day is left: also one day's worth of edits must not take the call by which
// yesterday's box office lands. landed tells that it has, with final figures. A
// stage is never left more than three times what it is expected to need without
// history, and all of them together no more than a tenth of the quota of one key and
// day.
func KeepBack(h History, source messages.Source, left float64, quota int, landed bool) map[StageID]int {
	kept, before := map[StageID]int{}, 0.0
	for _, stage := range Stages {
		if stage.Source != source {
			continue
		}
		kept[stage.ID] = min(int(math.Ceil(before)), quota/keptShare)
		switch {
		case stage.ID == BoxOffice && !landed:
			before += float64(expected[BoxOffice]) // whatever was called for other days
		case stage.ID != BoxOffice && stage.Class == Daily:
			need := min(h.aDay(stage.ID), 3*float64(expected[stage.ID]))
			before += max(0, need-float64(h.Today[stage.ID])) * min(1, max(0, left))
		}
	}
	return kept
}

// DailyNeed is how many calls of a source a day takes beside what is still to be
// loaded: its daily stages, and the others that have nothing left to load, whose
// calls are growth. done is how many of today's were made, or are due and so part
// of the load. left tells how many calls a stage has due.
func DailyNeed(h History, source messages.Source, left map[StageID]int) (need, done float64) {
	for _, stage := range Stages {
		if stage.Source != source || stage.Class != Daily && left[stage.ID] > 0 {
			continue
		}
		calls := h.aDay(stage.ID)
		need += calls
		done += min(calls, float64(h.Today[stage.ID]+left[stage.ID]))
	}
	return need, done
}
