package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// tickLimit bounds a tick, so that a hanging server shows as an error.
const tickLimit = 2 * time.Minute

// Run plans until the context ends, as the leader or in waiting for the lead. It
// returns an error only when it could not start.
func Run(ctx context.Context, cfg Config) (err error) {
	if err := admit(ctx, cfg.URL); err != nil {
		return err
	}
	rt, err := service.Start(ctx, "planner", cfg.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
	if err := errors.Join(settingsInfo(rt.Registry, cfg), intervalInfo(rt.Registry, cfg)); err != nil {
		return err
	}
	p, err := open(ctx, cfg, connections{rt.NATS, rt.JS, rt.Log, rt.Tracer.Tracer(tracerName), rt.Registry})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	rt.Ready("database", p.ready)
	rt.Ready("planning", func(context.Context) error { return service.Remark(p.trouble()) })
	return rt.Work(ctx, func(ctx context.Context) error {
		p.loop(ctx)
		return nil
	})
}

// admit fails for a login that is not a planner's.
func admit(ctx context.Context, url string) error {
	database, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	return schema.Admit(ctx, database, "planner")
}

// ready reports whether the database answers and has the schema, also while a tick
// takes long.
func (p *Planner) ready(ctx context.Context) error {
	if err := schema.Check(ctx, p.pool); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	return nil
}

// loop ticks while this planner leads.
func (p *Planner) loop(ctx context.Context) {
	lease := lead.New(p.cfg.URL, lead.Silence)
	defer lease.Drop(ctx)
	defer p.reconciler.Lead(false)
	for ctx.Err() == nil {
		t, err := p.tickAsLeader(ctx, lease)
		p.logTick(ctx, err)
		p.pause(ctx, lease, p.interval(t, err))
	}
}

// tickAsLeader is one tick, if this planner leads.
func (p *Planner) tickAsLeader(ctx context.Context, lease *lead.Lease) (tick.Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, tickLimit, fmt.Errorf("timed out: a tick takes at most %s", tickLimit))
	defer cancel()
	if err := lease.Hold(ctx); err != nil {
		p.reconciler.Lead(false)
		return tick.Result{}, err
	}
	p.reconciler.Lead(true)
	if p.nc.Status() != nats.CONNECTED {
		p.tellFailure(ctx, errNATSAway) // now: the tick waits for the connection
	}
	ctx, stop := lease.Keep(ctx)
	defer stop()
	var t tick.Result
	err := schema.Check(ctx, p.pool)
	if err != nil {
		p.renew(err)
	} else {
		t, err = p.Tick(ctx)
	}
	if err != nil && lead.Lost(ctx) {
		return t, context.Cause(ctx) // what was broken off says no more than that
	}
	return t, err
}

// hurry is the part of the interval, as its divisor, after which the next tick
// comes when only the high-water mark kept this one from publishing more: fast
// fetchers would run dry.
const hurry = 4

func (p *Planner) interval(t tick.Result, err error) time.Duration {
	switch {
	case errors.Is(err, lead.ErrElsewhere):
		return min(p.cfg.Interval, leadRetry)
	case err == nil && t.Decision.Full:
		return p.cfg.Interval / hurry
	}
	return p.cfg.Interval
}

// pause waits for the next tick: an interval, or an answer that lets the reading
// of the list go on. Meanwhile it keeps the lead.
func (p *Planner) pause(ctx context.Context, lease *lead.Lease, interval time.Duration) {
	timer, beat := time.NewTimer(interval), time.NewTicker(lead.Beat)
	defer timer.Stop()
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-p.answers.Wake():
			return
		case <-beat.C:
			if !lease.Held() || lease.Hold(ctx) != nil {
				return // the next tick says why
			}
		}
	}
}
