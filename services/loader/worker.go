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

// worker loads chunks and works off marks on one connection.
type worker struct {
	session      *session
	puller       *puller
	guard        *guard
	now          func() time.Time
	chunk        int
	aside        time.Duration // for which a payload is put off
	limit        int32         // titles of one derivation; smaller after a refusal
	notes        *noteLog
	publisher    *publish.Publisher
	metrics      *metrics
	tracer       trace.Tracer
	log          zerolog.Logger
	housekeeping housekeeping
	kinds        *kinds
	derived      time.Time // when marks were last worked off
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
		w.enter(ctx)
		w.housekeeping.ruled = w.applyRules(ctx) == nil // else it is tried again
	}
	w.derived = w.now()
	for b := range batches {
		w.load(work, b)
		// Loading goes first: what follows may mark the same titles again.
		if !b.more || w.now().Sub(w.derived) > deriveAtLeast {
			w.derive(ctx, work, batches)
		}
		w.keepHouse(work)
	}
	return nil
}

// derive works off marks until there are none or a backlog is to be loaded.
func (w *worker) derive(ctx, work context.Context, batches <-chan *batch) {
	for ctx.Err() == nil && w.drain(work) {
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
	if err := w.land(ctx, chunk); err != nil {
		handBack(w, chunk)
	}
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
	w.log.Error().Err(problem).Str("subject", m.Subject()).Dur("for", w.aside).
		Msg("landing a payload takes longer than a transaction may; it waits: who holds a lock?")
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
	started := w.now()
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
	w.trace(ctx, chunk, started)
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

// trace ends the way of each answer that began with a traced job.
func (w *worker) trace(ctx context.Context, chunk []*message, started time.Time) {
	for _, m := range chunk {
		if m.payload.Trace.Parent == "" {
			continue
		}
		_, span := w.tracer.Start(m.payload.Trace.Context(ctx), "load "+string(m.payload.Kind),
			trace.WithTimestamp(started), trace.WithSpanKind(trace.SpanKindConsumer))
		span.SetAttributes(attribute.String("payload", m.payload.Name.String()))
		span.End(trace.WithTimestamp(w.now()))
	}
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
	w.log.Warn().Err(problem).Str("subject", m.Subject()).Msg("what nobody has published as a payload is passed over: has a service been taken over?")
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
		w.log.Error().Err(err).Str("subject", m.Subject()).Dur("for", blockedFor).
			Msg("DEAD does not take a payload, which waits; mend DEAD, or remove it from RAW")
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
	w.log.Warn().Str("subject", m.Subject()).Str("reason", letter.Reason).Msg("a payload went to DEAD")
	if errors.Is(m.problem, decode.ErrBreach) {
		w.breached(ctx, m, name)
	}
	return true
}
