package rehearsal

import (
	"context"
	"fmt"
	"maps"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/service"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
	"github.com/cledit/pipeline/services/loader"
	"github.com/cledit/pipeline/services/planner"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/traffic"
)

// The services by name.
const (
	Planner = "planner"
	KOBIS   = "fetcher-kobis"
	TMDB    = "fetcher-tmdb"
	Loader  = "loader"
)

// All are the four services, in the order in which they are started.
var All = []string{Planner, KOBIS, TMDB, Loader}

// Options say what is rehearsed.
type Options struct {
	// Start is what the clock shows at first.
	Start time.Time
	// Sim is what the sources hold. Keys, limits and the clock are set here.
	Sim sim.Options
	// DailyQuota is that of the one key of KOBIS.
	DailyQuota int
	// Env changes variables that the services are configured with.
	Env map[string]string
}

const (
	key   = "0123456789abcdef0123456789abcdef"
	token = "0123456789abcdef-rehearsal-token"
	// The rates are counted by the clock at its natural pace.
	rate = "500/1s"
)

// Stage is the pipeline and all that it stands on. One goroutine may use it.
type Stage struct {
	Clock       *Clock
	Sim         *sim.Sim
	NATS        *server.Server
	DatabaseURL string
	DB          *pgx.Conn

	tb       testing.TB
	env      map[string]string
	running  map[string]*process
	ended    chan error
	statuses statuses
}

// process is a running service.
type process struct {
	stop func()
	done chan struct{}
}

// New brings up NATS, a migrated database and the sources, and no service yet.
func New(tb testing.TB, o Options) *Stage {
	tb.Helper()
	if testing.Short() {
		tb.Skip("runs the whole pipeline: left out with -short")
	}
	s := &Stage{
		Clock: newClock(o.Start), NATS: natstest.Start(tb), DatabaseURL: pgtest.Migrated(tb), tb: tb,
		running: map[string]*process{}, ended: make(chan error, len(All)), statuses: newStatuses(),
	}
	var err error
	s.DB, err = pgx.Connect(tb.Context(), s.DatabaseURL)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = s.DB.Close(context.WithoutCancel(tb.Context())) }) // the test's context has ended
	limit, err := traffic.ParseRate(rate)
	require.NoError(tb, err)
	o.Sim.Clock = s.Clock.Now
	o.Sim.KOBIS.Keys, o.Sim.TMDB.Tokens = []string{key}, []string{token}
	o.Sim.KOBIS.Limits = traffic.Limits{Rate: limit, EnforceRate: true, DailyQuota: o.DailyQuota}
	o.Sim.TMDB.Limits = traffic.Limits{Rate: limit, EnforceRate: true}
	s.Sim, err = sim.Open(o.Sim)
	require.NoError(tb, err)
	http := httptest.NewServer(s.Sim.Handler())
	tb.Cleanup(http.Close)
	s.env = map[string]string{
		"NATS_URL": s.NATS.ClientURL(), "HTTP_ADDR": "off", "DATABASE_URL": s.DatabaseURL,
		"KOBIS_BASE_URL": http.URL + sim.KOBISPath, "KOBIS_API_KEYS": key, "KOBIS_RATE": rate, "KOBIS_DAILY_QUOTA": strconv.Itoa(o.DailyQuota),
		"TMDB_BASE_URL": http.URL, "TMDB_ACCESS_TOKEN": token, "TMDB_RATE": rate,
		"PLANNER_INTERVAL": "100ms", "RETRY_BASE": "50ms", "RETRY_MAX": "1s", "FETCH_CONCURRENCY": "16",
	}
	maps.Copy(s.env, o.Env)
	tb.Cleanup(func() { s.Stop(All...) })
	return s
}

// Configure sets a variable for the services that are started afterwards.
func (s *Stage) Configure(variable, value string) { s.env[variable] = value }

// Start runs services until Stop.
func (s *Stage) Start(names ...string) {
	s.tb.Helper()
	for _, name := range names {
		ctx, cancel := context.WithCancel(context.WithoutCancel(s.tb.Context()))
		p := &process{stop: cancel, done: make(chan struct{})}
		s.running[name] = p
		run := s.service(name)
		go func() {
			defer close(p.done)
			if err := run(ctx); err != nil || ctx.Err() == nil {
				s.ended <- fmt.Errorf("%s ended: %w", name, err)
			}
		}()
	}
}

// Stop lets services drain, and waits for their end.
func (s *Stage) Stop(names ...string) {
	for _, name := range names {
		if p := s.running[name]; p != nil {
			p.stop()
			<-p.done
			delete(s.running, name)
		}
	}
}

func (s *Stage) service(name string) func(context.Context) error {
	log := service.LogConfig{LogLevel: "error", LogFormat: "json", LogWriter: zerolog.NewTestWriter(s.tb)}
	switch name {
	case Planner:
		cfg := configure[planner.Config](s, Planner)
		cfg.LogConfig, cfg.Now, cfg.OnStatus = log, s.Clock.Now, s.statuses.put
		return func(ctx context.Context) error { return planner.Run(ctx, cfg) }
	case KOBIS:
		cfg := configure[fetcherkobis.Config](s, KOBIS)
		cfg.LogConfig, cfg.Clock = log, s.Clock
		return func(ctx context.Context) error { return fetcherkobis.Run(ctx, cfg) }
	case TMDB:
		cfg := configure[fetchertmdb.Config](s, TMDB)
		cfg.LogConfig, cfg.Clock = log, s.Clock
		return func(ctx context.Context) error { return fetchertmdb.Run(ctx, cfg) }
	case Loader:
		cfg := configure[loader.Config](s, Loader)
		cfg.LogConfig, cfg.Now = log, s.Clock.Now
		return func(ctx context.Context) error { return loader.Run(ctx, cfg) }
	}
	require.Fail(s.tb, "no such service", name)
	return nil
}

// variables are what each service is told.
var variables = map[string][]string{
	Planner: {
		"NATS_URL", "HTTP_ADDR", "DATABASE_URL", "KOBIS_RATE", "KOBIS_DAILY_QUOTA", "TMDB_RATE", "PLANNER_INTERVAL",
		"BACKFILL_FROM_YEAR", "BACKFILL_TO_YEAR", "BOX_OFFICE_FROM", "PLANNER_HIGH_WATER",
	},
	KOBIS: {
		"NATS_URL", "HTTP_ADDR", "KOBIS_BASE_URL", "KOBIS_API_KEYS", "KOBIS_RATE", "KOBIS_DAILY_QUOTA", "RETRY_BASE",
		"RETRY_MAX", "FETCH_CONCURRENCY",
	},
	TMDB:   {"NATS_URL", "HTTP_ADDR", "TMDB_BASE_URL", "TMDB_ACCESS_TOKEN", "TMDB_RATE", "RETRY_BASE", "RETRY_MAX", "FETCH_CONCURRENCY"},
	Loader: {"NATS_URL", "HTTP_ADDR", "DATABASE_URL", "LOADER_CHUNK"},
}

// configure reads a service's configuration as its binary does.
func configure[C any](s *Stage, name string) C {
	s.tb.Helper()
	env := map[string]string{}
	for _, variable := range variables[name] {
		if value, ok := s.env[variable]; ok {
			env[variable] = value
		}
	}
	cfg, err := service.FromMap[C](env)
	require.NoError(s.tb, err)
	return cfg
}

// Plan is what `planner plan --json` says at the clock's time, with more flags.
func (s *Stage) Plan(flags ...string) []byte {
	s.tb.Helper()
	app := planner.App()
	for i, command := range app.Commands {
		if command.Name == "plan" {
			app.Commands[i] = service.NewCommand("plan", command.Short, func(ctx context.Context, cfg planner.PlanConfig) error {
				cfg.Now = s.Clock.Now
				return planner.Plan(ctx, cfg)
			})
		}
	}
	var out, problems strings.Builder
	environ := []string{"LOG_LEVEL=error"}
	for _, name := range variables[Planner] {
		environ = append(environ, name+"="+s.env[name])
	}
	code := app.Execute(
		s.tb.Context(), append([]string{"plan", "--json"}, flags...), environ,
		service.Streams{Stdout: &out, Stderr: &problems},
	)
	require.Zero(s.tb, code, problems.String())
	return []byte(out.String())
}

// Count runs a query of one number.
func (s *Stage) Count(sql string, args ...any) (n int) {
	s.tb.Helper()
	require.NoError(s.tb, s.DB.QueryRow(s.tb.Context(), sql, args...).Scan(&n), sql)
	return n
}

// statuses holds the planner's last word.
type statuses struct {
	mu   *sync.Mutex
	last *planner.Status
	news chan struct{}
}

func newStatuses() statuses {
	return statuses{mu: &sync.Mutex{}, last: &planner.Status{}, news: make(chan struct{}, 1)}
}

func (s statuses) put(status planner.Status) {
	s.mu.Lock()
	*s.last = status
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
}

func (s statuses) get() planner.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.last
}
