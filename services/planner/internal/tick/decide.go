package tick

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/runs"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

// Decision is what of the desired is published.
type Decision struct {
	Blocked string // why nothing is; empty when nothing is in the way
	Chosen  []policy.Due
	// Capacity is what each source can take once the chosen are out.
	Capacity map[messages.Source]policy.Capacity
	Full     bool // a high-water mark kept jobs from being published
	// Paced is what is due, was asked for too often in the last hour, and waits.
	Paced     map[messages.Source]Paced
	Published int // of the chosen, how many JOBS accepted
}

// Paced are calls that wait.
type Paced struct {
	Calls int
	Until *time.Time // when the first is asked for again
}

// decide takes the best of the offer that there is capacity for.
func (r *Reconciler) decide(o *Observed, d Desired) Decision {
	decision := Decision{Blocked: r.blocked(o.Streams), Capacity: maps.Clone(o.Capacity), Paced: map[messages.Source]Paced{}}
	if decision.Blocked != "" {
		return decision
	}
	decision.Chosen = policy.Choose(o.Capacity, d.Offer, func(name messages.Name) bool {
		switch {
		case o.Out[name]:
			return true
		case !r.memory.pace.Waits(name, o.At):
			return false
		}
		paced, until := decision.Paced[name.Source], r.memory.pace.Until(name, o.At)
		if paced.Calls++; paced.Until == nil || until.Before(*paced.Until) {
			paced.Until = &until
		}
		decision.Paced[name.Source] = paced
		return true
	})
	decision.Full = fill(decision.Capacity, decision.Chosen)
	return decision
}

// OfSource are the calls of a source.
func OfSource(calls []policy.Due, source messages.Source) []policy.Due {
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

// job is a call as a fetcher takes it. Each begins a trace of its own, which ends
// where its answer is loaded.
func (r *Reconciler) job(ctx context.Context, call runs.Call) messages.Job {
	ctx, span := r.cfg.Tracer.Start(ctx, "plan "+string(call.Name.Kind), trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindProducer),
		trace.WithAttributes(
			// the conventions for messaging
			attribute.String("messaging.system", "nats"),
			attribute.String("messaging.operation.name", "publish"),
			attribute.String("messaging.operation.type", "send"),
			attribute.String("messaging.destination.name", topology.StreamJobs),
			attribute.String("messaging.destination.template", messages.PrefixJobs+"{source}.{kind}.{key}"),
			attribute.String("cledit.source", string(call.Name.Source)),
			attribute.String("cledit.kind", string(call.Name.Kind)),
			attribute.String("cledit.key", call.Name.Key),
			attribute.String("cledit.stage", string(call.Workload)),
			attribute.String("cledit.run", call.RunID)))
	defer span.End()
	return messages.Job{Name: call.Name, RunID: call.RunID, Params: call.Params, Trace: messages.TraceOf(ctx)}
}

// publish records the chosen calls of a source and then publishes them.
func (r *Reconciler) publish(ctx context.Context, chosen []policy.Due, o *Observed) (int, error) {
	if len(chosen) == 0 {
		return 0, nil
	}
	calls, opened := runs.Book(chosen, o.Catalogue.Read(), o.At)
	names := make([]messages.Name, len(calls))
	for i, call := range calls {
		names[i] = call.Name
	}
	known, err := r.store.Known(ctx, names)
	if err != nil {
		return 0, err
	}
	if err := r.store.Plan(ctx, calls, opened, policy.Date(o.At, r.cfg.KOBISZone), o.At); err != nil {
		return 0, err
	}
	list := make([]messages.Job, len(calls))
	for i, call := range calls {
		list[i] = r.job(ctx, call)
		list[i].Known = known[call.Name]
		if r.memory.pace.Ask(call.Name, o.At) {
			r.log.Warn().Stringer("job", call.Name).
				Msg("still due after 10 requests in an hour; backing off for 1 h (is a fetcher's clock behind?)")
		}
	}
	r.answers.Expect(slices.DeleteFunc(names, func(name messages.Name) bool { return !isOfList(name) }))
	return r.post(ctx, list, calls, o)
}

// post publishes jobs that are recorded. One that NATS refuses for what it is costs
// itself alone.
func (r *Reconciler) post(ctx context.Context, list []messages.Job, calls []runs.Call, o *Observed) (int, error) {
	var stored []jobs.Found
	var failed, refused error
	for i, posted := range r.streams.Post(ctx, list) {
		switch {
		case streams.Unpublishable(posted.Err):
			refused = errors.Join(refused, r.store.Refuse(ctx, posted.Name, posted.Err, o.At))
		case posted.Err != nil && failed == nil:
			failed = posted.Err // one stands for all: it names what NATS has
		case posted.Err == nil && !posted.Refused:
			stored = append(stored, jobs.Found{Name: posted.Name, Seq: posted.Seq, RunID: calls[i].RunID})
			r.metrics.planned.WithLabelValues(string(posted.Name.Source), string(calls[i].Workload)).Inc()
		}
	}
	return len(stored), errors.Join(failed, refused, r.store.Confirm(ctx, stored, o.At))
}
