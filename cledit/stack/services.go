package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	run("planner", with(h, "planner", planner.Run, h.plannerEnvironment(), func(c *planner.Config) *service.Config {
		c.OnStatus = onStatus
		return &c.Config
	}))
	run("fetcher-kobis", with(h, "fetcher-kobis", fetcherkobis.Run, h.kobisEnvironment(), func(c *fetcherkobis.Config) *service.Config { return &c.Config }))
	run("fetcher-tmdb", with(h, "fetcher-tmdb", fetchertmdb.Run, h.tmdbEnvironment(), func(c *fetchertmdb.Config) *service.Config { return &c.Config }))
	run("loader", with(h, "loader", loader.Run, h.loaderEnvironment(), func(c *loader.Config) *service.Config { return &c.Config }))
	group.Go(func() error { return h.watch(ctx) })
	return group.Wait()
}

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

// watch ends the stack when what the services stand on ends by itself.
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
		return errors.Join(errors.New("postgres ended by itself"), h.postgres.Err())
	}
}

// with reads a service's configuration from the variables that its binary would
// have read from the environment.
func with[C any](h *Stack, name string, run func(context.Context, C) error, environment map[string]string, base func(*C) *service.Config) func(context.Context) error {
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

// common is what every service is told.
func (h *Stack) common(more map[string]string) map[string]string {
	environment := map[string]string{"NATS_URL": h.nats.ClientURL(), "HTTP_ADDR": "127.0.0.1:0"}
	if h.password != "" {
		environment["NATS_USER"], environment["NATS_PASSWORD"] = natsUser, h.password
	}
	maps.Copy(environment, more)
	return environment
}

// pick takes the named variables of the sources.
func (h *Stack) pick(names ...string) map[string]string {
	var all map[string]string
	if h.sources == nil {
		all = map[string]string{
			"KOBIS_API_KEYS": h.cfg.KOBISKeys, "TMDB_ACCESS_TOKEN": h.cfg.TMDBToken,
			"KOBIS_BASE_URL": h.cfg.KOBISURL, "TMDB_BASE_URL": h.cfg.TMDBURL,
		}
	} else {
		all = h.sources.environment()
	}
	picked := map[string]string{}
	for _, name := range names {
		if value := all[name]; value != "" {
			picked[name] = value
		}
	}
	return picked
}

// demonstration are settings that make a simulated run end soon; the real
// sources keep the defaults.
func (h *Stack) demonstration(environment, faster map[string]string) map[string]string {
	if h.sources != nil {
		maps.Copy(environment, faster)
	}
	return environment
}

func (h *Stack) plannerEnvironment() map[string]string {
	environment := h.common(h.pick("KOBIS_DAILY_QUOTA", "KOBIS_RATE", "TMDB_RATE"))
	environment["DATABASE_URL"] = h.database
	faster := map[string]string{"PLANNER_INTERVAL": "250ms"}
	if truth := h.Truth(); truth != nil && len(truth.BoxOfficeDays) > 0 {
		day := truth.BoxOfficeDays[0]
		faster["BOX_OFFICE_FROM"] = day[:4] + "-" + day[4:6] + "-" + day[6:]
	}
	return h.demonstration(environment, faster)
}

func (h *Stack) kobisEnvironment() map[string]string {
	environment := h.common(h.pick("KOBIS_BASE_URL", "KOBIS_API_KEYS", "KOBIS_DAILY_QUOTA", "KOBIS_RATE"))
	return h.demonstration(environment, map[string]string{"FETCH_CONCURRENCY": "16"})
}

func (h *Stack) tmdbEnvironment() map[string]string {
	environment := h.common(h.pick("TMDB_BASE_URL", "TMDB_ACCESS_TOKEN", "TMDB_RATE"))
	return h.demonstration(environment, map[string]string{"FETCH_CONCURRENCY": "16"})
}

func (h *Stack) loaderEnvironment() map[string]string {
	environment := h.common(nil)
	environment["DATABASE_URL"] = h.database
	return environment
}
