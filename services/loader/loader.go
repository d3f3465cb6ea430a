package loader

import (
	"cmp"
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/publish"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/database"
)

const tracerName = "github.com/cledit/pipeline/services/loader"

// Run loads until ctx ends, finishes or hands back what it holds, and returns
// nil. It fails only at start. The database may be away, the planner may not have
// made the consumer yet: both are waited for.
func Run(ctx context.Context, cfg Config) error {
	config, err := database.Parse(cfg.URL)
	if err != nil {
		return err
	}
	if err := schema.Admit(ctx, config, "loader"); err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	rt, err := service.Start(ctx, "loader", cfg.Config)
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	defer func() {
		if err := rt.Close(ctx); err != nil {
			rt.Log.Warn().Err(err).Msg("closing")
		}
	}()
	return rt.Work(ctx, prepare(cfg, config, rt))
}

// prepare makes the workers, and has /readyz ask for them before they work.
func prepare(cfg Config, sessions *pgx.ConnConfig, rt *service.Runtime) func(context.Context) error {
	now := clock(cfg.Now)
	metrics := newMetrics(rt.Registry)
	notes := newNoteLog(metrics, rt.Log)
	tables := newHealth("the database", cfg.Consumers, rt.Log)
	consumer := newHealth("the consumer of RAW", cfg.Consumers, rt.Log)
	registerSessions(rt.Registry, tables)
	rt.Ready("database", tables.check)
	rt.Ready("consumer", consumer.check)
	publisher := publish.New(rt.JS, rt.Log)
	rt.Ready("storing", publisher.Check)

	kinds := new(kinds)
	rt.Ready("kinds", func(ctx context.Context) error { return service.Remark(kinds.check(ctx)) })

	guard := newGuard()
	progress := &progress{log: rt.Log, metrics: metrics, now: now}

	workers := make([]*worker, 0, cfg.Consumers)
	for i := range cfg.Consumers {
		session := &session{
			worker: i, config: sessions, health: tables, metrics: metrics, log: rt.Log,
			answer: cmp.Or(cfg.answer, answerTimeout), limit: cmp.Or(cfg.limit, transactionTimeout),
		}
		pull := &puller{
			worker: i, js: rt.JS, chunk: cfg.Chunk, health: consumer, progress: progress, guard: guard, now: now, stayAlive: stayAlive,
		}
		w := newWorker(base{session, guard, now, metrics, rt.Log}, pull, cfg.Chunk, kinds)
		w.aside = cmp.Or(cfg.aside, w.aside)
		w.notes, w.publisher, w.tracer = notes, publisher, rt.Tracer.Tracer(tracerName)
		workers = append(workers, w)
	}
	return func(ctx context.Context) error {
		var running errgroup.Group
		for _, w := range workers {
			running.Go(func() error { return w.run(ctx) })
		}
		err := running.Wait()
		guard.leave(ctx, sessions, rt.Log)
		return err
	}
}
