package stack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/service"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
	"github.com/cledit/pipeline/services/loader"
	"github.com/cledit/pipeline/services/planner"
)

// Run runs the four services until ctx ends, and returns nil when all of them
// have drained. A service whose connection to NATS is closed for good starts again;
// one that fails otherwise ends the others, and is named. onStatus, which may be
// nil, is told what the planner sees at every tick; it must not block.
func (h *Stack) Run(ctx context.Context, onStatus func(planner.Status)) error {
	group, ctx := errgroup.WithContext(ctx)
	run := func(name string, start func(context.Context) error) {
		group.Go(func() error {
			if err := revive(ctx, name, start, h.say); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if ctx.Err() == nil {
				return fmt.Errorf("%s ended by itself", name)
			}
			return nil
		})
	}
	environments := h.environments()
	run("planner", with(h, "planner", planner.Run, environments.planner(), func(c *planner.Config) *service.Config {
		c.OnStatus = onStatus
		return &c.Config
	}))
	run("fetcher-kobis", with(h, "fetcher-kobis", fetcherkobis.Run, environments.kobis(), kobisBase))
	run("fetcher-tmdb", with(h, "fetcher-tmdb", fetchertmdb.Run, environments.tmdb(), tmdbBase))
	run("loader", with(h, "loader", loader.Run, environments.loader(), loaderBase))
	group.Go(func() error { return h.watch(ctx) })
	group.Go(func() error { return h.nats.watch(ctx) })
	return group.Wait()
}

// What all services have in common, in the configuration of each.
func kobisBase(c *fetcherkobis.Config) *service.Config { return &c.Config }
func tmdbBase(c *fetchertmdb.Config) *service.Config   { return &c.Config }
func loaderBase(c *loader.Config) *service.Config      { return &c.Config }

// What stayed up for steadyAfter had recovered: its pauses begin again.
const (
	firstPause   = time.Second
	longestPause = time.Minute
	steadyAfter  = 10 * time.Minute
)

// revive runs a service, and runs it again after a growing pause when its
// connection to NATS was closed for good, as a supervisor of processes would.
func revive(ctx context.Context, name string, start func(context.Context) error, say func(string)) error {
	pauses := backoff.NewExponentialBackOff(backoff.WithInitialInterval(firstPause), backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0), backoff.WithMaxInterval(longestPause), backoff.WithMaxElapsedTime(0))
	for {
		began := time.Now() // how long it stayed up is measured, not told: no injected clock
		err := start(ctx)
		if ctx.Err() != nil || !errors.Is(err, service.ErrNATSClosed) {
			return err
		}
		if time.Since(began) >= steadyAfter {
			pauses.Reset()
		}
		pause := pauses.NextBackOff()
		say(fmt.Sprintf("%s ended and starts again in %s: %v", name, pause, err))
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// watch ends the stack when the sources or the database end by themselves.
func (h *Stack) watch(ctx context.Context) error {
	var sources <-chan error
	if h.sources != nil {
		sources = h.sources.failed
	}
	var postgres <-chan struct{}
	if h.postgres != nil {
		postgres = h.postgres.Done()
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-sources:
		return err
	case <-postgres:
		return fmt.Errorf("postgres: %w", h.postgres.Err())
	}
}

// with reads a service's configuration from the variables that its binary would
// have read from the environment.
func with[C any](
	h *Stack, name string, run func(context.Context, C) error, environment map[string]string,
	base func(*C) *service.Config,
) func(context.Context) error {
	return func(ctx context.Context) error {
		cfg, err := service.FromMap[C](environment)
		if err != nil {
			return err
		}
		common := base(&cfg)
		common.LogConfig = service.LogConfig{LogLevel: h.cfg.LogLevel, LogFormat: "json", LogWriter: h.log}
		common.Listening = func(addr string) { h.listening(name, addr) }
		return run(ctx, cfg)
	}
}
