package planner

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/report"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
	"github.com/cledit/pipeline/services/planner/internal/tick"
	"github.com/cledit/pipeline/services/planner/why"
)

// poolClose bounds the end of the session.
const poolClose = 2 * time.Second

const tracerName = "github.com/cledit/pipeline/services/planner"

// Planner runs ticks as long as it leads. One goroutine at a time may use it.
type Planner struct {
	cfg        Config
	log        zerolog.Logger
	pool       *pgxpool.Pool
	store      *store.Store
	answers    *streams.Answers
	metrics    *tick.Metrics
	reconciler *tick.Reconciler
	last       atomic.Pointer[error] // how the last tick ended; nil: there was none
	logged     logged
	standing   standing
	nc         *nats.Conn
}

// connections are what a planner works with beside its database.
type connections struct {
	nats     *nats.Conn
	js       jetstream.JetStream
	log      zerolog.Logger
	tracer   trace.Tracer
	registry prometheus.Registerer
}

// open connects to the database and listens for answers. The pool has a session for
// the ticks and one for those who ask how it is meanwhile; the lock of the leader has
// its own.
func open(ctx context.Context, cfg Config, c connections) (*Planner, error) {
	pool, err := openPool(ctx, cfg.URL)
	if err != nil {
		return nil, err
	}
	return assemble(cfg, cfg.tick(), c, pool)
}

// assemble makes a planner of its parts; it closes the pool.
func assemble(cfg Config, by tick.Config, c connections, pool *pgxpool.Pool) (*Planner, error) {
	p := &Planner{
		cfg: cfg, log: c.log, pool: pool, nc: c.nats, store: store.New(pool), metrics: tick.NewMetrics(c.registry),
		logged: logged{whole: "not leading"},
	}
	client, err := streams.New(c.nats)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening JetStream: %w", err), p.close())
	}
	subject := catalogue.Name(catalogue.All, 0)
	subject.Key = catalogue.All + ".*"
	if p.answers, err = streams.Listen(c.nats, subject.RawSubject()); err != nil {
		return nil, errors.Join(err, p.close())
	}
	by.Log, by.Tracer, by.OnTick = c.log, c.tracer, p.onTick
	by.Say = func(r why.Reason) string { return report.English(r, p.now()) }
	p.reconciler = tick.New(by, c.js, client, p.answers, p.store, p.metrics)
	return p, nil
}

// Tick makes one iteration; see package tick.
func (p *Planner) Tick(ctx context.Context) (tick.Result, error) {
	t, err := p.reconciler.Tick(ctx)
	p.renew(err)
	return t, err
}

// renew reopens the sessions of the database after an error of theirs: one may have
// become read-only, or have settings that a role has no more.
func (p *Planner) renew(err error) {
	list := []error{err}
	if failed, ok := errors.AsType[tick.Faults](err); ok {
		list = failed.Unwrap()
	}
	for _, err := range list {
		if _, ok := errors.AsType[*pgconn.PgError](err); ok && !store.OfData(err) {
			p.pool.Reset()
			return
		}
	}
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
		p.log.Warn().Msg("timed out closing the database pool")
	}
}
