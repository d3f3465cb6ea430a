package planner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// boxOfficeDefault is how many days back the box office is read by default.
const boxOfficeDefault = 7

// offer lists what the workloads have to offer: as much of each as its source could
// take. A workload that can't be looked at offers nothing.
func (p *Planner) offer(ctx context.Context, run *steps, pic picture) policy.Offer {
	offer := p.direct(ctx, run, pic)
	var ready map[policy.WorkloadID]bool
	run.try("ready", "", func() (err error) {
		ready, err = p.store.ReadyWorkloads(ctx)
		return err
	})
	for _, workload := range policy.Workloads {
		if !ready[workload.ID] || workload.AfterCatalogue && !p.surveyed {
			continue
		}
		run.try(string(workload.ID), workload.Source, func() error {
			due, err := p.store.Candidates(ctx, workload.ID, pic.capacities[workload.Source].Free(workload.ID), pic.now)
			if len(due) > 0 {
				offer[workload.ID] = due
			}
			return err
		})
	}
	return offer
}

// direct lists the calls of the workloads whose facts are few enough to be looked at
// every time.
func (p *Planner) direct(ctx context.Context, run *steps, pic picture) policy.Offer {
	offer := policy.Offer{}
	days := slices.Clone(pic.days)
	run.try(string(policy.SeriesDiscover), messages.TMDB, func() error {
		pages, err := p.store.DiscoverPages(ctx)
		if err == nil {
			days = append(days, policy.Discovers(pages, pic.now)...)
		}
		return err
	})
	for _, due := range days {
		if !due.At.After(pic.now) {
			offer[due.Workload] = append(offer[due.Workload], due)
		}
	}
	for _, day := range pic.changes.Days {
		offer[policy.TMDBChanges] = append(offer[policy.TMDBChanges], slices.DeleteFunc(slices.Clone(day.Due), func(d policy.Due) bool { return d.At.After(pic.now) })...)
	}
	for i, name := range pic.survey.years {
		offer[policy.CatalogueWindows] = append(offer[policy.CatalogueWindows],
			policy.Due{Name: name, Workload: policy.CatalogueWindows, Rank: int64(i)})
	}
	var held map[string]bool
	if !run.try("held", "", func() (err error) {
		held, err = p.store.Held(ctx, names(offer, pic.survey.list), pic.now)
		return err
	}) {
		return policy.Offer{}
	}
	offer[policy.Catalogue] = pic.survey.nextOfList(pic.out, p.answers.Seen, held)
	for workload, due := range offer {
		due = slices.DeleteFunc(due, func(d policy.Due) bool { return held[d.Name.String()] || pic.out[d.Name] })
		slices.SortStableFunc(due, func(a, b policy.Due) int {
			return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Name.Key, b.Name.Key))
		})
		offer[workload] = due
	}
	return offer
}

func names(offer policy.Offer, more []messages.Name) []messages.Name {
	list := slices.Clone(more)
	for _, due := range offer {
		for _, d := range due {
			list = append(list, d.Name)
		}
	}
	return list
}

func (p *Planner) boxOffice(ctx context.Context, now time.Time) ([]policy.Due, error) {
	from := p.cfg.BoxOfficeFrom.Time
	if from.IsZero() {
		from = policy.Date(now, Seoul).AddDate(0, 0, -boxOfficeDefault)
	}
	answered, err := p.store.BoxOfficeDays(ctx, from)
	if err != nil {
		return nil, err
	}
	return policy.BoxOffices(from, answered, now, Seoul), nil
}

// book assigns each call to the run on which it is counted.
func (p *Planner) book(chosen []policy.Due, pic picture) ([]store.Planned, []store.Run) {
	planned := make([]store.Planned, len(chosen))
	var runs []store.Run
	for i, due := range chosen {
		workload, _ := policy.WorkloadOf(due.Workload)
		run := p.run(workload.Class, pic)
		planned[i] = store.Planned{Due: due, RunID: run.ID}
		if !slices.Contains(runs, run) {
			runs = append(runs, run)
		}
	}
	return planned, runs
}

// run is where calls of a class are booked: what happens before the catalogue was
// read once is all part of the first load.
func (p *Planner) run(class policy.Class, pic picture) store.Run {
	switch {
	case class == policy.Back || !pic.survey.read():
		return store.Run{ID: "first-load", Reason: "the back catalogue, read for the first time"}
	case class == policy.Refresh:
		month := pic.now.In(Seoul).Format("2006-01")
		return store.Run{ID: "refresh-" + month, Reason: "what grew old in " + month}
	}
	day := pic.now.In(Seoul).Format(time.DateOnly)
	return store.Run{ID: "daily-" + day, Reason: fmt.Sprintf("the work of %s", day)}
}

// endRuns closes runs from time to time.
func (p *Planner) endRuns(ctx context.Context, pic picture) error {
	if pic.now.Sub(p.endedRuns) < endRunsEvery {
		return nil
	}
	p.endedRuns = pic.now
	current := []string{p.run(policy.Daily, pic).ID, p.run(policy.Refresh, pic).ID}
	for workload, due := range pic.offer {
		if s, _ := policy.WorkloadOf(workload); s.Class == policy.Back && len(due) > 0 {
			current = append(current, p.run(policy.Back, pic).ID)
		}
	}
	return p.store.EndRuns(ctx, current, pic.now)
}
