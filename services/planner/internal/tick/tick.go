package tick

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/runs"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

const (
	// countEvery is the time between two counts of the open dead letters.
	countEvery = time.Minute
	// endRunsEvery is the time between two checks for runs that have ended.
	endRunsEvery = 5 * time.Minute
)

// Sources in the order in which they are reported.
var Sources = []messages.Source{messages.KOBIS, messages.TMDB}

// Reconciler makes ticks. One goroutine at a time may use it.
type Reconciler struct {
	cfg     Config
	log     zerolog.Logger
	metrics *Metrics
	store   *store.Store
	streams *streams.Client
	answers *streams.Answers
	binding *binding
	survey  surveyor
	memory  memory
}

// memory is what a reconciler keeps from one tick to the next. Without it a tick
// repeats work and log lines, and decides the same.
type memory struct {
	sweptTo   string // the film up to which the sweep has come
	verified  bool   // the catalogue was, as last seen
	pace      policy.Pace
	stuck     map[uint64]time.Time        // jobs that no fetcher gets any more, since when
	waiting   map[messages.Name]time.Time // jobs that are gone from JOBS and not answered, since when
	countedAt time.Time                   // the open dead letters
	endedAt   time.Time                   // runs
	state     State
	logged    logged
}

// New makes a reconciler that publishes with client and hears of answers.
func New(cfg Config, js jetstream.JetStream, client *streams.Client, answers *streams.Answers, s *store.Store, m *Metrics) *Reconciler {
	r := &Reconciler{cfg: cfg, log: cfg.Log, metrics: m, store: s, streams: client, answers: answers}
	r.binding = &binding{js: js, client: client, topology: cfg.Topology, log: cfg.Log, metrics: m}
	r.survey = surveyor{store: s, cfg: &r.cfg}
	return r
}

// Result is what a tick knew, wanted and did.
type Result struct {
	Observed Observed
	Desired  Desired
	Decision Decision
	State    State
	Failed   Faults // the steps that failed
}

// Tick makes one iteration. Only what everything rests on fails it whole: observing
// the streams, and settling the jobs that are out. Every other step fails alone, and
// the error, of type Faults, names those that did.
func (r *Reconciler) Tick(ctx context.Context) (t Result, err error) {
	started := time.Now()
	defer func() {
		r.metrics.tick.Observe(time.Since(started).Seconds())
		r.logNotes()
	}()
	if t.Observed, err = r.base(ctx); err != nil {
		r.countSteps(ctx, Faults{{Step: "base"}})
		return t, err
	}
	run := &steps{ctx: ctx}
	r.reconcile(ctx, run, &t)
	r.say(ctx, run, &t)
	r.report(t)
	t.Failed = run.failed
	if r.cfg.OnTick != nil {
		run.try("status", "", func() error { return r.cfg.OnTick(ctx, t) })
	}
	run.try("runs", "", func() error { return r.endRuns(ctx, t) })
	r.countSteps(ctx, run.failed)
	t.Failed = run.failed
	return t, run.err()
}

// countSteps counts steps that failed, but for those of a lead that was lost.
func (r *Reconciler) countSteps(ctx context.Context, failed Faults) {
	if lead.Lost(ctx) {
		return
	}
	for _, f := range failed {
		r.metrics.steps.WithLabelValues(f.Step, string(f.Source)).Inc()
	}
}

// reconcile observes the rest, derives what is desired, decides and publishes.
func (r *Reconciler) reconcile(ctx context.Context, run *steps, t *Result) {
	r.observe(ctx, run, &t.Observed)
	t.Desired = r.desire(ctx, run, &t.Observed)
	run.try("letters", "", func() error { return streams.Acknowledge(t.Observed.Jobs.Recorded) })
	run.try("count", "", func() error { return r.countLetters(ctx, t.Observed.At) })
	run.try("stuck", "", func() error { return r.release(ctx, t.Observed.Jobs.Stuck) })
	run.try("lost", "", func() error { return r.lose(ctx, &t.Observed) })
	t.Decision = r.decide(&t.Observed, t.Desired)
	for _, source := range Sources {
		run.try("publish", source, func() error {
			n, err := r.publish(ctx, OfSource(t.Decision.Chosen, source), &t.Observed)
			t.Decision.Published += n
			return err
		})
	}
	r.memory.pace.Forget(t.Observed.At)
}

// Preview is a tick that changes nothing: what would be published now is its decision.
// Streams that are not there yet hold nothing.
func (r *Reconciler) Preview(ctx context.Context) (t Result, err error) {
	if t.Observed, err = r.glance(ctx); err != nil {
		return t, err
	}
	run := &steps{ctx: ctx}
	run.try("changes", messages.TMDB, func() (err error) {
		t.Observed.Changes, err = r.store.Changes(ctx, t.Observed.At)
		return err
	})
	r.observeCatalogue(ctx, run, &t.Observed)
	t.Desired = r.desire(ctx, run, &t.Observed)
	t.Decision = r.decide(&t.Observed, t.Desired)
	t.Failed = run.failed
	return t, nil
}

// Lead says whether this planner leads: the gauges of what only a leader knows
// vanish with the lead.
func (r *Reconciler) Lead(leads bool) {
	r.metrics.leads(leads)
	if !leads {
		r.memory.countedAt, r.memory.state = time.Time{}, State{}
	}
}

// countLetters counts the open dead letters.
func (r *Reconciler) countLetters(ctx context.Context, now time.Time) error {
	if now.Sub(r.memory.countedAt) < countEvery {
		return nil
	}
	open, err := r.store.OpenDead(ctx)
	if err != nil {
		return err
	}
	r.metrics.letters(open)
	r.memory.countedAt = now
	return nil
}

// endRuns closes runs from time to time.
func (r *Reconciler) endRuns(ctx context.Context, t Result) error {
	now := t.Observed.At
	if now.Sub(r.memory.endedAt) < endRunsEvery {
		return nil
	}
	r.memory.endedAt = now
	return r.store.EndRuns(ctx, runs.Current(t.Desired.Offer, t.Observed.Catalogue.Read(), now), now)
}
