package worker

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
)

// delivery is a job in hand.
type delivery struct {
	msg       jetstream.Msg
	queue     *queue
	permit    *quota.Permit // in hand: settled once, by a call or by giveBack
	meta      *jetstream.MsgMetadata
	job       messages.Job
	malformed error // why job could not be read

	delivered uint64 // times that the server has delivered it, this one included
	waits     uint64 // deliveries before this one that spent no attempt
	attempt   int    // 1 for the first call
}

// receive reads a job and counts its attempt. It fails when the notes of earlier
// waits can't be read before ctx ends.
func (s *settler) receive(ctx context.Context, q *queue, msg jetstream.Msg) (*delivery, error) {
	d := &delivery{msg: msg, queue: q}
	meta, err := msg.Metadata()
	if err != nil {
		return d, fmt.Errorf("reading the metadata of %s: %w", msg.Subject(), err)
	}
	d.meta, d.delivered = meta, meta.NumDelivered
	if d.job, err = messages.DecodeJob(msg.Subject(), msg.Headers(), msg.Data()); err != nil {
		d.malformed = err
	} else if d.waits, err = s.waitsOf(ctx, d); err != nil {
		return d, fmt.Errorf("counting the attempts of %s: %w", msg.Subject(), err)
	}
	d.attempt = int(d.delivered - min(d.waits, d.delivered-1))
	return d, nil
}

// last reports whether this is the delivery after which the server delivers the job no more, which
// would leave it in the queue and its subject blocked.
func (d *delivery) last() bool { return d.queue.maxDeliver > 0 && d.delivered >= d.queue.maxDeliver }

// complete adds to a payload what the job knows.
func (d *delivery) complete(ctx context.Context, p messages.Payload) messages.Payload {
	p.Name, p.RunID = d.job.Name, d.job.RunID
	p.JobID, p.JobTime = d.meta.Sequence.Stream, d.meta.Timestamp
	p.Attempt, p.Trace = d.attempt, messages.TraceOf(ctx)
	return p
}

// span begins the part of the job's trace that happens here.
func (w *Worker) span(ctx context.Context, d *delivery) (context.Context, trace.Span) {
	return w.tracer.Start(d.job.Trace.Context(ctx), "process "+messages.PrefixJobs+string(d.job.Source)+"."+string(d.job.Kind),
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithAttributes(
			// the conventions for messaging
			attribute.String("messaging.system", "nats"),
			attribute.String("messaging.operation.name", "process"),
			attribute.String("messaging.operation.type", "process"),
			attribute.String("messaging.destination.name", topology.StreamJobs),
			attribute.String("messaging.destination.template", messages.PrefixJobs+"{source}.{kind}.{key}"),
			attribute.String("messaging.consumer.group.name", topology.ConsumerFetcher(w.cfg.Source)),
			attribute.String("cledit.source", string(d.job.Source)),
			attribute.String("cledit.kind", string(d.job.Kind)),
			attribute.String("cledit.key", d.job.Key),
			attribute.String("cledit.run", d.job.RunID),
			attribute.Int("cledit.attempt", d.attempt)))
}

func endSpan(span trace.Span, outcome JobOutcome, failure *Failure) {
	span.SetAttributes(attribute.String("cledit.outcome", string(outcome)))
	if failure != nil {
		span.SetStatus(codes.Error, failure.Reason)
	}
	span.End()
}
