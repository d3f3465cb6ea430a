package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/board"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

const (
	// deriveBatch is how many marks are taken at once, deriveMost at one tick: a
	// first load brings many, and a tick must not take long.
	deriveBatch = 1000
	deriveMost  = 5000
	// sweepBatch is how many films a tick derives though nothing marked them.
	sweepBatch = 50
	// endRunsEvery is the time between two looks for runs that have ended.
	endRunsEvery = 5 * time.Minute
)

// picture is what a tick knows before it chooses.
type picture struct {
	now     time.Time
	view    board.View
	settled store.Settled
	survey  survey
	changes store.Changes
	days    []policy.Due // of the box office, also those that are wanted later
	rooms   map[messages.Source]policy.Room
	offer   policy.Offer
	out     map[messages.Name]bool
	blocked string
	unread  bool // marks are left for the next tick
}

// Tick is one look and what follows from it. It returns how many jobs it
// published.
func (p *Planner) Tick(ctx context.Context) (published int, err error) {
	started := time.Now()
	defer func() { p.metrics.tick.Observe(time.Since(started).Seconds()) }()
	pic, err := p.compare(ctx)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(p.board.Bury(pic.view.Dead), p.release(ctx, pic.settled.Stuck)); err != nil {
		return 0, err
	}
	var chosen []policy.Due
	if pic.blocked == "" {
		chosen = policy.Choose(pic.rooms, pic.offer, func(name messages.Name) bool {
			return pic.out[name] || p.pace.Waits(name, pic.now)
		})
	}
	published, err = p.publish(ctx, chosen, pic)
	p.full = fill(pic.rooms, chosen)
	p.pace.Forget(pic.now)
	p.report(pic)
	if err != nil {
		return published, err
	}
	if p.cfg.OnStatus != nil {
		status, err := p.status(ctx, pic, published)
		if err != nil {
			return published, err
		}
		p.cfg.OnStatus(status)
	}
	return published, p.endRuns(ctx, pic)
}

// fill counts the chosen jobs as outstanding and tells whether they reach the
// high-water mark of a source.
func fill(rooms map[messages.Source]policy.Room, chosen []policy.Due) (full bool) {
	for _, due := range chosen {
		room := rooms[due.Name.Source]
		room.Outstanding++
		rooms[due.Name.Source] = room
		full = full || room.Outstanding >= room.HighWater
	}
	return full
}

// compare brings together what is outstanding, what is known and what is due.
func (p *Planner) compare(ctx context.Context) (picture, error) {
	pic := picture{now: p.cfg.Now()}
	var err error
	if pic.view, err = p.look(ctx); err != nil {
		return pic, err
	}
	if pic.settled, err = p.store.Settle(ctx, pic.view, pic.now); err != nil {
		return pic, err
	}
	if err := p.adopt(ctx, pic.settled.Strangers, pic.now); err != nil {
		return pic, err
	}
	pic.out = outstanding(pic.view, pic.settled)
	if pic.changes, err = p.store.Changes(ctx, pic.now); err != nil {
		return pic, err
	}
	if err := p.store.TakeChanges(ctx, pic.changes, pic.now); err != nil {
		return pic, err
	}
	if pic.unread, err = p.derive(ctx, pic.now); err != nil {
		return pic, err
	}
	if pic.survey, err = p.survey(ctx, pic.now); err != nil {
		return pic, err
	}
	if err := p.store.PutWindows(ctx, pic.survey.steps, pic.survey.doubt, pic.now); err != nil {
		return pic, err
	}
	err = p.weigh(ctx, &pic)
	return pic, err
}

// weigh adds to a picture how much may be published, and what there is to offer.
func (p *Planner) weigh(ctx context.Context, pic *picture) (err error) {
	if pic.days, err = p.boxOffice(ctx, pic.now); err != nil {
		return err
	}
	if pic.rooms, err = p.rooms(ctx, *pic); err != nil {
		return err
	}
	pic.blocked = p.blocked(pic.view)
	pic.offer, err = p.offer(ctx, *pic)
	return err
}

// adopt takes over jobs that JOBS has and ops.jobs does not know for certain:
// published by another planner, by hand, or just before an end.
func (p *Planner) adopt(ctx context.Context, strangers []messages.Name, now time.Time) error {
	found, err := p.board.Find(ctx, strangers)
	if err != nil {
		return err
	}
	return p.store.Confirm(ctx, found, now)
}

func outstanding(v board.View, s store.Settled) map[messages.Name]bool {
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

// derive takes the marks that are there and tells whether some are left.
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
			attribute.String("cledit.stage", string(call.Stage)),
			attribute.String("cledit.run", call.RunID)))
	defer span.End()
	return messages.Job{Name: call.Name, RunID: call.RunID, Params: call.Params, Trace: messages.TraceOf(ctx)}
}

// publish records the chosen calls and then publishes them.
func (p *Planner) publish(ctx context.Context, chosen []policy.Due, pic picture) (int, error) {
	if len(chosen) == 0 {
		return 0, nil
	}
	planned, runs := p.book(chosen, pic)
	if err := p.store.Plan(ctx, planned, runs, policy.Date(pic.now, p.cfg.KOBISZone.Location), pic.now); err != nil {
		return 0, err
	}
	jobs := make([]messages.Job, len(planned))
	names := make([]messages.Name, len(planned))
	for i, call := range planned {
		jobs[i] = p.job(ctx, call)
		if p.pace.Ask(call.Name, pic.now) {
			p.log.Warn().Stringer("job", call.Name).
				Msg("asked for again and again and still due, so it waits for an hour: is a fetcher's clock behind?")
		}
		names[i] = call.Name
	}
	p.answers.Forget(names)
	var stored []board.Found
	var failed []error
	for i, posted := range p.board.Post(ctx, jobs) {
		switch {
		case posted.Err != nil:
			failed = append(failed, posted.Err)
		case !posted.Refused:
			stored = append(stored, board.Found{Name: posted.Name, Seq: posted.Seq, RunID: planned[i].RunID})
			p.metrics.planned.WithLabelValues(string(posted.Name.Source), string(planned[i].Stage)).Inc()
		}
	}
	if len(failed) > 0 {
		failed = []error{fmt.Errorf("%d of %d jobs: %w", len(failed), len(jobs), failed[0])}
	}
	return len(stored), errors.Join(append(failed, p.store.Confirm(ctx, stored, pic.now))...)
}
