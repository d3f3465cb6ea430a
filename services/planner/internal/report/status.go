package report

import (
	"context"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/tick"
	"github.com/cledit/pipeline/services/planner/why"
)

// Status is what the planner saw at a tick.
type Status struct {
	At        time.Time        `json:"at"`
	Sources   []SourceStatus   `json:"sources"`
	Workloads []WorkloadStatus `json:"stages"` // in the order of work
	// Published is how many jobs the tick published.
	Published int `json:"published"`
	// Backlog is how many payloads in RAW the loader has not acknowledged.
	Backlog int `json:"backlog"`
	// Blocked says why nothing is published for now; empty when nothing is in the way.
	Blocked string `json:"blocked,omitempty"`
	// CatalogueRead is true once the list of all films was read whole.
	CatalogueRead bool `json:"catalogue_read"`
	// CatalogueReading is true while pages of that list are wanted, outstanding or
	// not.
	CatalogueReading bool `json:"catalogue_reading"`
	// Unread is true while changed facts wait to be derived from.
	Unread bool `json:"unread"`
	// Missing are the pages of the catalogue that died and were not read since.
	Missing []MissingPage `json:"missing,omitempty"`
	// Failed are the steps of the tick that failed, each with its error.
	Failed []string `json:"failed,omitempty"`
	// Settled is true when nothing is due, nothing is outstanding, everything is
	// loaded and every title derived: until time passes or a source changes there
	// is nothing to do. What died and is held counts as nothing to do.
	Settled bool `json:"settled"`
}

// MissingPage is a page of the catalogue that is passed over because it died.
type MissingPage struct {
	Page    string    `json:"page"` // source.kind.key
	Reason  string    `json:"reason"`
	RetryAt time.Time `json:"retry_at"` // when it is asked for again
}

func missing(died []store.DeadPage) (list []MissingPage) {
	for _, page := range died {
		list = append(list, MissingPage{page.Name.String(), page.Reason, page.RetryAt})
	}
	return list
}

func failedSteps(failed tick.Faults) (list []string) {
	for _, f := range failed {
		list = append(list, f.String()+": "+f.Err.Error())
	}
	return list
}

// SourceStatus is how much a source can take.
type SourceStatus struct {
	Source      messages.Source `json:"source"`
	Outstanding int             `json:"outstanding"` // jobs in JOBS
	Budget      int             `json:"budget"`      // calls left today; a very large number without a daily limit
	Registered  bool            `json:"registered"`  // a fetcher has told its keys; else the budget is assumed
	KeptBack    int             `json:"kept_back"`   // calls kept back from the back catalogue for today's work
	Runnable    int             `json:"runnable"`    // the smaller of outstanding and budget
	Why         why.Reason      `json:"why"`         // what it does or waits for
}

// WorkloadStatus is one kind of work.
type WorkloadStatus struct {
	Workload    policy.WorkloadID `json:"stage"`
	Source      messages.Source   `json:"source"`
	Why         string            `json:"why"`
	Due         int               `json:"due"`         // calls that are due and not outstanding
	Outstanding int               `json:"outstanding"` // jobs planned and not answered in the tables
}

// Due is how many calls are due and not outstanding, over all workloads.
func (s Status) Due() (n int) {
	for _, workload := range s.Workloads {
		n += workload.Due
	}
	return n
}

// StatusOf is the status of a tick.
func StatusOf(ctx context.Context, s *store.Store, t tick.Result) (Status, error) {
	o, d := t.Observed, t.Decision
	ready, err := s.Due.Ready(ctx, o.At)
	if err != nil {
		return Status{}, err
	}
	unfinished, err := s.Due.Unfinished(ctx)
	if err != nil {
		return Status{}, err
	}
	status := Status{
		At: o.At, Published: d.Published, Backlog: int(o.Streams.Backlog), Blocked: d.Blocked,
		CatalogueRead: o.Catalogue.Read(), CatalogueReading: len(o.Catalogue.List) > 0, Unread: o.Dirty,
		Missing: missing(o.Catalogue.Died), Failed: failedSteps(t.Failed), Workloads: workloads(t, ready),
		Sources: sources(t),
	}
	status.Settled = d.Published == 0 && len(o.Out) == 0 && status.Backlog == 0 && status.CatalogueRead &&
		!status.CatalogueReading && !o.Dirty && !unfinished && status.Due() == 0 && len(status.Failed) == 0
	return status, nil
}

func sources(t tick.Result) (list []SourceStatus) {
	for i, source := range tick.Sources {
		capacity := t.Decision.Capacity[source]
		var reason why.Reason
		if i < len(t.State.Reasons) {
			reason = t.State.Reasons[i]
		}
		list = append(list, SourceStatus{
			Source: source, Why: reason, Outstanding: capacity.Outstanding, Budget: capacity.Budget, Registered: capacity.Registered,
			KeptBack: capacity.KeptBack[policy.DetailBack], Runnable: capacity.Runnable(),
		})
	}
	return list
}

func workloads(t tick.Result, ready map[policy.WorkloadID]int) []WorkloadStatus {
	out := map[policy.WorkloadID]int{}
	for _, job := range t.Observed.Jobs.Outstanding {
		out[policy.WorkloadID(job.Workload)]++
	}
	list := make([]WorkloadStatus, 0, len(policy.Workloads))
	for _, workload := range policy.Workloads {
		due := max(ready[workload.ID], len(t.Desired.Offer[workload.ID]))
		if workload.ID == policy.Catalogue {
			due = max(0, t.Observed.Catalogue.Left-out[workload.ID])
		}
		if workload.ID == policy.PeopleList {
			due = max(0, t.Observed.Catalogue.People.Left-out[workload.ID])
		}
		list = append(list, WorkloadStatus{workload.ID, workload.Source, workload.Why, due, out[workload.ID]})
	}
	return list
}
