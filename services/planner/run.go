package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
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
	if err := settingsInfo(rt.Registry, cfg); err != nil {
		return err
	}
	p, err := open(ctx, cfg, rt.NATS, rt.JS, rt.Log, newMetrics(rt.Registry))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	p.tracer = rt.Tracer.Tracer(tracerName)
	rt.Ready("database", p.ready)
	rt.Ready("planning", func(context.Context) error { return service.Remark(p.trouble()) })
	return rt.Work(ctx, func(ctx context.Context) error {
		p.loop(ctx)
		return nil
	})
}

// admit fails for a login that is none of a planner.
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
	lead := &leader{url: p.cfg.URL, silence: leaseLeast}
	defer lead.drop(ctx)
	defer p.metrics.leads(false)
	for ctx.Err() == nil {
		err := p.turn(ctx, lead)
		p.tell(ctx, err)
		p.pause(ctx, lead, p.interval(err))
	}
}

// turn is one tick, if this planner leads.
func (p *Planner) turn(ctx context.Context, lead *leader) error {
	ctx, cancel := context.WithTimeoutCause(ctx, tickLimit, fmt.Errorf("a tick took longer than %s", tickLimit))
	defer cancel()
	if err := lead.lead(ctx); err != nil {
		p.metrics.leads(false)
		p.counted = time.Time{}
		return err
	}
	p.metrics.leads(true)
	ctx, stop := lead.keep(ctx)
	defer stop()
	err := schema.Check(ctx, p.pool)
	if err != nil {
		p.renew(err)
	} else {
		_, err = p.Tick(ctx)
	}
	if err != nil && leadLost(ctx) {
		return context.Cause(ctx) // what was broken off says no more than that
	}
	return err
}

// hurry is the part of the interval, as its divisor, after which the next tick
// comes when only the high-water mark kept this one from publishing more: fast
// fetchers would run dry.
const hurry = 4

func (p *Planner) interval(err error) time.Duration {
	switch {
	case errors.Is(err, errNotALeader):
		return min(p.cfg.Interval, leadRetry)
	case err == nil && p.full:
		return p.cfg.Interval / hurry
	}
	return p.cfg.Interval
}

// pause waits for the next tick: an interval, or an answer that lets the reading
// of the list go on. Meanwhile it keeps the lead.
func (p *Planner) pause(ctx context.Context, lead *leader, interval time.Duration) {
	timer, beat := time.NewTimer(interval), time.NewTicker(leaseBeat)
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
			if !lead.held || lead.lead(ctx) != nil {
				return // the next tick says why
			}
		}
	}
}
