package tick

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
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

// desire derives what is wanted, and from that how much each source can take: yesterday's
// box office has calls kept for it as long as it is wanted.
func (r *Reconciler) desire(ctx context.Context, run *steps, o *Observed) (d Desired) {
	run.try(string(policy.BoxOffice), messages.KOBIS, func() (err error) {
		d.BoxOffice, err = r.boxOffice(ctx, o)
		return err
	})
	r.weigh(ctx, run, o, d)
	d.Offer = r.offer(ctx, run, o, d)
	return d
}

// offer lists what the workloads have to offer: as much of each as its source could
// take. A workload that cannot be read offers nothing.
func (r *Reconciler) offer(ctx context.Context, run *steps, o *Observed, d Desired) policy.Offer {
	offer := r.direct(ctx, run, o, d)
	var ready map[policy.WorkloadID]bool
	run.try("ready", "", func() (err error) {
		ready, err = r.store.ReadyWorkloads(ctx)
		return err
	})
	for _, workload := range policy.Workloads {
		if !ready[workload.ID] || workload.AfterCatalogue && !r.memory.verified {
			continue
		}
		run.try(string(workload.ID), workload.Source, func() error {
			due, err := r.store.Candidates(ctx, workload.ID, o.Capacity[workload.Source].Free(workload.ID), o.At)
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
func (r *Reconciler) direct(ctx context.Context, run *steps, o *Observed, d Desired) policy.Offer {
	offer := policy.Offer{}
	days := slices.Clone(d.BoxOffice)
	run.try(string(policy.SeriesDiscover), messages.TMDB, func() error {
		pages, err := r.store.DiscoverPages(ctx)
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
		offer[policy.TMDBChanges] = append(offer[policy.TMDBChanges], slices.DeleteFunc(slices.Clone(day.Due), func(d policy.Due) bool { return d.At.After(o.At) })...)
	}
	for i, name := range o.Catalogue.Years {
		offer[policy.CatalogueWindows] = append(offer[policy.CatalogueWindows],
			policy.Due{Name: name, Workload: policy.CatalogueWindows, Rank: int64(i)})
	}
	var held map[string]bool
	if !run.try("held", "", func() (err error) {
		held, err = r.store.Held(ctx, names(offer, o.Catalogue.List), o.At)
		return err
	}) {
		return policy.Offer{}
	}
	offer[policy.Catalogue] = o.Catalogue.nextOfList(o.Out, r.answers.Seen, held)
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

func (r *Reconciler) boxOffice(ctx context.Context, o *Observed) (due []policy.Due, err error) {
	from := r.cfg.BoxOfficeFrom
	if from.IsZero() {
		from = policy.Date(o.At, policy.Seoul).AddDate(0, 0, -boxOfficeDefault)
	}
	if o.BoxOffice, err = r.store.BoxOfficeDays(ctx, from); err != nil {
		return nil, err
	}
	return policy.BoxOffices(from, o.BoxOffice, o.At, policy.Seoul), nil
}

// startOfDay is the midnight that began the day of a time in a zone, and the next one.
func startOfDay(now time.Time, zone *time.Location) (start, end time.Time) {
	y, m, d := now.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}
