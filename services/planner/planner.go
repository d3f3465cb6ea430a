package planner

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

// poolClose bounds the end of the session.
const poolClose = 2 * time.Second

const tracerName = "github.com/cledit/pipeline/services/planner"

// Planner compares and publishes. One goroutine at a time may use it.
type Planner struct {
	cfg     Config
	log     zerolog.Logger
	js      jetstream.JetStream
	streams *streams.Client
	answers *streams.Answers
	ledger  jetstream.KeyValue
	pool    *pgxpool.Pool
	store   *store.Store
	metrics *metrics
	tracer  trace.Tracer

	differences string // as last reported
	ensuredAt   time.Time
	swept       string // the film up to which the sweep has come
	endedRuns   time.Time
	counted     time.Time            // the open dead letters
	blockedBy   string               // as last reported
	stuck       map[uint64]time.Time // jobs that no fetcher gets any more, since when
	stuckFor    time.Duration
	pace        policy.Pace
	full        bool                        // the high-water mark kept jobs from being published
	waiting     map[messages.Name]time.Time // jobs that are gone from JOBS and not answered, since when
	surveyed    bool                        // the catalogue was verified, as last seen
	told        told
	last        atomic.Pointer[error] // how the last look ended; nil: there was none
}

// open connects to the database and makes the streams. The pool has a session for
// the ticks and one for those who ask how it is meanwhile; the lock of the leader has
// its own.
func open(ctx context.Context, cfg Config, nc *nats.Conn, js jetstream.JetStream, log zerolog.Logger, m *metrics) (*Planner, error) {
	p := &Planner{cfg: cfg, log: log, js: js, metrics: m, tracer: noop.NewTracerProvider().Tracer(tracerName), stuckFor: stuckFor, told: told{whole: "not leading"}}
	if p.cfg.Now == nil {
		p.cfg.Now = time.Now
	}
	pool, err := openPool(ctx, cfg.URL)
	if err != nil {
		return nil, err
	}
	p.pool, p.store = pool, store.New(pool)
	if p.streams, err = streams.New(nc); err != nil {
		return nil, errors.Join(fmt.Errorf("opening JetStream: %w", err), p.close())
	}
	subject := catalogue.Name(catalogue.All, 0)
	subject.Key = catalogue.All + ".*"
	if p.answers, err = streams.Listen(nc, subject.RawSubject()); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	cfg.MaxConns, cfg.MinConns = 2, 0
	setSession(cfg.ConnConfig.RuntimeParams)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return pool, nil
}

// setSession names the session, and has plans made for the arguments at hand:
// the arrays of one tick and those of a first load differ in size by thousands.
func setSession(params map[string]string) {
	if params["application_name"] == "" {
		params["application_name"] = "planner"
	}
	params["plan_cache_mode"] = "force_custom_plan"
}

func (p *Planner) close() error {
	var err error
	if p.answers != nil {
		if err = p.answers.Close(); errors.Is(err, nats.ErrConnectionClosed) {
			err = nil
		}
	}
	p.closePool()
	return err
}

// closePool ends the session. The pool waits 15 s for a server that does not
// answer; it ends such sessions by itself.
func (p *Planner) closePool() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		p.pool.Close()
	}()
	select {
	case <-closed:
	case <-time.After(poolClose):
		p.log.Warn().Msg("the database was left without a farewell")
	}
}

// ensureEvery is the time between two checks of the topology.
const ensureEvery = 30 * time.Second

// ensure makes missing streams, consumers and the bucket, and reports what
// differs, once for each set of differences.
func (p *Planner) ensure(ctx context.Context, now time.Time) error {
	diffs, err := topology.Ensure(ctx, p.js, p.cfg.topology())
	if err != nil {
		return fmt.Errorf("ensuring the streams: %w", err)
	}
	p.metrics.differences.WithLabelValues().Set(float64(len(diffs)))
	if text := fmt.Sprint(diffs); text != p.differences {
		p.differences = text
		for _, d := range diffs {
			p.log.Warn().Str("object", d.Object).Str("setting", d.Setting).Str("have", d.Have).Str("want", d.Want).
				Msg("JetStream differs from the configuration; `planner topology --apply` changes it")
		}
	}
	if p.ledger, err = p.js.KeyValue(ctx, topology.BucketQuota); err != nil {
		return fmt.Errorf("binding to bucket %s: %w", topology.BucketQuota, err)
	}
	p.ensuredAt = now
	return nil
}

// look takes a view, and makes what turns out to be missing.
func (p *Planner) look(ctx context.Context) (streams.View, error) {
	if p.ledger == nil || time.Since(p.ensuredAt) > ensureEvery {
		if err := p.ensure(ctx, time.Now()); err != nil {
			return streams.View{}, err
		}
	}
	view, err := p.streams.Observe(ctx)
	if errors.Is(err, streams.ErrMissing) {
		if err := p.ensure(ctx, time.Now()); err != nil {
			return streams.View{}, err
		}
		view, err = p.streams.Observe(ctx)
	}
	for _, subject := range view.Foreign {
		p.metrics.foreign.Inc()
		p.log.Warn().Str("subject", subject).Msg("what nobody has published as a dead letter is passed over: has a service been taken over?")
	}
	return view, err
}

// sources in the order in which they are reported.
var sources = []messages.Source{messages.KOBIS, messages.TMDB}
