package cledit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/services/planner"
	"github.com/cledit/pipeline/sim/audit"
)

// lookEvery is how often the progress is shown.
const lookEvery = 250 * time.Millisecond

// endsWithin is how long a stack may take to notice that its database is gone.
const endsWithin = 15 * time.Second

// errIncomplete is returned when a run has ended and a table lacks what the
// source has.
var errIncomplete = errors.New("the tables are not complete")

// Demo runs the pipeline on simulated sources until nothing is left to do, prints
// what landed and returns errIncomplete when something did not.
func Demo(ctx context.Context, cfg stack.Config) error {
	if cfg.Real() {
		fmt.Fprintln(
			cfg.Stderr,
			"The demonstration spends no real quota: KOBIS_API_KEYS and TMDB_ACCESS_TOKEN are left alone. `cledit up` uses them.",
		)
	}
	begin := time.Now()
	h, err := stack.Open(ctx, cfg.Simulated(), step(cfg.Stderr))
	if err != nil {
		return err
	}
	defer h.Close(context.WithoutCancel(ctx)) //nolint:errcheck // what was to be kept is committed by now
	keeps := !cfg.JSON && !cfg.Exit && screen.Terminal(cfg.Stdout) && screen.Terminal(cfg.Stdin)
	defer present(ctx, h, cfg.Stderr, keeps)()
	summary, err := demonstrate(ctx, h, cfg.Stderr)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: what was loaded stays, the next run goes on from there", context.Cause(ctx))
	}
	if err != nil {
		return err
	}
	summary.Duration = time.Since(begin)
	err = show(summary, cfg)
	if err == nil && keeps && h.ConsoleURL() != "" {
		fmt.Fprintf(cfg.Stderr, "\nIt goes on, and the console stays at %s until Ctrl-C. `%s demo --exit` ends here.\n",
			h.ConsoleURL(), stack.Quote(os.Args[0]))
		err = h.Run(ctx, nil)
	}
	return err
}

// show prints what landed. Error: [errIncomplete].
func show(summary report.Summary, cfg stack.Config) error {
	if cfg.JSON {
		if err := summary.WriteJSON(cfg.Stdout); err != nil {
			return err
		}
	} else {
		summary.Write(cfg.Stdout)
	}
	if !summary.Complete {
		return errIncomplete
	}
	return nil
}

// present runs the console and says where it is, first of all.
func present(ctx context.Context, h *stack.Stack, out io.Writer, stays bool) (stop func()) {
	if address := h.ConsoleURL(); address != "" {
		until := "it ends with the demo"
		if stays {
			until = "it stays until Ctrl-C"
		}
		fmt.Fprintf(out, "\nLook at it in a browser: %s (%s)\n\n", address, until)
	}
	return h.Console(ctx)
}

func step(out io.Writer) func(string) {
	return func(text string) { fmt.Fprintln(out, "•", text) }
}

// demonstrate runs the services until nothing is left to do and counts what
// landed.
func demonstrate(ctx context.Context, h *stack.Stack, out io.Writer) (report.Summary, error) {
	w, err := newWatcher(ctx, h.DatabaseURL(), h.NATSURL())
	if err != nil {
		return report.Summary{}, err
	}
	defer w.close(context.WithoutCancel(ctx))
	if w.died > 0 {
		fmt.Fprintf(out, "• %d calls and answers were in flight when the last run was killed; NATS redelivers them within two minutes\n", w.died)
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	seen := make(chan planner.Status, 1)
	ended := make(chan error, 1)
	go func() { ended <- h.Run(running, latest(seen)) }()

	planned, err := w.untilSettled(ctx, out, seen, ended)
	if err != nil {
		return report.Summary{}, err
	}
	stop()
	if err := <-ended; err != nil {
		return report.Summary{}, err
	}
	return summarise(ctx, h, w, planned)
}

// latest keeps the newest status in the channel and never blocks.
func latest(seen chan planner.Status) func(planner.Status) {
	return func(status planner.Status) {
		select {
		case <-seen:
		default:
		}
		seen <- status
	}
}

// untilSettled shows the progress until the planner finds nothing left to do, and
// returns the number of jobs that were planned.
func (w *watcher) untilSettled(ctx context.Context, out io.Writer, seen <-chan planner.Status, ended <-chan error) (int64, error) {
	progress := report.NewProgress(out, screen.Terminal(out), time.Now)
	defer progress.Close()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var status planner.Status
	for {
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case err := <-ended:
			return 0, fmt.Errorf("the services ended early: %w", err)
		case status = <-seen:
			if !status.Settled {
				continue
			}
		case <-ticker.C:
		}
		stages, err := w.look(ctx, status.Due())
		if err != nil {
			return 0, because(ended, err)
		}
		progress.Show(stages)
		if status.Settled {
			return stages[0].Done, nil
		}
	}
}

// because is why the services ended, where they did: what a tick fails of, such as a
// database that a full disk has ended, shows there too, and with its reason. Otherwise
// it is what the tick failed of.
func because(ended <-chan error, looked error) error {
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the services ended early: %w", err)
		}
	case <-time.After(endsWithin):
	}
	return looked
}

func summarise(ctx context.Context, h *stack.Stack, w *watcher, planned int64) (report.Summary, error) {
	checks, err := audit.Checks(ctx, w.conn, h.Truth())
	if err != nil {
		return report.Summary{}, err
	}
	s := report.Summary{Checks: checks, Planned: planned, Complete: audit.Complete(checks)}
	s.Keys, s.Limits = h.Spent()
	for _, limit := range s.Limits {
		s.Complete = s.Complete && limit.Violations == 0
	}
	where := h.Where()
	s.Look = []report.Look{
		{What: "keep it running", Command: where + "make up"},
		{What: "look into the tables", Command: where + "make up, then the psql that it prints"},
		{What: "the services' log", Command: h.LogFile()},
		{What: "run it again", Command: where + "make demo   (next to nothing is stale)"},
		{What: "start from nothing", Command: where + "make reset"},
	}
	return s, nil
}
