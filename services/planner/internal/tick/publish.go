package tick

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/runs"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

// publisher carries a decision out: it records the chosen calls and publishes them.
type publisher struct {
	cfg     Config
	store   *store.Store
	streams *streams.Client
	answers *streams.Answers
	metrics *Metrics
	pace    policy.Pace // what was asked for lately
}

// job is a call as a fetcher takes it. Each begins a trace of its own, which ends
// where its answer is loaded.
func (p *publisher) job(ctx context.Context, call runs.Call) messages.Job {
	name := "publish " + messages.PrefixJobs + string(call.Name.Source) + "." + string(call.Name.Kind)
	ctx, span := p.cfg.Tracer.Start(ctx, name, trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindProducer),
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
func (p *publisher) publish(ctx context.Context, chosen []policy.Due, o *Observed) (int, error) {
	if len(chosen) == 0 {
		return 0, nil
	}
	calls, opened := runs.Book(chosen, o.Catalogue.Read(), o.At)
	names := make([]messages.Name, len(calls))
	for i, call := range calls {
		names[i] = call.Name
	}
	known, err := p.store.Answers.Known(ctx, names)
	if err != nil {
		return 0, err
	}
	if err := p.store.Jobs.Plan(ctx, calls, opened, policy.Date(o.At, p.cfg.KOBISZone), o.At); err != nil {
		return 0, err
	}
	list := make([]messages.Job, len(calls))
	for i, call := range calls {
		list[i] = p.job(ctx, call)
		list[i].Known = known[call.Name]
		if p.pace.Ask(call.Name, o.At) {
			p.cfg.Log.Warn().Stringer("job", call.Name).
				Msg("still due after 10 requests in an hour; backing off for 1 h (is a fetcher's clock behind?)")
		}
	}
	p.answers.Expect(slices.DeleteFunc(names, func(name messages.Name) bool { return !isOfList(name) }))
	return p.post(ctx, list, calls, o)
}

// post publishes jobs that are recorded. One that NATS refuses for what it is costs
// itself alone.
func (p *publisher) post(ctx context.Context, list []messages.Job, calls []runs.Call, o *Observed) (int, error) {
	var stored []jobs.Found
	var failed, refused error
	for i, posted := range p.streams.Post(ctx, list) {
		switch {
		case streams.Unpublishable(posted.Err):
			refused = errors.Join(refused, p.store.Jobs.Refuse(ctx, posted.Name, posted.Err, o.At))
		case posted.Err != nil && failed == nil:
			failed = posted.Err // one stands for all: it names what NATS has
		case posted.Err == nil && !posted.Refused:
			stored = append(stored, jobs.Found{Name: posted.Name, Seq: posted.Seq, RunID: calls[i].RunID})
			p.metrics.planned.WithLabelValues(string(posted.Name.Source), string(calls[i].Workload)).Inc()
		}
	}
	return len(stored), errors.Join(failed, refused, p.store.Jobs.Confirm(ctx, stored, o.At))
}
