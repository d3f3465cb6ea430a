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
	"github.com/cledit/pipeline/services/planner/internal/streams"
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
	// Verified is true once every year of the catalogue was compared with it, as last seen.
	Verified bool
	// Dirty is true while changed facts are left for the next tick.
	Dirty bool
}

// observer reads what there is. What it keeps from one tick to the next saves work: a
// new one observes the same.
type observer struct {
	cfg     Config
	store   *store.Store
	streams *streams.Client
	answers *streams.Answers
	binding *binding
	survey  surveyor

	sweptTo  string // the film up to which the sweep has come
	verified bool   // the catalogue was, as last seen
}

// base is what every step rests on: what is outstanding, and what became of it.
func (v *observer) base(ctx context.Context) (o Observed, err error) {
	o.At = v.cfg.Now()
	if o.Streams, err = v.binding.observe(ctx, o.At); err != nil {
		return o, err
	}
	if o.Jobs, err = v.store.Jobs.Settle(ctx, o.Streams, o.At); err != nil {
		return o, err
	}
	o.Out = outstanding(o.Streams, o.Jobs)
	v.answers.Watch(slices.DeleteFunc(slices.Collect(maps.Keys(o.Out)), func(name messages.Name) bool { return !isOfList(name) }))
	return o, nil
}

// glance is the base of a preview: nothing is delivered, recorded or made.
func (v *observer) glance(ctx context.Context) (o Observed, err error) {
	o.At = v.cfg.Now()
	if o.Streams, err = v.binding.inspect(ctx); err != nil {
		return o, err
	}
	if o.Jobs.Outstanding, err = v.store.Jobs.Outstanding(ctx); err != nil {
		return o, err
	}
	o.Out = outstanding(o.Streams, o.Jobs)
	return o, nil
}

// observe adds what the tables show, after taking in what has changed.
func (v *observer) observe(ctx context.Context, run *steps, o *Observed) {
	run.try("adopt", "", func() error { return v.adopt(ctx, o.Jobs.Unrecorded, o.At) })
	run.try("changes", messages.TMDB, func() (err error) {
		if o.Changes, err = v.store.Changes.Read(ctx, o.At); err != nil {
			return err
		}
		if err = v.store.Changes.Take(ctx, o.Changes, o.At); err != nil || len(o.Changes.Days) == 0 {
			return err
		}
		o.Changes, err = v.store.Changes.Read(ctx, o.At) // without what was just taken
		return err
	})
	run.try("derive", "", func() (err error) {
		o.Dirty, err = v.derive(ctx, o.At)
		return err
	})
	v.catalogue(ctx, run, o)
	run.try("windows", messages.KOBIS, func() error {
		return v.store.Windows.Put(ctx, o.Catalogue.steps, o.Catalogue.doubt, o.At)
	})
}

func (v *observer) catalogue(ctx context.Context, run *steps, o *Observed) {
	o.Catalogue = v.survey.survey(ctx, run, o.At)
	if o.Catalogue.Windows != nil {
		v.verified = o.Catalogue.verified()
	}
	o.Verified = v.verified
}

// adopt takes over jobs that JOBS has and ops.jobs does not know for certain:
// published by another planner, by hand, or just before an end.
func (v *observer) adopt(ctx context.Context, unrecorded []messages.Name, now time.Time) error {
	found, err := v.streams.Find(ctx, unrecorded)
	if err != nil {
		return err
	}
	return v.store.Jobs.Confirm(ctx, found, now)
}

func outstanding(view jobs.View, s jobs.Settlement) map[messages.Name]bool {
	out := make(map[messages.Name]bool, len(s.Outstanding))
	for _, job := range s.Outstanding {
		out[job.Name] = true
	}
	for subject := range view.Jobs {
		if name, err := messages.ParseName(subject); err == nil {
			out[name] = true
		}
	}
	return out
}

// derive takes the dirty entities that are there and reports whether some are left.
func (v *observer) derive(ctx context.Context, now time.Time) (left bool, err error) {
	for taken := 0; taken < deriveMost; {
		n, more, err := v.store.Due.Derive(ctx, deriveBatch, now)
		if err != nil {
			return false, err
		}
		if !more {
			v.sweptTo, err = v.store.Due.Sweep(ctx, v.sweptTo, sweepBatch, now)
			return false, errors.Join(err, v.store.Due.Ripen(ctx, now))
		}
		taken += n
	}
	return true, v.store.Due.Ripen(ctx, now)
}
