package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/rs/zerolog"
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
	claimed  bool // the folder says what its data comes from
	database string
	postgres *localpg.Server // nil with a database of the operator's
	nats     *natsServer
	sources  *sources // nil with the real ones
	console  string   // its address; empty: none
	logFile  *lumberjack.Logger
	log      io.Writer
	say      func(string)
	presence presence
}

// Open brings up the database, NATS and, without real keys, the sources. say is
// told each step as it begins, and when a service starts again.
func Open(ctx context.Context, cfg Config, say func(string)) (_ *Stack, err error) {
	h := &Stack{cfg: cfg, database: cfg.DatabaseURL, say: say, presence: newPresence()}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(context.WithoutCancel(ctx)))
		}
	}()
	for _, open := range []func(context.Context) error{
		checkFiles, h.openFolder, h.openSources, h.openLog, h.openDatabase, h.openNATS,
	} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return h, errors.Join(h.findConsole(ctx), h.claim(), h.announce())
}

// openSources starts the simulated sources, where the real ones are not wanted.
func (h *Stack) openSources(ctx context.Context) (err error) {
	if h.cfg.Real() {
		return nil
	}
	h.say("starting simulated KOBIS and TMDB on " + h.cfg.origin())
	h.sources, err = openSources(ctx, h.cfg)
	return err
}

func (h *Stack) openDatabase(ctx context.Context) (err error) {
	if h.database == "" {
		h.say("starting a Postgres of our own")
		if h.postgres, err = localpg.Start(ctx, localpg.Config{Dir: h.path(dirPostgres)}); err != nil {
			return fmt.Errorf("starting Postgres (or set DATABASE_URL): %w", err)
		}
		if err := h.postgres.EnsureDatabase(ctx, "cledit"); err != nil {
			return fmt.Errorf("making the database: %w", err)
		}
		h.database = h.postgres.URL("cledit")
	}
	h.say("migrating the database")
	if _, err := schema.Migrate(ctx, h.database); err != nil {
		return err
	}
	return nil
}

// openNATS starts NATS. What real calls were paid for is not everybody's who has an
// account on this machine.
func (h *Stack) openNATS(context.Context) (err error) {
	password := ""
	if h.cfg.Real() {
		if password, err = keptPassword(h.passwordFile()); err != nil {
			return err
		}
	}
	h.say("starting NATS with JetStream on disk")
	log := zerolog.New(h.log).With().Timestamp().Str("service", "nats").Logger()
	h.nats, err = startNATS(h.path(dirNATS), password, log)
	return err
}

// passwordFile is where the password of NATS is kept.
func (h *Stack) passwordFile() string { return h.path(filePassword) }

// StreamsCommand is how a person looks at the streams. The password does not show
// in the list of processes.
func (h *Stack) StreamsCommand() string {
	command := fmt.Sprintf("nats --server %s stream ls", h.NATSURL())
	if h.nats.password != "" {
		command = fmt.Sprintf("NATS_USER=%s NATS_PASSWORD=\"$(cat %s)\" %s", natsUser, Quote(h.passwordFile()), command)
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
