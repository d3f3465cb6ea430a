package policy

import (
	"math"
	"slices"

	"github.com/cledit/pipeline/pkg/messages"
)

// History is how many calls each workload had.
type History struct {
	Today map[WorkloadID]int
	Past  []map[WorkloadID]int // on each of the past days that had any
}

// expected is what a workload needs a day as long as there is no history of it.
var expected = map[WorkloadID]int{
	BoxOffice: 3, Catalogue: 2, CatalogueWindows: 5, DetailOpening: 50, DetailChanged: 60, PeopleList: 2,
	TMDBChanges: 2, TMDBChanged: 60, SearchOpening: 10, SearchBack: 20, TMDBMatched: 10, TMDBCandidates: 10,
	SeriesDiscover: 5, SeriesDetail: 20, SeasonDetail: 10,
}

// tellingDays are the past days that it takes to tell what a day is like.
const tellingDays = 3

// aDay is how many calls a workload typically has on a day: the median, because a
// first load's days, and those after an outage, are not example.
func (h History) aDay(id WorkloadID) float64 {
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

// KeepBack is how many calls of today's budget each workload of a source leaves to the
// daily workloads before it, which are still expected to need them when the given part
// of the day is left: also one day's worth of edits must not take the call by which
// yesterday's box office lands. landed tells that it has, with final figures. A
// workload is never left more than three times what it is expected to need without
// history, and all of them together no more than a tenth of the quota of one key and
// day.
func KeepBack(h History, source messages.Source, left float64, quota int, landed bool) map[WorkloadID]int {
	kept, before := map[WorkloadID]int{}, 0.0
	for _, workload := range Workloads {
		if workload.Source != source {
			continue
		}
		kept[workload.ID] = min(int(math.Ceil(before)), quota/keptShare)
		switch {
		case workload.ID == BoxOffice && !landed:
			before += float64(expected[BoxOffice]) // whatever was called for other days
		case workload.ID != BoxOffice && workload.Class == Daily:
			need := min(h.aDay(workload.ID), 3*float64(expected[workload.ID]))
			before += max(0, need-float64(h.Today[workload.ID])) * min(1, max(0, left))
		}
	}
	return kept
}

// DailyNeed is how many calls of a source a day takes beside what is still to be
// loaded: its daily workloads, and the others that have nothing left to load, whose
// calls are growth. done is how many of today's were made, or are due and so part
// of the load. left tells how many calls a workload has due.
func DailyNeed(h History, source messages.Source, left map[WorkloadID]int) (need, done float64) {
	for _, workload := range Workloads {
		if workload.Source != source || workload.Class != Daily && left[workload.ID] > 0 {
			continue
		}
		calls := h.aDay(workload.ID)
		need += calls
		done += min(calls, float64(h.Today[workload.ID]+left[workload.ID]))
	}
	return need, done
}
