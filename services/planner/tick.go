package planner

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

const (
	// deriveBatch is how many marks are taken at once, deriveMost at one tick: a
	// first load brings many, and a tick must not take long.
	deriveBatch = 1000
	deriveMost  = 5000
	// sweepBatch is how many films a tick derives though nothing marked them.
	sweepBatch = 50
	// countEvery is the time between two counts of the open dead letters.
	countEvery = time.Minute
	// endRunsEvery is the time between two looks for runs that have ended.
	endRunsEvery = 5 * time.Minute
)

// picture is what a tick knows before it chooses.
type picture struct {
	now        time.Time
	view       streams.View
	settled    store.Settled
	survey     survey
	changes    store.Changes
	days       []policy.Due // of the box office, also those that are wanted later
	capacities map[messages.Source]policy.Capacity
	offer      policy.Offer
	out        map[messages.Name]bool
	blocked    string
	unread     bool // marks are left for the next tick
	failed     faults
}

// Tick is one look and what follows from it. It returns how many jobs it published.
// Only what everything rests on fails it whole: the look at the streams, and what
// became of the jobs that are out. Every other step fails alone, and the error, of
// type faults, names those that did.
func (p *Planner) Tick(ctx context.Context) (published int, err error) {
	started := time.Now()
	defer func() {
		p.metrics.tick.Observe(time.Since(started).Seconds())
		p.tellNotes()
		p.renew(err)
	}()
	pic, err := p.base(ctx)
	if err != nil {
		p.countSteps(ctx, faults{{Step: "base"}})
		return 0, err
	}
	run := &steps{ctx: ctx}
	p.compare(ctx, run, &pic)
	run.try("letters", "", func() error { return p.streams.Bury(pic.settled.Recorded) })
	run.try("count", "", func() error { return p.countLetters(ctx, pic.now) })
	run.try("stuck", "", func() error { return p.release(ctx, pic.settled.Stuck) })
	run.try("lost", "", func() error { return p.lose(ctx, pic) })
	chosen := p.choose(pic)
	for _, source := range sources {
		run.try("publish", source, func() error {
			n, err := p.publish(ctx, ofSource(chosen, source), pic)
			published += n
			return err
		})
	}
	p.full = fill(pic.capacities, chosen)
	p.pace.Forget(pic.now)
	p.report(pic)
	pic.failed = run.failed
	if p.cfg.OnStatus != nil {
		run.try("status", "", func() error {
			status, err := p.status(ctx, pic, published)
			if err == nil {
				p.cfg.OnStatus(status)
			}
			return err
		})
	}
	run.try("runs", "", func() error { return p.endRuns(ctx, pic) })
	p.countSteps(ctx, run.failed)
	return published, run.err()
}

// countSteps counts steps that failed, but for those of a lead that was lost.
func (p *Planner) countSteps(ctx context.Context, failed faults) {
	if leadLost(ctx) {
		return
	}
	for _, f := range failed {
		p.metrics.steps.WithLabelValues(f.Step, string(f.Source)).Inc()
	}
}

// countLetters counts the open dead letters.
func (p *Planner) countLetters(ctx context.Context, now time.Time) error {
	if now.Sub(p.counted) < countEvery {
		return nil
	}
	open, err := p.store.OpenDead(ctx)
	if err != nil {
		return err
	}
	p.metrics.letters(open)
	p.counted = now
	return nil
}

// choose takes the best of the offer that there is room for.
func (p *Planner) choose(pic picture) []policy.Due {
	if pic.blocked != "" {
		return nil
	}
	return policy.Choose(pic.capacities, pic.offer, func(name messages.Name) bool {
		return pic.out[name] || p.pace.Waits(name, pic.now)
	})
}

func ofSource(calls []policy.Due, source messages.Source) []policy.Due {
	return slices.DeleteFunc(slices.Clone(calls), func(d policy.Due) bool { return d.Name.Source != source })
}

// fill counts the chosen jobs as outstanding and reports whether they reach the
// high-water mark of a source.
func fill(capacities map[messages.Source]policy.Capacity, chosen []policy.Due) (full bool) {
	for _, due := range chosen {
		capacity := capacities[due.Name.Source]
		capacity.Outstanding++
		capacities[due.Name.Source] = capacity
		full = full || capacity.Outstanding >= capacity.HighWater
	}
	return full
}

// base is what every step rests on: what is outstanding, and what became of it.
func (p *Planner) base(ctx context.Context) (picture, error) {
	pic := picture{now: p.cfg.Now()}
	var err error
	if pic.view, err = p.look(ctx); err != nil {
		return pic, err
	}
	if pic.settled, err = p.store.Settle(ctx, pic.view, pic.now); err != nil {
		return pic, err
	}
	pic.out = outstanding(pic.view, pic.settled)
	p.answers.Watch(slices.DeleteFunc(slices.Collect(maps.Keys(pic.out)), func(name messages.Name) bool { return !isOfList(name) }))
	return pic, nil
}

// compare brings together what is outstanding, what is known and what is due.
func (p *Planner) compare(ctx context.Context, run *steps, pic *picture) {
	run.try("adopt", "", func() error { return p.adopt(ctx, pic.settled.Unrecorded, pic.now) })
	run.try("changes", messages.TMDB, func() (err error) {
		if pic.changes, err = p.store.Changes(ctx, pic.now); err != nil {
			return err
		}
		if err = p.store.TakeChanges(ctx, pic.changes, pic.now); err != nil || len(pic.changes.Days) == 0 {
			return err
		}
		pic.changes, err = p.store.Changes(ctx, pic.now) // without what was just taken
		return err
	})
	run.try("derive", "", func() (err error) {
		pic.unread, err = p.derive(ctx, pic.now)
		return err
	})
	p.survey(ctx, run, pic)
	run.try("windows", messages.KOBIS, func() error {
		return p.store.PutWindows(ctx, pic.survey.steps, pic.survey.doubt, pic.now)
	})
	p.weigh(ctx, run, pic)
}

// weigh adds to a picture how much may be published, and what there is to offer. A
// source whose ledger can't be read has no room.
func (p *Planner) weigh(ctx context.Context, run *steps, pic *picture) {
	run.try(string(policy.BoxOffice), messages.KOBIS, func() (err error) {
		pic.days, err = p.boxOffice(ctx, pic.now)
		return err
	})
	pic.capacities = map[messages.Source]policy.Capacity{}
	for _, source := range sources {
		run.try("room", source, func() error {
			capacity, err := p.capacity(ctx, *pic, source)
			if err == nil {
				pic.capacities[source] = capacity
			}
			return err
		})
	}
	pic.blocked = p.blocked(pic.view)
	pic.offer = p.offer(ctx, run, *pic)
}

// adopt takes over jobs that JOBS has and ops.jobs does not know for certain:
// published by another planner, by hand, or just before an end.
func (p *Planner) adopt(ctx context.Context, strangers []messages.Name, now time.Time) error {
	found, err := p.streams.Find(ctx, strangers)
	if err != nil {
		return err
	}
	return p.store.Confirm(ctx, found, now)
}

func outstanding(v streams.View, s store.Settled) map[messages.Name]bool {
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

// derive takes the marks that are there and reports whether some are left.
func (p *Planner) derive(ctx context.Context, now time.Time) (unread bool, err error) {
	for taken := 0; taken < deriveMost; {
		n, more, err := p.store.Derive(ctx, deriveBatch, now)
		if err != nil {
			return false, err
		}
		if !more {
			p.swept, err = p.store.Sweep(ctx, p.swept, sweepBatch, now)
			return false, errors.Join(err, p.store.Ripen(ctx, now))
		}
		taken += n
	}
	return true, p.store.Ripen(ctx, now)
}

// job is a call as a fetcher takes it. Each begins a trace of its own, which ends
// where its answer is loaded.
func (p *Planner) job(ctx context.Context, call store.Planned) messages.Job {
	ctx, span := p.tracer.Start(ctx, "plan "+string(call.Name.Kind), trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(
			attribute.String("cledit.source", string(call.Name.Source)),
			attribute.String("cledit.kind", string(call.Name.Kind)),
			attribute.String("cledit.key", call.Name.Key),
			attribute.String("cledit.stage", string(call.Workload)),
			attribute.String("cledit.run", call.RunID)))
	defer span.End()
	return messages.Job{Name: call.Name, RunID: call.RunID, Params: call.Params, Trace: messages.TraceOf(ctx)}
}

// publish records the chosen calls of a source and then publishes them.
func (p *Planner) publish(ctx context.Context, chosen []policy.Due, pic picture) (int, error) {
	if len(chosen) == 0 {
		return 0, nil
	}
	planned, runs := p.book(chosen, pic)
	names := make([]messages.Name, len(planned))
	for i, call := range planned {
		names[i] = call.Name
	}
	known, err := p.store.Known(ctx, names)
	if err != nil {
		return 0, err
	}
	if err := p.store.Plan(ctx, planned, runs, policy.Date(pic.now, p.cfg.KOBISZone.Location), pic.now); err != nil {
		return 0, err
	}
	jobs := make([]messages.Job, len(planned))
	for i, call := range planned {
		jobs[i] = p.job(ctx, call)
		jobs[i].Known = known[call.Name]
		if p.pace.Ask(call.Name, pic.now) {
			p.log.Warn().Stringer("job", call.Name).
				Msg("asked for again and again and still due, so it waits for an hour: is a fetcher's clock behind?")
		}
	}
	p.answers.Expect(slices.DeleteFunc(names, func(name messages.Name) bool { return !isOfList(name) }))
	return p.post(ctx, jobs, planned, pic)
}

// post publishes jobs that are recorded. One that NATS refuses for what it is costs
// itself alone.
func (p *Planner) post(ctx context.Context, jobs []messages.Job, planned []store.Planned, pic picture) (int, error) {
	var stored []streams.Found
	var failed, refused error
	for i, posted := range p.streams.Post(ctx, jobs) {
		switch {
		case streams.Unpublishable(posted.Err):
			refused = errors.Join(refused, p.store.Refuse(ctx, posted.Name, posted.Err, pic.now))
		case posted.Err != nil && failed == nil:
			failed = posted.Err // one stands for all: it names what NATS has
		case posted.Err == nil && !posted.Refused:
			stored = append(stored, streams.Found{Name: posted.Name, Seq: posted.Seq, RunID: planned[i].RunID})
			p.metrics.planned.WithLabelValues(string(posted.Name.Source), string(planned[i].Workload)).Inc()
		}
	}
	return len(stored), errors.Join(failed, refused, p.store.Confirm(ctx, stored, pic.now))
}
