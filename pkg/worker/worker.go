package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/semaphore"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/publish"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
)

// Permits admit calls to one source; a quota.Ledger does.
type Permits interface {
	// Acquire blocks until at least one permit can be had and returns at most so
	// many. It fails with the error of ctx, and with quota.ErrHalted when every
	// key of the source is refused.
	Acquire(ctx context.Context, most int) ([]*quota.Permit, error)
	// WaitRevived blocks after quota.ErrHalted until a key may be used again.
	WaitRevived(ctx context.Context) error
}

// Handler answers one job with one call. It calls Start on the permit
// immediately before sending and leaves settling it to the worker: a payload
// settles it as spent, a Failure says what it was. The worker completes the
// payload with what it knows of the job.
type Handler func(context.Context, messages.Job, *quota.Permit) (messages.Payload, error)

// Config is how a worker works. Zero durations take the defaults.
type Config struct {
	Source      messages.Source
	Concurrency int // jobs in flight at a time
	Backoff     Backoff
	Log         zerolog.Logger
	Registry    prometheus.Registerer
	Tracer      trace.TracerProvider
	Now         func() time.Time // measures the stages of a job

	// Drain bounds how long jobs in flight may take once Run has to end; default 8 s.
	Drain time.Duration
	// Idle is how long one poll of an idle replica waits at the server; default 30 s.
	Idle time.Duration
	// Another bounds the wait for another permit when the first one turned out to
	// be of no use with the job already in hand; default 2 s.
	Another time.Duration
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&c.Drain, 8*time.Second)
	set(&c.Idle, 30*time.Second)
	set(&c.Another, 2*time.Second)
	c.Concurrency = max(c.Concurrency, 1)
	c.Backoff.Attempts = max(c.Backoff.Attempts, 1)
	return c
}

// Worker consumes the jobs of one source.
type Worker struct {
	cfg     Config
	js      jetstream.JetStream
	metrics *metrics
	tracer  trace.Tracer
	slots   *slots
	room    *semaphore.Weighted
	caller  caller
	settler settler
	waiting waiting
	dry     dry
	halted  atomic.Pointer[error] // why, while the source has halted

	inFlight sync.WaitGroup
}

// caller makes the calls of a source, and judges by their answers how it is.
type caller struct {
	cfg     Config
	metrics *metrics
	permits Permits
	handler Handler
	breaker *breaker
	doubts  *doubts
	trouble trouble
}

// settler tells NATS what becomes of a job: its answer, its acknowledgement, its dead letter.
type settler struct {
	cfg       Config
	metrics   *metrics
	publisher *publish.Publisher
	waiting   *waiting
}

// queue is what the planner has made for a source's fetchers.
type queue struct {
	jetstream.Consumer
	notes      jetstream.KeyValue
	ackWait    time.Duration
	maxDeliver uint64 // 0 is not a limit
	pending    uint64 // jobs that waited behind the last one that was pulled
}

// New makes a worker; Run makes it work. It fails when the registry already
// holds metrics of the same names and source.
func New(js jetstream.JetStream, permits Permits, handler Handler, cfg Config) (*Worker, error) {
	cfg = cfg.withDefaults()
	metrics, err := newMetrics(cfg.Registry, cfg.Source)
	if err != nil {
		return nil, fmt.Errorf("registering the worker's metrics: %w", err)
	}
	cfg.Log = cfg.Log.With().Str("source", string(cfg.Source)).Logger()
	w := &Worker{
		cfg: cfg, js: js, metrics: metrics, slots: newSlots(cfg.Concurrency), room: semaphore.NewWeighted(answersRoom),
		tracer: cfg.Tracer.Tracer("github.com/cledit/pipeline/pkg/worker"),
		caller: caller{
			cfg: cfg, metrics: metrics, permits: permits, handler: handler, breaker: newBreaker(cfg), doubts: newDoubts(cfg),
		},
	}
	w.settler = settler{cfg: cfg, metrics: metrics, publisher: publish.New(js, cfg.Log), waiting: &w.waiting}
	return w, nil
}

// Storing is for /readyz: it fails while an answer or a dead letter waits to be stored.
func (w *Worker) Storing(ctx context.Context) error { return w.settler.publisher.Check(ctx) }

// Run consumes jobs until ctx ends, then finishes what is in flight within
// Config.Drain, hands back the rest and returns nil. It fails only when ctx ends
// before the topology is there.
func (w *Worker) Run(ctx context.Context) error {
	q, err := w.bind(ctx)
	if err != nil {
		return err
	}
	// Jobs in flight outlive ctx, by Drain at most.
	working, abandon := context.WithCancelCause(context.WithoutCancel(ctx))
	defer abandon(nil)
	w.cfg.Log.Info().Int("concurrency", w.cfg.Concurrency).Msg("waiting for jobs")
	w.dispatch(ctx, working, q)

	w.cfg.Log.Info().Int("in_flight", w.slots.taken()).Dur("at_most", w.cfg.Drain).Msg("finishing what is in flight")
	bound := time.AfterFunc(w.cfg.Drain, func() { abandon(errShutdown) })
	defer bound.Stop()
	w.inFlight.Wait()
	return nil
}

// bind waits for what the planner makes: the consumer and the ledger's bucket.
func (w *Worker) bind(ctx context.Context) (*queue, error) {
	defer w.waiting.begin("find the jobs and the ledger, which the planner makes", w.cfg.Now())()
	waiting := func(err error) {
		w.cfg.Log.Info().Err(err).Msg("waiting for the planner to make the streams")
	}
	consumer, err := topology.Consumer(ctx, w.js, topology.StreamJobs, topology.ConsumerFetcher(w.cfg.Source), waiting)
	if err != nil {
		return nil, err
	}
	notes, err := topology.Bucket(ctx, w.js, waiting)
	if err != nil {
		return nil, err
	}
	cfg := consumer.CachedInfo().Config
	return &queue{
		Consumer: consumer, notes: notes, ackWait: cfg.AckWait, maxDeliver: uint64(max(cfg.MaxDeliver, 0)),
	}, nil
}

// waitRevived reports that the source has halted and returns when it may go on.
func (w *Worker) waitRevived(ctx context.Context, cause error) error {
	w.metrics.halted.Set(1)
	w.halted.Store(&cause)
	defer w.halted.Store(nil)
	w.cfg.Log.Error().Err(cause).Msg("halted: the source refuses every key; jobs stay queued until an operator enables or replaces a key")
	w.caller.trouble.set(&w.caller.trouble.halted, cause.Error())
	defer w.metrics.halted.Set(0)
	defer w.caller.trouble.set(&w.caller.trouble.halted, "")
	if err := w.caller.permits.WaitRevived(ctx); err != nil {
		return err
	}
	w.cfg.Log.Info().Msg("resuming: a key is usable again")
	return nil
}

// isHalted reports whether the source has no usable key.
func isHalted(err error) bool { return errors.Is(err, quota.ErrHalted) }
