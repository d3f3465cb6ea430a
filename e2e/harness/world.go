package harness

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/sim"
)

const (
	// poll is how often a run is checked.
	poll = 100 * time.Millisecond
	// lastWords is how long before the end of all tests' time a run that hangs is
	// given up, to say what it waited for.
	lastWords = 20 * time.Second
)

// World is what the services run against.
type World struct {
	NATS        *server.Server
	JS          jetstream.JetStream
	DatabaseURL string
	Sim         *sim.Sim
	conn        *pgx.Conn
	env         map[string]string
	logins      map[string]string // database URLs by service; nil before Logins
	memory      map[string]Memory // as deployed, by service; nil before LimitMemory
	running     map[string]*Process
	dead        []*Process
}

// NewWorld starts NATS, a migrated database and the simulated sources. keys are
// what the fetchers are configured with; the sources know which of them are good.
func NewWorld(tb testing.TB, options sim.Options, keys []string, token string) *World {
	tb.Helper()
	SkipShort(tb)
	world, err := sim.Open(options)
	require.NoError(tb, err, "opening the simulated sources")
	sources := httptest.NewServer(world.Handler())
	tb.Cleanup(sources.Close)

	w := &World{
		NATS: natstest.StartWith(tb, natstest.Deployed(tb)), DatabaseURL: pgtest.Migrated(tb), Sim: world, running: map[string]*Process{},
	}
	w.JS, err = jetstream.New(natstest.Connect(tb, w.NATS))
	require.NoError(tb, err)
	w.env = map[string]string{
		"NATS_URL":          w.NATS.ClientURL(),
		"DATABASE_URL":      w.DatabaseURL,
		"HTTP_ADDR":         "127.0.0.1:0",
		"KOBIS_BASE_URL":    sources.URL + sim.KOBISPath,
		"KOBIS_API_KEYS":    strings.Join(keys, ","),
		"KOBIS_RATE":        "500/1s",
		"TMDB_BASE_URL":     sources.URL,
		"TMDB_ACCESS_TOKEN": token,
		"TMDB_RATE":         "500/1s",
		"PLANNER_INTERVAL":  "500ms", // most of what a tick finds is nothing new, and costs as much
		"RETRY_BASE":        "100ms",
		"RETRY_MAX":         "1s",
	}
	w.conn = Connect(tb, w.DatabaseURL)
	return w
}

// Before puts a handler before the sources, for the services that are started later.
func (w *World) Before(tb testing.TB, wrap func(http.Handler) http.Handler) {
	tb.Helper()
	server := httptest.NewServer(wrap(w.Sim.Handler()))
	tb.Cleanup(server.Close)
	w.env["KOBIS_BASE_URL"], w.env["TMDB_BASE_URL"] = server.URL+sim.KOBISPath, server.URL
}

// variables are what each service is told; a variable that is not its own would
// be refused nowhere, but a deployment does not do it either.
var variables = map[string][]string{
	"planner": {
		"NATS_URL", "HTTP_ADDR", "DATABASE_URL", "KOBIS_RATE", "TMDB_RATE", "PLANNER_INTERVAL", "BOX_OFFICE_FROM",
		"BACKFILL_FROM_YEAR", "KOBIS_DAILY_QUOTA", "JOB_ACK_WAIT", "RAW_ACK_WAIT",
	},
	"fetcher-kobis": {
		"NATS_URL", "HTTP_ADDR", "KOBIS_BASE_URL", "KOBIS_API_KEYS", "KOBIS_RATE", "KOBIS_DAILY_QUOTA", "RETRY_BASE",
		"RETRY_MAX", "RETRY_ATTEMPTS",
	},
	"fetcher-tmdb": {"NATS_URL", "HTTP_ADDR", "TMDB_BASE_URL", "TMDB_ACCESS_TOKEN", "TMDB_RATE", "RETRY_BASE", "RETRY_MAX", "RETRY_ATTEMPTS"},
	"loader":       {"NATS_URL", "HTTP_ADDR", "DATABASE_URL"},
}

// Logins gives each service that is started later a user of its own on NATS, as
// it is deployed, and a login that is a member of its group role in the database.
func (w *World) Logins(tb testing.TB) {
	tb.Helper()
	database, err := url.Parse(w.DatabaseURL)
	require.NoError(tb, err)
	w.logins = map[string]string{}
	for _, role := range []string{"planner", "loader"} {
		login := role + strings.ReplaceAll(database.Path, "/", "_")
		_, err := w.conn.Exec(tb.Context(), "CREATE ROLE "+pgx.Identifier{login}.Sanitize()+" LOGIN IN ROLE "+role)
		require.NoError(tb, err)
		database.User = url.User(login)
		w.logins[role] = database.String()
	}
}

// Set changes a variable for the processes that are started later.
func (w *World) Set(name, value string) { w.env[name] = value }

// Env is what a service is told.
func (w *World) Env(service string) map[string]string {
	env := map[string]string{"PATH": os.Getenv("PATH")}
	for _, name := range variables[service] {
		if value, ok := w.env[name]; ok {
			env[name] = value
		}
	}
	if w.logins != nil {
		env["NATS_USER"], env["NATS_PASSWORD"] = service, service
	}
	if limit, ok := w.memory[service]; ok {
		env["GOMEMLIMIT"] = limit.Go
	}
	if login, ok := w.logins[service]; ok {
		env["DATABASE_URL"] = login
	}
	return maps.Clone(env)
}

// Start runs services, one process each.
func (w *World) Start(tb testing.TB, services ...string) {
	tb.Helper()
	for _, service := range services {
		w.running[service] = StartProcess(tb, service, w.Env(service))
	}
}

// StartAll runs the whole pipeline.
func (w *World) StartAll(tb testing.TB) {
	tb.Helper()
	w.Start(tb, Pipeline...)
}

// Crash kills a service as a crash does and starts it again.
func (w *World) Crash(tb testing.TB, service string) {
	tb.Helper()
	w.running[service].Kill()
	w.dead = append(w.dead, w.running[service])
	w.Start(tb, service)
}

// StopAll asks all services to drain, as Kubernetes does, and expects them to
// exit with 0.
func (w *World) StopAll(tb testing.TB) {
	tb.Helper()
	for name, p := range w.running {
		require.Zero(tb, p.Stop(), "%s did not drain:\n%s", name, p.log.tail())
		w.dead = append(w.dead, p)
		delete(w.running, name)
	}
}

// Process is the running process of a service.
func (w *World) Process(service string) *Process { return w.running[service] }

// Logs are the logs of all processes, also of the killed ones.
func (w *World) Logs() string {
	var all strings.Builder
	for _, p := range w.dead {
		all.WriteString(p.Log())
	}
	for _, p := range w.running {
		all.WriteString(p.Log())
	}
	return all.String()
}

// Until waits until a condition on the tables and streams holds, for as long as the
// tests may take. It fails the test when a process ends by itself meanwhile.
func (w *World) Until(tb testing.TB, what string, condition func(ctx context.Context) (bool, error)) {
	tb.Helper()
	ctx := tb.Context()
	if limited, ok := tb.(interface{ Deadline() (time.Time, bool) }); ok {
		if end, ok := limited.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, end.Add(-lastWords))
			defer cancel()
		}
	}
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	for {
		for _, p := range w.running {
			require.NoError(tb, p.Ended(), "waiting until %s", what)
		}
		met, err := condition(ctx)
		require.NoError(tb, err, "waiting until %s", what)
		if met {
			return
		}
		select {
		case <-ctx.Done():
			require.Fail(tb, "the run hangs", "waiting until %s", what)
		case <-ticker.C:
		}
	}
}

// Count runs a query of one number.
func (w *World) Count(ctx context.Context, sql string, args ...any) (n int64, err error) {
	if err := w.conn.QueryRow(ctx, sql, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("counting by %s: %w", sql, err)
	}
	return n, nil
}

// Exec runs a statement in the database.
func (w *World) Exec(tb testing.TB, sql string) {
	tb.Helper()
	_, err := w.conn.Exec(tb.Context(), sql)
	require.NoError(tb, err, sql)
}

// UntilRows waits until a query counts at least n.
func (w *World) UntilRows(tb testing.TB, n int64, sql string) {
	tb.Helper()
	w.Until(tb, fmt.Sprintf("%s is at least %d", sql, n), func(ctx context.Context) (bool, error) {
		have, err := w.Count(ctx, sql)
		return have >= n, err
	})
}

// quiet is how many looks in a row must find nothing to do: more than a tick of
// the planner lies between the first and the last of them.
const quiet = 15

// UntilSettled waits until nothing is left to do: no job, no payload, no mark, and
// nothing that is due.
func (w *World) UntilSettled(tb testing.TB) {
	tb.Helper()
	found := 0
	w.Until(tb, "nothing is left to do", func(ctx context.Context) (bool, error) {
		settled, err := w.settled(ctx)
		if found++; !settled {
			found = 0
		}
		return found >= quiet, err
	})
}

func (w *World) settled(ctx context.Context) (bool, error) {
	jobs, err := w.JS.Stream(ctx, topology.StreamJobs)
	if err != nil {
		return false, nil //nolint:nilerr // the planner has not made it yet
	}
	drained, err := natstest.Drained(ctx, w.JS, topology.StreamRaw, topology.ConsumerLoader)
	if err != nil || !drained || jobs.CachedInfo().State.Msgs > 0 {
		return false, nil //nolint:nilerr // the same
	}
	left, err := w.Count(ctx, `
		SELECT (SELECT count(*) FROM ops.due WHERE ready) + (SELECT count(*) FROM ops.stale_titles)
		     + (SELECT count(*) FROM ops.jobs) + (SELECT count(*) FROM ops.plan_marks)
		     + (SELECT count(*) FROM ops.windows WHERE phase <> 'complete')
		     + CASE WHEN EXISTS (SELECT FROM ops.windows) THEN 0 ELSE 1 END`)
	return left == 0, err
}
