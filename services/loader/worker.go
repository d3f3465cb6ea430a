package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/publish"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/staging"
)

const (
	// chunkBytes bounds the bodies of a transaction: a small message can hold a
	// body of 16 MiB.
	chunkBytes = 16 << 20
	// grace is what a worker has to finish after the loader was told to stop.
	grace = 6 * time.Second
	// deriveAtLeast is how often a worker works off some marks whatever there is to
	// load, so that production moves under any backlog.
	deriveAtLeast = 30 * time.Second
	// mostPutOffs is how many times a payload is put off: for more than two hours.
	mostPutOffs = 8
)

// base is what all parts of a worker work with: its one session above all.
type base struct {
	session *session
	guard   *guard
	now     func() time.Time
	metrics *metrics
	log     zerolog.Logger
}

// worker loads chunks and works off marks on one connection.
type worker struct {
	base
	puller       *puller
	aside        time.Duration // for which a payload is put off
	notes        *noteLog
	publisher    *publish.Publisher
	tracer       trace.Tracer
	tries        tries
	deriver      deriver
	housekeeping housekeeping
}

// newWorker makes a worker that loads what a puller takes, in chunks of so many messages.
func newWorker(b base, p *puller, chunk int, kinds *kinds) *worker {
	t := tries{b}
	return &worker{
		base: b, puller: p, aside: blockedFor, tries: t, deriver: deriver{base: b, tries: t, chunk: chunk, limit: int32(chunk)},
		housekeeping: housekeeping{base: b, js: p.js, kinds: kinds},
	}
}

// run works until ctx ends; what was pulled by then is finished within the grace
// period or handed back.
func (w *worker) run(ctx context.Context) error {
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(grace, func() { cancel(errGrace) })
		context.AfterFunc(work, func() { timer.Stop() })
	})
	defer stop()
	batches := make(chan *batch)
	go w.puller.run(ctx, work, batches)
	defer w.session.drop(work)
	w.session.open(ctx)
	if w.session.worker == 0 {
		w.tries.enter(ctx)
		w.housekeeping.ruled = w.housekeeping.applyRules(ctx) == nil // else it is tried again
	}
	w.deriver.derived = w.now()
	for b := range batches {
		w.load(work, b)
		// Loading goes first: what follows may mark the same titles again.
		if !b.more || w.now().Sub(w.deriver.derived) > deriveAtLeast {
			w.derive(ctx, work, batches)
		}
		w.housekeeping.run(work)
	}
	return nil
}

// derive works off marks until there are none or a backlog is to be loaded.
func (w *worker) derive(ctx, work context.Context, batches <-chan *batch) {
	for ctx.Err() == nil && w.deriver.drain(work) {
		select {
		case b, open := <-batches:
			if !open {
				return
			}
			w.load(work, b)
			if b.more {
				return
			}
		default:
		}
	}
}

// load lands a batch and acknowledges it. What it could not land, because the
// loader stops, it hands back.
func (w *worker) load(ctx context.Context, b *batch) {
	defer b.close()
	handBack(w, b.unread)
	if len(b.suspects) > 0 {
		w.tryAlone(ctx, b.suspects)
	}
	chunk := make([]*message, 0, len(b.messages))
	for _, m := range b.messages {
		if m.problem != nil {
			w.bury(ctx, m, m.problem)
		} else {
			chunk = append(chunk, m)
		}
	}
	if len(chunk) == 0 {
		return
	}
	started := w.now()
	ctx, end := w.span(ctx, chunk)
	if err := w.land(ctx, chunk); err != nil {
		handBack(w, chunk)
	}
	end()
	w.metrics.chunk.Observe(w.now().Sub(started).Seconds())
}

// land writes a chunk. When the database refuses it, its halves are tried, until
// what is refused stands alone; that goes to DEAD.
func (w *worker) land(ctx context.Context, chunk []*message) error {
	leave, err := w.guard.share(ctx)
	if err != nil {
		return err
	}
	err = w.write(ctx, chunk)
	leave()
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("landing: %w", err)
	case len(chunk) == 1 && contended(err):
		return w.land(ctx, chunk)
	case len(chunk) == 1 && errors.Is(err, errTransaction):
		w.putOff(ctx, chunk[0], err)
		return nil
	case len(chunk) == 1:
		w.bury(ctx, chunk[0], err)
		return nil
	}
	half := len(chunk) / 2
	return errors.Join(w.land(ctx, chunk[:half]), w.land(ctx, chunk[half:]))
}

// putOff has a payload that takes longer than a transaction may wait for a while:
// somebody holds a lock, most likely, and the others go on. Not for ever: RAW's
// consumer remembers all that is loaded after it, and hands out only so much more.
func (w *worker) putOff(ctx context.Context, m *message, problem error) {
	if w.session.health.late(m, w.now(), w.aside) > mostPutOffs {
		w.bury(ctx, m, fmt.Errorf("%w, %d times", problem, mostPutOffs+1))
		return
	}
	w.log.Error().Ctx(ctx).Err(problem).Str("subject", m.Subject()).Dur("for", w.aside).
		Msg("landing a payload exceeded the transaction limit; it is put off (does a session hold a lock?)")
	_ = m.NakWithDelay(w.aside) // else it is delivered again sooner
}

// write is one transaction that lands a chunk and takes back the notes of its
// messages, if there are any. What has landed it acknowledges.
func (w *worker) write(ctx context.Context, chunk []*message, notes ...string) error {
	payloads := make([]*staging.Payload, 0, len(chunk))
	for _, m := range chunk {
		payloads = append(payloads, m.payload)
	}
	var landed staging.Landed
	var drifts []staging.Drift
	err := w.session.transactInTime(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if len(notes) > 0 {
			if err := db.New(tx).ClearSuspects(ctx, db.ClearSuspectsParams{Kind: suspectMessage, Keys: notes}); err != nil {
				return fmt.Errorf("taking notes back: %w", err)
			}
		}
		if landed, err = staging.Land(ctx, tx, payloads, w.now()); err == nil {
			drifts, err = staging.Note(ctx, tx, payloads, w.now())
		}
		return err
	})
	if err != nil {
		return err
	}
	w.acknowledge(chunk, landed)
	w.session.health.settled(chunk...)
	w.notes.drifted(drifts)
	return nil
}

func (w *worker) acknowledge(chunk []*message, landed staging.Landed) {
	for _, m := range chunk {
		w.ack(m)
		w.notes.add(m)
	}
	w.metrics.landed(chunk, landed, w.now())
}

// ack is plain: a confirmed one would block on every message that was delivered
// before a reset of the consumer.
func (w *worker) ack(m *message) {
	if err := m.Ack(); err != nil {
		w.log.Debug().Err(err).Str("subject", m.Subject()).Msg("acknowledging; it is delivered again")
	}
}

// span is that of a chunk: it has a trace of its own, with a link to the trace of each
// message, which began with its job.
func (w *worker) span(ctx context.Context, chunk []*message) (spanned context.Context, end func()) {
	links := make([]trace.Link, 0, len(chunk))
	for _, m := range chunk {
		if of := trace.SpanContextFromContext(m.payload.Trace.Context(context.Background())); of.IsValid() {
			links = append(
				links,
				trace.Link{SpanContext: of, Attributes: []attribute.KeyValue{attribute.String("cledit.payload", m.payload.Name.String())}},
			)
		}
	}
	spanned, span := w.tracer.Start(ctx, "process "+topology.StreamRaw, trace.WithNewRoot(), trace.WithTimestamp(w.now()),
		trace.WithSpanKind(trace.SpanKindConsumer), trace.WithLinks(links...), trace.WithAttributes(
			// the conventions for messaging
			attribute.String("messaging.system", "nats"),
			attribute.String("messaging.operation.name", "process"),
			attribute.String("messaging.operation.type", "process"),
			attribute.String("messaging.destination.name", topology.StreamRaw),
			attribute.String("messaging.destination.template", messages.PrefixRaw+"{source}.{kind}.{key}"),
			attribute.String("messaging.consumer.group.name", topology.ConsumerLoader),
			attribute.Int("messaging.batch.message_count", len(chunk))))
	return spanned, func() { span.End(trace.WithTimestamp(w.now())) }
}

// handBack gives messages to anyone who pulls next.
func handBack[M jetstream.Msg](w *worker, msgs []M) {
	for _, m := range msgs {
		if err := m.Nak(); err != nil {
			w.log.Debug().Err(err).Str("subject", m.Subject()).Msg("handing back; it is delivered again")
		}
	}
}

// dismiss acknowledges what nobody has published as a payload. It is not a letter:
// that would say something of the entity on whose subject it stands.
func (w *worker) dismiss(m *message, problem error) {
	w.ack(m)
	w.metrics.foreign.Inc()
	w.log.Warn().Err(problem).Str("subject", m.Subject()).
		Msg("skipped a message of RAW that no service published as a payload; is a service compromised?")
}

// bury stores a message in DEAD, tries until that is done, and only then
// acknowledges it, and reports whether it is there. It ends early with ctx alone,
// and the message is delivered again.
func (w *worker) bury(ctx context.Context, m *message, problem error) bool {
	if errors.Is(problem, messages.ErrForeign) {
		w.dismiss(m, problem)
		return true
	}
	letter := messages.DeadLetter{
		Subject: m.Subject(), Header: m.Headers(), Body: m.Data(), Reason: reason(problem), Error: problem.Error(),
	}
	err := w.publisher.Bury(ctx, letter)
	switch {
	case errors.Is(err, publish.ErrRefused):
		// Not even its reason alone: DEAD is not what it should be.
		w.log.Error().Ctx(ctx).Err(err).Str("subject", m.Subject()).Dur("for", blockedFor).
			Msg("DEAD refuses a payload, which stays in RAW; repair DEAD, or remove the payload from RAW")
		_ = m.NakWithDelay(blockedFor) // else it is delivered again sooner
		return false
	case err != nil:
		handBack(w, []*message{m})
		return false
	}
	w.ack(m)
	w.session.health.settled(m)
	_, name, _ := messages.ParseSubject(m.Subject()) // unknown subjects count under empty labels
	w.metrics.dead.WithLabelValues(string(name.Source), string(name.Kind)).Inc()
	w.log.Warn().Ctx(ctx).Str("subject", m.Subject()).Str("reason", letter.Reason).Msg("a payload went to DEAD")
	if errors.Is(m.problem, decode.ErrBreach) {
		w.breached(ctx, m, name)
	}
	return true
}
