package policy

import (
	"maps"

	"github.com/cledit/pipeline/pkg/messages"
)

// Capacity is how much a source can take.
type Capacity struct {
	Budget      int  // calls left today; math.MaxInt without a daily limit
	Registered  bool // a fetcher has told its keys; else the budget is assumed
	HighWater   int  // outstanding jobs allowed
	Outstanding int  // jobs that are out already and will spend budget
	// KeptBack is how many calls of the budget each workload leaves to what the day
	// still brings for others.
	KeptBack map[WorkloadID]int
}

// Runnable is how many of the outstanding jobs can run now: what fetchers are
// scaled on.
func (r Capacity) Runnable() int { return max(0, min(r.Outstanding, r.Budget)) }

// Free is how many more jobs of a workload may be published.
func (r Capacity) Free(workload WorkloadID) int {
	return max(0, min(r.Budget-r.KeptBack[workload], r.HighWater)-r.Outstanding)
}

// Offer is what the workloads have to offer: for each, due calls in order.
type Offer map[WorkloadID][]Due

// Choose takes the best calls that each source has room for, in the order in
// which they are to be published. A call that taken reports is passed over, as is
// a name that was chosen already: two workloads may want the same answer.
func Choose(capacities map[messages.Source]Capacity, offer Offer, taken func(messages.Name) bool) []Due {
	var chosen []Due
	capacities = maps.Clone(capacities)
	names := map[messages.Name]bool{}
	for _, workload := range Workloads {
		capacity := capacities[workload.Source]
		for _, due := range offer[workload.ID] {
			if capacity.Free(workload.ID) == 0 {
				break
			}
			if names[due.Name] || taken(due.Name) {
				continue
			}
			names[due.Name] = true
			capacity.Outstanding++
			chosen = append(chosen, due)
		}
		capacities[workload.Source] = capacity
	}
	return chosen
}
