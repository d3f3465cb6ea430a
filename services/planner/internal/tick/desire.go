package tick

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

// boxOfficeDefault is how many days back the box office is read by default.
const boxOfficeDefault = 7

// Desired is what would be worth a call.
type Desired struct {
	// BoxOffice are the days that are missing or not final, also those that are wanted
	// later.
	BoxOffice []policy.Due
	// Offer is what each workload has to offer now: as much as its source could take.
	Offer policy.Offer
}

// demand derives what is desired from what was observed.
type demand struct {
	cfg        Config
	store      *store.Store
	answers    *streams.Answers
	capacities *capacities
}

// desire derives what is wanted, and from that how much each source can take: yesterday's
// box office has calls kept for it as long as it is wanted.
func (w *demand) desire(ctx context.Context, run *steps, o *Observed) (d Desired) {
	run.try(string(policy.BoxOffice), messages.KOBIS, func() (err error) {
		d.BoxOffice, err = w.boxOffice(ctx, o)
		return err
	})
	w.capacities.weigh(ctx, run, o, d)
	d.Offer = w.offer(ctx, run, o, d)
	return d
}

// offer lists what the workloads have to offer: as much of each as its source could
// take. A workload that cannot be read offers nothing.
func (w *demand) offer(ctx context.Context, run *steps, o *Observed, d Desired) policy.Offer {
	offer := w.direct(ctx, run, o, d)
	var ready map[policy.WorkloadID]bool
	run.try("ready", "", func() (err error) {
		ready, err = w.store.Due.ReadyWorkloads(ctx)
		return err
	})
	for _, workload := range policy.Workloads {
		if !ready[workload.ID] || workload.AfterCatalogue && !o.Verified {
			continue
		}
		run.try(string(workload.ID), workload.Source, func() error {
			due, err := w.store.Due.Candidates(ctx, workload.ID, o.Capacity[workload.Source].Free(workload.ID), o.At)
			if len(due) > 0 {
				offer[workload.ID] = due
			}
			return err
		})
	}
	return offer
}

// direct lists the calls of the workloads whose facts are few enough to be read at
// every tick.
func (w *demand) direct(ctx context.Context, run *steps, o *Observed, d Desired) policy.Offer {
	offer := policy.Offer{}
	days := slices.Clone(d.BoxOffice)
	run.try(string(policy.SeriesDiscover), messages.TMDB, func() error {
		pages, err := w.store.Answers.DiscoverPages(ctx)
		if err == nil {
			days = append(days, policy.Discovers(pages, o.At)...)
		}
		return err
	})
	for _, due := range days {
		if !due.At.After(o.At) {
			offer[due.Workload] = append(offer[due.Workload], due)
		}
	}
	for _, day := range o.Changes.Days {
		offer[policy.TMDBChanges] = append(
			offer[policy.TMDBChanges],
			slices.DeleteFunc(slices.Clone(day.Due), func(d policy.Due) bool { return d.At.After(o.At) })...,
		)
	}
	for i, name := range o.Catalogue.Years {
		offer[policy.CatalogueWindows] = append(offer[policy.CatalogueWindows],
			policy.Due{Name: name, Workload: policy.CatalogueWindows, Rank: int64(i)})
	}
	for i, name := range o.Catalogue.People.Pages {
		offer[policy.PeopleList] = append(offer[policy.PeopleList], policy.Due{Name: name, Workload: policy.PeopleList, Rank: int64(i)})
	}
	var held map[string]bool
	if !run.try("held", "", func() (err error) {
		held, err = w.store.Due.Held(ctx, names(offer, o.Catalogue.List), o.At)
		return err
	}) {
		return policy.Offer{}
	}
	offer[policy.Catalogue] = o.Catalogue.nextOfList(o.Out, w.answers.Seen, held)
	for workload, due := range offer {
		due = slices.DeleteFunc(due, func(d policy.Due) bool { return held[d.Name.String()] || o.Out[d.Name] })
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

func (w *demand) boxOffice(ctx context.Context, o *Observed) (due []policy.Due, err error) {
	from := w.cfg.BoxOfficeFrom
	if from.IsZero() {
		from = policy.Date(o.At, policy.Seoul).AddDate(0, 0, -boxOfficeDefault)
	}
	if o.BoxOffice, err = w.store.Answers.BoxOfficeDays(ctx, from); err != nil {
		return nil, err
	}
	return policy.BoxOffices(from, o.BoxOffice, o.At, policy.Seoul), nil
}

// startOfDay is the midnight that began the day of a time in a zone, and the next one.
func startOfDay(now time.Time, zone *time.Location) (start, end time.Time) {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}
