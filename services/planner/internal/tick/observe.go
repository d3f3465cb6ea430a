package tick

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

const (
	// deriveBatch is how many dirty entities are taken at once, deriveMost at one
	// tick: a first load brings many, and a tick must not take long.
	deriveBatch = 1000
	deriveMost  = 5000
	// sweepBatch is how many films a tick derives though none of them is dirty.
	sweepBatch = 50
)

// Observed is what there is.
type Observed struct {
	At        time.Time
	Streams   jobs.View
	Jobs      jobs.Settlement        // what has become of the jobs that were out
	Out       map[messages.Name]bool // what is asked for and not answered in the tables
	Catalogue Survey
	Changes   store.Changes
	BoxOffice []policy.BoxOfficeDay // answered days
	Quota     map[messages.Source]quota.Snapshot
	// Capacity is what each source can take; one whose ledger cannot be read is not there.
	Capacity map[messages.Source]policy.Capacity
	// Dirty is true while changed facts are left for the next tick.
	Dirty bool
}

// base is what every step rests on: what is outstanding, and what became of it.
func (r *Reconciler) base(ctx context.Context) (o Observed, err error) {
	o.At = r.cfg.Now()
	if o.Streams, err = r.binding.observe(ctx); err != nil {
		return o, err
	}
	if o.Jobs, err = r.store.Settle(ctx, o.Streams, o.At); err != nil {
		return o, err
	}
	o.Out = outstanding(o.Streams, o.Jobs)
	r.answers.Watch(slices.DeleteFunc(slices.Collect(maps.Keys(o.Out)), func(name messages.Name) bool { return !isOfList(name) }))
	return o, nil
}

// glance is the base of a preview: nothing is delivered, recorded or made.
func (r *Reconciler) glance(ctx context.Context) (o Observed, err error) {
	o.At = r.cfg.Now()
	if o.Streams, err = r.binding.inspect(ctx); err != nil {
		return o, err
	}
	if o.Jobs.Outstanding, err = r.store.Outstanding(ctx); err != nil {
		return o, err
	}
	o.Out = outstanding(o.Streams, o.Jobs)
	return o, nil
}

// observe adds what the tables show, after taking in what has changed.
func (r *Reconciler) observe(ctx context.Context, run *steps, o *Observed) {
	run.try("adopt", "", func() error { return r.adopt(ctx, o.Jobs.Unrecorded, o.At) })
	run.try("changes", messages.TMDB, func() (err error) {
		if o.Changes, err = r.store.Changes(ctx, o.At); err != nil {
			return err
		}
		if err = r.store.TakeChanges(ctx, o.Changes, o.At); err != nil || len(o.Changes.Days) == 0 {
			return err
		}
		o.Changes, err = r.store.Changes(ctx, o.At) // without what was just taken
		return err
	})
	run.try("derive", "", func() (err error) {
		o.Dirty, err = r.derive(ctx, o.At)
		return err
	})
	r.observeCatalogue(ctx, run, o)
	run.try("windows", messages.KOBIS, func() error {
		return r.store.PutWindows(ctx, o.Catalogue.steps, o.Catalogue.doubt, o.At)
	})
}

func (r *Reconciler) observeCatalogue(ctx context.Context, run *steps, o *Observed) {
	o.Catalogue = r.survey.survey(ctx, run, o.At)
	if o.Catalogue.Windows != nil {
		r.memory.verified = o.Catalogue.Verified()
	}
}

// adopt takes over jobs that JOBS has and ops.jobs does not know for certain:
// published by another planner, by hand, or just before an end.
func (r *Reconciler) adopt(ctx context.Context, unrecorded []messages.Name, now time.Time) error {
	found, err := r.streams.Find(ctx, unrecorded)
	if err != nil {
		return err
	}
	return r.store.Confirm(ctx, found, now)
}

func outstanding(v jobs.View, s jobs.Settlement) map[messages.Name]bool {
	out := make(map[messages.Name]bool, len(s.Outstanding))
	for _, job := range s.Outstanding {
		out[job.Name] = true
	}
	for subject := range v.Jobs {
		if name, err := messages.ParseName(subject); err == nil {
			out[name] = true
		}
	}
	return out
}

// derive takes the dirty entities that are there and reports whether some are left.
func (r *Reconciler) derive(ctx context.Context, now time.Time) (left bool, err error) {
	for taken := 0; taken < deriveMost; {
		n, more, err := r.store.Derive(ctx, deriveBatch, now)
		if err != nil {
			return false, err
		}
		if !more {
			r.memory.sweptTo, err = r.store.Sweep(ctx, r.memory.sweptTo, sweepBatch, now)
			return false, errors.Join(err, r.store.Ripen(ctx, now))
		}
		taken += n
	}
	return true, r.store.Ripen(ctx, now)
}
