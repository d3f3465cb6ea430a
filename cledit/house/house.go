package house

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/pkg/localpg"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/sim"
)

// House is everything that runs.
type House struct {
	cfg      Config
	database string
	postgres *localpg.Server // nil with a database of the operator's
	nats     *server.Server
	password string   // of NATS; empty on simulated sources
	sources  *sources // nil with the real ones
	logFile  *os.File
	log      io.Writer
	say      func(string)
}

// Open brings up the database, NATS and, without real keys, the sources. say is
// told each step as it begins, and when a service starts again.
func Open(ctx context.Context, cfg Config, say func(string)) (_ *House, err error) {
	h := &House{cfg: cfg, database: cfg.DatabaseURL, say: say}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(context.WithoutCancel(ctx)))
		}
	}()
	if err := h.openFolder(); err != nil {
		return nil, err
	}
	if err := h.openDatabase(ctx, say); err != nil {
		return nil, err
	}
	if err := h.openNATS(say); err != nil {
		return nil, err
	}
	if !cfg.Real() {
		say("starting simulated KOBIS and TMDB on " + cfg.origin())
		if h.sources, err = openSources(ctx, cfg); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (h *House) path(name string) string { return filepath.Join(h.cfg.Dir, name) }

// openFolder makes the folder and checks that its data came from these sources.
func (h *House) openFolder() error {
	dir, err := filepath.Abs(h.cfg.Dir)
	if err != nil {
		return fmt.Errorf("finding the folder %s: %w", h.cfg.Dir, err)
	}
	h.cfg.Dir = dir
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("making the folder: %w", err)
	}
	if err := h.claim(); err != nil {
		return err
	}
	if h.logFile, err = os.OpenFile(h.path("log.jsonl"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	h.log = zerolog.SyncWriter(h.logFile)
	return nil
}

// claim writes down what the folder's data comes from, or compares it.
func (h *House) claim() error {
	want := h.cfg.origin() + "\n"
	have, err := os.ReadFile(h.path("origin"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.WriteFile(h.path("origin"), []byte(want), 0o600); err != nil {
			return fmt.Errorf("claiming the folder: %w", err)
		}
		return nil
	case err != nil:
		return fmt.Errorf("reading what the folder holds: %w", err)
	case string(have) != want:
		return fmt.Errorf("%s holds data from %q, this run would read %q: empty it with `cledit reset` or name another folder in CLEDIT_DIR",
			h.cfg.Dir, trimLine(have), trimLine([]byte(want)))
	}
	return nil
}

func trimLine(b []byte) string { return string(b[:max(0, len(b)-1)]) }

func (h *House) openDatabase(ctx context.Context, say func(string)) (err error) {
	if h.database == "" {
		say("starting a Postgres of our own")
		if h.postgres, err = localpg.Start(ctx, localpg.Config{Dir: h.path("postgres")}); err != nil {
			return fmt.Errorf("starting Postgres (or set DATABASE_URL): %w", err)
		}
		if err := h.postgres.EnsureDatabase(ctx, "cledit"); err != nil {
			return fmt.Errorf("making the database: %w", err)
		}
		h.database = h.postgres.URL("cledit")
	}
	say("migrating the database")
	if _, err := schema.Migrate(ctx, h.database); err != nil {
		return err
	}
	return nil
}

// openNATS starts NATS. What real calls were paid for is not everybody's who has an
// account on this machine.
func (h *House) openNATS(say func(string)) (err error) {
	if h.cfg.Real() {
		if h.password, err = keptPassword(h.PasswordFile()); err != nil {
			return err
		}
	}
	say("starting NATS with JetStream on disk")
	h.nats, err = startNATS(h.path("nats"), h.password)
	return err
}

// PasswordFile is where the password of NATS is kept.
func (h *House) PasswordFile() string { return h.path("nats-password") }

// StreamsCommand is how a person looks at the streams. The password does not show
// in the list of processes.
func (h *House) StreamsCommand() string {
	command := fmt.Sprintf("nats --server %s stream ls", h.NATSURL())
	if h.password != "" {
		command = fmt.Sprintf("NATS_USER=%s NATS_PASSWORD=\"$(cat %q)\" %s", natsUser, h.PasswordFile(), command)
	}
	return command
}

// DatabaseURL is where the tables are.
func (h *House) DatabaseURL() string { return h.database }

// NATSURL is where the streams are.
func (h *House) NATSURL() string { return h.nats.ClientURL() }

// LogFile is where the services log.
func (h *House) LogFile() string { return h.logFile.Name() }

// Truth is what the simulated sources hold; nil with the real ones.
func (h *House) Truth() *sim.Truth {
	if h.sources == nil {
		return nil
	}
	truth := h.sources.Truth()
	return &truth
}

// Spent is what the simulated sources counted in this run; nothing with the real
// ones.
func (h *House) Spent() ([]report.Key, []report.Limit) {
	if h.sources == nil {
		return nil, nil
	}
	return h.sources.spent()
}

// Close takes everything down, the database last. It is safe on a house that did
// not come up.
func (h *House) Close(ctx context.Context) error {
	errs := []error{h.sources.close()}
	if h.nats != nil {
		h.nats.Shutdown()
		h.nats.WaitForShutdown()
	}
	if h.postgres != nil {
		errs = append(errs, h.postgres.Stop(ctx))
	}
	if h.logFile != nil {
		errs = append(errs, h.logFile.Close())
	}
	return errors.Join(errs...)
}

// Reset removes what a house has made in the folder. A database of the operator's
// is left alone. Only a folder that a house has claimed is removed.
func Reset(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("finding the folder %s: %w", dir, err)
	}
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, "origin")); err != nil {
		return fmt.Errorf("%s was not made by cledit, nothing is removed: %w", dir, err)
	}
	for _, name := range []string{"nats", "nats-password", "postgres", "log.jsonl", "origin"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return fmt.Errorf("emptying %s: %w", dir, err)
		}
	}
	// The folder itself may hold something of the operator's: then it stays.
	_ = os.Remove(dir)
	return nil
}
