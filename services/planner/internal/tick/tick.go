package tick

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

// Sources in the order in which they are reported.
var Sources = []messages.Source{messages.KOBIS, messages.TMDB}

// Reconciler makes ticks. One goroutine at a time may use it. What its parts keep from one
// tick to the next saves work and log lines; a new one decides the same.
type Reconciler struct {
	cfg          Config
	metrics      *Metrics
	store        *store.Store
	observer     observer
	demand       demand
	publisher    publisher
	housekeeping housekeeping
	narrator     narrator
	journal      journal
}

// New makes a reconciler that publishes with client and hears of answers.
func New(cfg Config, js jetstream.JetStream, client *streams.Client, answers *streams.Answers, s *store.Store, m *Metrics) *Reconciler {
	b := &binding{js: js, client: client, topology: cfg.Topology, log: cfg.Log, metrics: m}
	c := &capacities{cfg: cfg, store: s, binding: b, metrics: m}
	return &Reconciler{
		cfg: cfg, metrics: m, store: s,
		observer:     observer{cfg: cfg, store: s, streams: client, answers: answers, binding: b, survey: surveyor{windows: s.Windows, cfg: cfg}},
		demand:       demand{cfg: cfg, store: s, answers: answers, capacities: c},
		publisher:    publisher{cfg: cfg, store: s, streams: client, answers: answers, metrics: m},
		housekeeping: housekeeping{cfg: cfg, store: s, streams: client, metrics: m},
		narrator:     narrator{cfg: cfg, store: s, binding: b, capacities: c, metrics: m},
		journal:      journal{log: cfg.Log, say: cfg.Say, metrics: m},
	}
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
		r.journal.notes(r.store.Notes())
	}()
	if t, err = r.Plan(ctx); err != nil {
		r.countSteps(ctx, Faults{{Step: "base"}})
		return t, err
	}
	r.Tell(ctx, &t)
	run := &steps{ctx: ctx, failed: t.Failed}
	run.try("runs", "", func() error { return r.housekeeping.endRuns(ctx, t) })
	t.Failed = run.failed
	r.countSteps(ctx, t.Failed)
	return t, run.err()
}

// Plan is the part of a tick that decides and acts. It fails only as a whole.
func (r *Reconciler) Plan(ctx context.Context) (t Result, err error) {
	if t.Observed, err = r.observer.base(ctx); err != nil {
		return t, err
	}
	run := &steps{ctx: ctx}
	r.reconcile(ctx, run, &t)
	t.Failed = run.failed
	return t, nil
}

// Tell is the part of a tick that says how it went: in gauges, in the log, and to those who
// listen. It adds what failed of that.
func (r *Reconciler) Tell(ctx context.Context, t *Result) {
	run := &steps{ctx: ctx, failed: t.Failed}
	run.try("count", "", func() error { return r.housekeeping.countLetters(ctx, t.Observed.At) })
	r.narrator.say(ctx, run, t)
	r.metrics.report(*t)
	r.journal.reasons(t.State.Reasons)
	r.journal.pages(t.Observed.Catalogue.Died)
	r.journal.blocked(t.Decision.Blocked)
	t.Failed = run.failed
	if r.cfg.OnTick != nil {
		run.try("status", "", func() error { return r.cfg.OnTick(ctx, *t) })
	}
	t.Failed = run.failed
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
	r.observer.observe(ctx, run, &t.Observed)
	t.Desired = r.demand.desire(ctx, run, &t.Observed)
	run.try("letters", "", func() error { return streams.Acknowledge(t.Observed.Jobs.Recorded) })
	run.try("stuck", "", func() error { return r.housekeeping.release(ctx, t.Observed.Jobs.Stuck, t.Observed.At) })
	run.try("lost", "", func() error { return r.housekeeping.lose(ctx, &t.Observed) })
	t.Decision = decide(r.cfg, &r.publisher.pace, &t.Observed, t.Desired)
	for _, source := range Sources {
		run.try("publish", source, func() error {
			n, err := r.publisher.publish(ctx, OfSource(t.Decision.Chosen, source), &t.Observed)
			t.Decision.Published += n
			return err
		})
	}
	r.publisher.pace.Forget(t.Observed.At)
}

// Preview is a tick that changes nothing: what would be published now is its decision.
// Streams that are not there yet hold nothing.
func (r *Reconciler) Preview(ctx context.Context) (t Result, err error) {
	if t.Observed, err = r.observer.glance(ctx); err != nil {
		return t, err
	}
	run := &steps{ctx: ctx}
	run.try("changes", messages.TMDB, func() (err error) {
		t.Observed.Changes, err = r.store.Changes.Read(ctx, t.Observed.At)
		return err
	})
	r.observer.catalogue(ctx, run, &t.Observed)
	t.Desired = r.demand.desire(ctx, run, &t.Observed)
	t.Decision = decide(r.cfg, &r.publisher.pace, &t.Observed, t.Desired)
	t.Failed = run.failed
	return t, nil
}

// Lead says whether this planner leads: the gauges of what only a leader knows
// vanish with the lead.
func (r *Reconciler) Lead(leads bool) {
	r.metrics.leads(leads)
	if !leads {
		r.housekeeping.countedAt, r.narrator.state = time.Time{}, State{}
	}
}

// History is what was called today, and on the past days that tell what a day takes.
func (r *Reconciler) History(ctx context.Context, now time.Time) (policy.History, error) {
	return r.narrator.capacities.history(ctx, now)
}

// Trouble is what the fetchers of a source say is wrong with it; empty: nothing.
func (r *Reconciler) Trouble(ctx context.Context, source messages.Source, now time.Time) (string, error) {
	return r.narrator.binding.trouble(ctx, source, now)
}
