package localpg

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	superuser = "postgres"
	// port names the socket file; nothing listens on TCP unless asked for.
	port = 5432

	startTimeout = 2 * time.Minute // crash recovery included
	endTimeout   = 30 * time.Second
	pollInterval = 20 * time.Millisecond
)

// Config says where and how a server runs.
type Config struct {
	// Dir is the folder for the server alone, made when missing. Required.
	Dir string
	// BinDir is the folder of the server binaries; empty: see [Find].
	BinDir string
	// Volatile gives up durability for speed: a crash of the machine (not of
	// the server) loses the cluster. For tests.
	Volatile bool
	// Template is the Dir of a server that was stopped, of the same version: the
	// cluster is copied from there instead of being made. Empty: it is made.
	Template string
	// Settings are server parameters by their postgresql.conf names, such as
	// "max_connections". Those that say where the server listens are fixed.
	Settings map[string]string
	// Address is an IP address on which the server listens beside its socket, on
	// port 5432; empty: on none. The cluster lets in whom its pg_hba.conf names.
	Address string
}

// Start makes the cluster when there is none, starts the server and returns
// when it accepts connections. ctx bounds the start alone; the server runs
// until Stop.
//
// Errors: [ErrNoBinaries], [ErrVersion], [ErrInUse], [ErrRunning]; anything
// else that keeps the server from starting comes with the end of its log.
func Start(ctx context.Context, cfg Config) (_ *Server, err error) {
	f, err := openFolder(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("opening the folder of the local Postgres: %w", err)
	}
	started := false
	defer func() {
		if !started {
			err = errors.Join(err, f.close())
		}
	}()

	bin, err := binaries(ctx, cfg.BinDir, f.clusterVersion())
	if err != nil {
		return nil, fmt.Errorf("choosing PostgreSQL binaries for %s: %w", f.root, err)
	}
	if err := f.awaitPredecessor(ctx); err != nil {
		return nil, err
	}
	if err := f.initialise(ctx, bin, cfg); err != nil {
		return nil, fmt.Errorf("initialising the cluster in %s: %w", f.root, err)
	}
	s, err := f.launch(bin, cfg)
	if err != nil {
		return nil, fmt.Errorf("starting the server in %s: %w", f.root, err)
	}
	started = true // from here on the server's end closes the folder
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the server in %s: %w", f.root, err), s.abandon())
	}
	return s, nil
}

// launch starts the server process; it isn't ready for connections yet.
func (f *folder) launch(bin string, cfg Config) (*Server, error) {
	logFile, err := os.OpenFile(f.log(), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the server's log: %w", err)
	}
	defer logFile.Close() //nolint:errcheck // nothing was written by this process
	h, err := f.handOver(f.data(), f.socket)
	if err != nil {
		return nil, err
	}
	defer h.close()

	args := arguments(cfg, h.paths[0], h.paths[1])
	cmd := exec.Command(bin+"/postgres", args...) //nolint:noctx // the server outlives the context of its start
	cmd.Env = environment()
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.ExtraFiles = h.files
	// A process group of its own, so that Ctrl-C in a terminal reaches the
	// program alone: it stops the server after everything that uses it.
	cmd.SysProcAttr = processAttributes(f.owner, shutdownFast)
	s := &Server{folder: f, done: make(chan struct{})}
	ended, err := spawn(cmd)
	if err != nil {
		return nil, err
	}
	s.process = cmd.Process
	go s.supervise(ended)
	return s, nil
}

func arguments(cfg Config, data, socket string) []string {
	settings := map[string]string{
		"timezone":     "UTC",
		"log_timezone": "UTC",
	}
	if cfg.Volatile {
		settings["fsync"] = "off"
		settings["full_page_writes"] = "off"
		settings["synchronous_commit"] = "off"
		settings["wal_level"], settings["max_wal_senders"] = "minimal", "0"
	}
	maps.Copy(settings, cfg.Settings)
	settings["listen_addresses"] = cfg.Address
	settings["port"] = fmt.Sprint(port)
	settings["unix_socket_directories"] = socket
	settings["unix_socket_permissions"] = "0700"

	args := []string{"-D", data}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

// environment leaves out what the program was given: its secrets would be
// readable by the server's user, and PG* variables would change the server.
func environment() []string {
	env := []string{"LC_ALL=C", "TZ=UTC"}
	for _, name := range []string{"PATH", "LD_LIBRARY_PATH", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// awaitReady returns when a connection was made.
func (s *Server) awaitReady(ctx context.Context) error {
	timeout := fmt.Errorf("not ready for connections after %s", startTimeout)
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, timeout)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := s.ping(ctx)
		if err == nil {
			return nil
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code != cannotConnectNow {
			return err
		}
		select {
		case <-tick.C:
		case <-s.done:
			return s.Err()
		case <-ctx.Done():
			return fmt.Errorf("%w, the last attempt: %w; %s", context.Cause(ctx), err, s.folder.logged())
		}
	}
}
