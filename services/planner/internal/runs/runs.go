// Package runs says why a call is made: each is booked on a run, which counts what was
// planned, answered and failed for one reason.
//
// It is pure. A run is named by its reason and its day or month in Korea, so that two
// planners book the same call on the same run.
package runs

import (
	"slices"
	"time"

	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Run is why a group of calls is made.
type Run struct{ ID, Reason string }

// Call is a call together with the run on which it is booked.
type Call struct {
	policy.Due
	RunID string
}

// Of is the run of a class of work at a time. What happens before the catalogue was
// read once is all part of the first load.
func Of(class policy.Class, catalogueRead bool, now time.Time) Run {
	switch {
	case class == policy.Back || !catalogueRead:
		return Run{ID: "first-load", Reason: "the back catalogue, read for the first time"}
	case class == policy.Refresh:
		month := now.In(policy.Seoul).Format("2006-01")
		return Run{ID: "refresh-" + month, Reason: "what grew old in " + month}
	}
	day := now.In(policy.Seoul).Format(time.DateOnly)
	return Run{ID: "daily-" + day, Reason: "the work of " + day}
}

// Book assigns each call to the run on which it is counted, and lists those runs.
func Book(chosen []policy.Due, catalogueRead bool, now time.Time) ([]Call, []Run) {
	calls := make([]Call, len(chosen))
	var opened []Run
	for i, due := range chosen {
		workload, _ := policy.WorkloadOf(due.Workload)
		run := Of(workload.Class, catalogueRead, now)
		calls[i] = Call{Due: due, RunID: run.ID}
		if !slices.Contains(opened, run) {
			opened = append(opened, run)
		}
	}
	return calls, opened
}

// Current are the ids of the runs that go on: those of the day and the month, and the
// first load as long as some of it is offered.
func Current(offer policy.Offer, catalogueRead bool, now time.Time) []string {
	ids := []string{Of(policy.Daily, catalogueRead, now).ID, Of(policy.Refresh, catalogueRead, now).ID}
	for id, due := range offer {
		if w, _ := policy.WorkloadOf(id); w.Class == policy.Back && len(due) > 0 {
			return append(ids, Of(policy.Back, catalogueRead, now).ID)
		}
	}
	return ids
}
