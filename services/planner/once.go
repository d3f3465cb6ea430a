package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/planner/internal/lead"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// leadRetry is the time between two attempts to take the lead.
const leadRetry = time.Second

// onceConfig is what one reconciliation runs with.
type onceConfig struct {
	Config
	service.Waiting
	service.Streams
	Patience patience `flag:"patience" help:"how long to wait without any progress of the fetchers and the loader (1m)"`
}

// patience is a duration, a minute when not given.
type patience time.Duration

// UnmarshalText reads a duration such as 90s.
func (p *patience) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	if err != nil || d < 0 {
		return fmt.Errorf("%q is not a duration such as 1m", text)
	}
	*p = patience(d)
	return nil
}

func (p patience) orDefault() time.Duration {
	if p == 0 {
		return time.Minute
	}
	return time.Duration(p)
}

// Once makes one complete reconciliation: it ticks until everything that is due
// now is published. Where the high-water mark, the loader's backlog or a page
// whose successor depends on it are in the way, it waits as long as fetchers and
// loader make progress, and a while longer; where the budget is, or no fetcher
// has ever come, it ends. What becomes due later is for the next time. While
// another planner leads there is nothing to do.
func Once(ctx context.Context, cfg onceConfig) error {
	cfg.HTTPAddr, cfg.Await = "off", cfg.Wait // it may run beside a planner that serves that address
	if err := schema.Await(ctx, cfg.URL, cfg.Wait); err != nil {
		return err
	}
	return service.Do(ctx, "planner", cfg.Config.Config, func(ctx context.Context, rt *service.Runtime) error {
		return once(ctx, cfg, rt)
	})
}

func once(ctx context.Context, cfg onceConfig, rt *service.Runtime) (err error) {
	var status Status
	cfg.OnStatus = func(s Status) { status = s }
	p, err := open(ctx, cfg.Config, connections{rt.NATS, rt.JS, rt.Log, rt.Tracer.Tracer(tracerName), rt.Registry})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	published, err := p.once(ctx, &status, cfg.Patience.orDefault())
	if cfg.Stdout != nil && published >= 0 {
		fmt.Fprintf(cfg.Stdout, "published %d calls; %d more are due and wait for room or for their day\n", published, status.Due())
	} else if cfg.Stdout != nil && err == nil {
		fmt.Fprintln(cfg.Stdout, "nothing to do: another planner leads")
	}
	return err
}

// once returns how many calls were published, -1 where another planner leads or
// nothing could be looked at.
func (p *Planner) once(ctx context.Context, status *Status, patience time.Duration) (int, error) {
	lease := lead.New(p.cfg.URL, lead.Silence)
	defer lease.Drop(ctx)
	published, moved := 0, time.Now()
	var failed tick.Faults // of the last tick
	var before progress
	for {
		t, err := p.tickAsLeader(ctx, lease)
		if errors.Is(err, lead.ErrElsewhere) {
			p.log.Info().Msg("nothing to do: another planner leads")
			return -1, nil
		}
		if failed = nil; err != nil && !errors.As(err, &failed) {
			return -1, err
		}
		p.logSteps(failed)
		published += t.Decision.Published
		if now := progressOf(*status); now != before {
			before, moved = now, time.Now()
		}
		if planned(*status) || time.Since(moved) > patience {
			p.log.Info().Int("published", published).Int("due", status.Due()).Msg("reconciled")
			if len(failed) > 0 {
				return published, failed
			}
			return published, nil
		}
		p.pause(ctx, lease, p.interval(t, nil))
		if ctx.Err() != nil {
			return published, context.Cause(ctx)
		}
	}
}

// progress changes as long as fetchers and loader do something.
type progress struct{ due, outstanding, backlog int }

func progressOf(s Status) progress {
	now := progress{due: s.Due(), backlog: s.Backlog}
	for _, workload := range s.Workloads {
		now.outstanding += workload.Outstanding
	}
	return now
}

// planned reports whether nothing more can be published now or after a while of
// the same day.
func planned(s Status) bool {
	if s.Published > 0 || s.Unread {
		return false
	}
	for _, source := range s.Sources {
		if !source.Registered {
			continue // nobody answers what is published
		}
		if source.Source == messages.KOBIS && s.CatalogueReading {
			return false
		}
		spent := source.Budget-source.KeptBack <= source.Outstanding
		for _, workload := range s.Workloads {
			if workload.Source == source.Source && workload.Due > 0 && !spent {
				return false
			}
		}
	}
	return true
}
