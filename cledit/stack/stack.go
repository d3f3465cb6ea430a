package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/nats-io/nats-server/v2/server"
	"gopkg.in/natefinch/lumberjack.v2"

	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/pkg/filelock"
	"github.com/cledit/pipeline/pkg/localpg"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/sim"
)

// Stack is everything that runs.
type Stack struct {
	cfg      Config
	lock     *filelock.Lock
	database string
	postgres *localpg.Server // nil with a database of the operator's
	nats     *server.Server
	password string   // of NATS; empty on simulated sources
	sources  *sources // nil with the real ones
	logFile  *lumberjack.Logger
	log      io.Writer
	say      func(string)

	claimed   bool // the folder says what its data comes from
	announced bool // and where this stack is
	since     time.Time

	mu    sync.Mutex // of what follows
	admin map[string]string
}

// Open brings up the database, NATS and, without real keys, the sources. say is
// told each step as it begins, and when a service starts again.
func Open(ctx context.Context, cfg Config, say func(string)) (_ *Stack, err error) {
	h := &Stack{cfg: cfg, database: cfg.DatabaseURL, say: say, since: time.Now().UTC(), admin: map[string]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(context.WithoutCancel(ctx)))
		}
	}()
	if err := checkFiles(); err != nil {
		return nil, err
	}
	if err := h.openFolder(); err != nil {
		return nil, err
	}
	if !cfg.Real() {
		say("starting simulated KOBIS and TMDB on " + cfg.origin())
		if h.sources, err = openSources(ctx, cfg); err != nil {
			return nil, err
		}
	}
	if err := h.openLog(); err != nil {
		return nil, err
	}
	if err := h.openDatabase(ctx, say); err != nil {
		return nil, err
	}
	if err := h.openNATS(say); err != nil {
		return nil, err
	}
	return h, errors.Join(h.claim(), h.announce())
}

func (h *Stack) openDatabase(ctx context.Context, say func(string)) (err error) {
	if h.database == "" {
		say("starting a Postgres of our own")
		if h.postgres, err = localpg.Start(ctx, localpg.Config{Dir: h.path(dirPostgres)}); err != nil {
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
func (h *Stack) openNATS(say func(string)) (err error) {
	if h.cfg.Real() {
		if h.password, err = keptPassword(h.PasswordFile()); err != nil {
			return err
		}
	}
	say("starting NATS with JetStream on disk")
	h.nats, err = startNATS(h.path(dirNATS), h.password)
	return err
}

// PasswordFile is where the password of NATS is kept.
func (h *Stack) PasswordFile() string { return h.path(filePassword) }

// StreamsCommand is how a person looks at the streams. The password does not show
// in the list of processes.
func (h *Stack) StreamsCommand() string {
	command := fmt.Sprintf("nats --server %s stream ls", h.NATSURL())
	if h.password != "" {
		command = fmt.Sprintf("NATS_USER=%s NATS_PASSWORD=\"$(cat %s)\" %s", natsUser, Quote(h.PasswordFile()), command)
	}
	return command
}

// Where is what a command needs before it to find this stack; empty where it looks
// there anyway.
func (h *Stack) Where() string {
	if usual, err := filepath.Abs(usualDir); err == nil && usual == h.cfg.Dir {
		return ""
	}
	return "CLEDIT_DIR=" + Quote(h.cfg.Dir) + " "
}

// Quote writes a text as a shell reads it back.
func Quote(text string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-:=%@+,", r)
	}
	if !strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// DatabaseURL is where the tables are.
func (h *Stack) DatabaseURL() string { return h.database }

// NATSURL is where the streams are.
func (h *Stack) NATSURL() string { return h.nats.ClientURL() }

// LogFile is where the services log.
func (h *Stack) LogFile() string { return h.logFile.Filename }

// Truth is what the simulated sources hold; nil with the real ones.
func (h *Stack) Truth() *sim.Truth {
	if h.sources == nil {
		return nil
	}
	truth := h.sources.Truth()
	return &truth
}

// Spent is what the simulated sources counted in this run; nothing with the real
// ones.
func (h *Stack) Spent() ([]report.Key, []report.Limit) {
	if h.sources == nil {
		return nil, nil
	}
	return h.sources.spent()
}

// Close takes everything down, the database last. It is safe on a stack that did
// not come up.
func (h *Stack) Close(ctx context.Context) error {
	errs := []error{h.withdraw(), h.sources.close()}
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
	return errors.Join(append(errs, h.leave())...)
}
