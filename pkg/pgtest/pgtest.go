// Package pgtest gives tests a real Postgres: one throwaway server for each
// test binary, started when the first test asks for it, and a database of its
// own for each test.
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
//	func TestLoad(t *testing.T) {
//		t.Parallel()
//		pool, err := pgxpool.New(t.Context(), pgtest.Migrated(t))
//		…
//
// Migrations run once for each test binary, in a database that the tests'
// databases are copied from. The server forces nothing to disk (fsync off), has its
// files in /dev/shm where that has room and TMPDIR says nothing else, and speaks
// only through a unix socket. Roles belong to the whole server: the roles that the
// migrations make are the same for all databases.
//
// How it fails: without server binaries, and with a migration that does not
// apply, every test that asks for a database fails with the reason. When the
// test binary is killed, the server ends with it (on Linux at once), and the
// next run of any test binary removes the files that were left. Without [Main]
// the same happens at the end of every run.
package pgtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/localpg"
)

const (
	maxConnections = "300" // of all parallel tests of a binary
	setUpTimeout   = 2 * time.Minute
	stopTimeout    = 30 * time.Second
)

// shared is the server of this test binary; started is false until a test
// needs it.
var (
	started atomic.Bool
	shared  = sync.OnceValues(func() (*cluster, error) {
		started.Store(true)
		return newCluster()
	})
	serial atomic.Int64
)

// cluster is a throwaway server with its folder.
type cluster struct {
	server *localpg.Server
	dir    *scratch

	mu   sync.Mutex
	conn *pgx.Conn // makes and drops databases: a session of its own for each costs as much as they do
}

func newCluster() (*cluster, error) {
	from, err := clusterOf(migratedCluster)
	if err != nil {
		return nil, err
	}
	ctx, cancel := setUp()
	defer cancel()
	dir, err := newScratch()
	if err != nil {
		return nil, err
	}
	server, err := localpg.Start(ctx, localpg.Config{
		Dir:      dir.path,
		Volatile: true,
		Template: from,
		Settings: map[string]string{"max_connections": maxConnections},
	})
	if err != nil {
		return nil, errors.Join(err, dir.remove())
	}
	return &cluster{server: server, dir: dir}, nil
}

func setUp() (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(context.Background(), setUpTimeout,
		fmt.Errorf("the test database was not ready after %s", setUpTimeout))
}

// exec runs a statement in the one session that the tests share.
func (c *cluster) exec(ctx context.Context, sql string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil || c.conn.IsClosed() { // a context that ends closes it
		conn, err := pgx.Connect(ctx, c.server.URL("postgres"))
		if err != nil {
			return err
		}
		c.conn = conn
	}
	if _, err := c.conn.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

// Database returns the URL of an empty database of the test's own, as the
// superuser. It is dropped when the test ends, whichever session is still connected.
func Database(tb testing.TB) string {
	tb.Helper()
	return create(tb, "template1")
}

// create copies a database as files: that takes less than writing what is in it to
// the log, and the copy has the caches with which sessions begin.
func create(tb testing.TB, from string) string {
	tb.Helper()
	leaveOut(tb)
	c, err := shared()
	if err != nil {
		tb.Fatalf("starting the test server: %v", err)
	}
	name := "test_" + strconv.FormatInt(serial.Add(1), 10)
	if err := c.exec(tb.Context(), "CREATE DATABASE "+name+" STRATEGY file_copy TEMPLATE "+from); err != nil {
		tb.Fatalf("making the test database: %v", err)
	}
	tb.Cleanup(func() {
		if err := c.exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("dropping the test database: %v", err)
		}
	})
	return c.server.URL(name)
}

// Server starts a server for one test alone, in a folder such as tb.TempDir():
// for tests that stop it, kill it and start it again, which they do by calling
// Server with the same folder; its URLs stay the same. It is stopped when the
// test ends.
func Server(tb testing.TB, dir string) *localpg.Server {
	tb.Helper()
	from, err := clusterOf(emptyCluster)
	if err != nil {
		tb.Fatal(err)
	}
	return start(tb, localpg.Config{Dir: dir, Volatile: true, Template: from})
}

func start(tb testing.TB, cfg localpg.Config) *localpg.Server {
	tb.Helper()
	s, err := localpg.Start(tb.Context(), cfg)
	if err != nil {
		tb.Fatalf("starting a server of the test's own: %v", err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			tb.Errorf("stopping the test's own server: %v", err)
		}
	})
	return s
}

// Main runs the tests of a package, ends the server, looks for goroutines that
// were left behind (each is a failure, but for those that options ignore), and
// exits. To be called by TestMain.
func Main(m goleak.TestingM, options ...goleak.Option) {
	// Most tests wait for a server rather than work: more at a time than there are
	// processors take less.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(thenStop{m}, options...)
}

// quick are the tests that have a database under -short; nil: all.
var quick map[string]bool

// Quick names, before [Main], the tests of a package of many that have a database in a
// quick run: under -short, and unless tests are named by -run, the others are skipped.
func Quick(tests ...string) {
	quick = map[string]bool{}
	for _, name := range tests {
		quick[name] = true
	}
}

// leaveOut skips a test that a quick run does without.
func leaveOut(tb testing.TB) {
	tb.Helper()
	name, _, _ := strings.Cut(tb.Name(), "/")
	if quick != nil && !quick[name] && testing.Short() && flag.Lookup("test.run").Value.String() == "" {
		tb.Skip("takes a database: left out under -short; name it by -run to have it")
	}
}

// thenStop runs the tests and ends the server before goroutines are counted.
type thenStop struct{ tests goleak.TestingM }

func (r thenStop) Run() int {
	code := r.tests.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stopping the test server:", err)
		return max(code, 1)
	}
	return code
}

func stop() error {
	if !started.Load() {
		return nil
	}
	c, err := shared()
	if err != nil {
		return nil // the tests that needed the server have failed with this
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if c.conn != nil {
		_ = c.conn.Close(ctx) // the server ends it otherwise
	}
	if err := c.server.Stop(ctx); err != nil {
		return err
	}
	return c.dir.remove()
}
