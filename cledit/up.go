package cledit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/services/planner"
)

// Up runs the pipeline until it is stopped, on the real sources when keys are
// given, and says what it does meanwhile.
func Up(ctx context.Context, cfg stack.Config) (err error) {
	cfg.Tell = true
	out := &lineWriter{out: cfg.Stderr}
	say := func(text string) { out.told("• " + text) }
	h, err := stack.Open(ctx, cfg, say)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, h.Close(context.WithoutCancel(ctx)))
		if ctx.Err() != nil && err == nil {
			out.line("Stopped. What was answered is kept; the next run goes on from here.")
		}
	}()
	defer context.AfterFunc(ctx, func() { out.line("Stopping: what is in flight is finished or handed back.") })()
	if address := h.ConsoleURL(); address != "" {
		out.line("\nLook at it in a browser: " + address)
	}
	defer h.Console(ctx)()
	out.line(whereToLook(h))
	return tellingly(ctx, newNarrator(h, cfg, out), h.Run)
}

// tellingly runs the services, and has the narrator follow what the planner sees.
func tellingly(ctx context.Context, n *narrator, run func(context.Context, func(planner.Status)) error) error {
	seen := make(chan planner.Status, 1)
	running, stop := context.WithCancel(ctx)
	var telling sync.WaitGroup
	telling.Go(func() { n.follow(running, seen) })
	defer telling.Wait()
	defer stop()
	return run(ctx, latest(seen))
}

// whereToLook says where everything is.
func whereToLook(h *stack.Stack) string {
	return fmt.Sprintf("\nRunning until Ctrl-C.\n  tables   psql %s\n  streams  %s\n  log      %s\n  more     "+
		"%[4]s%[5]s status, %[4]s%[5]s plan",
		stack.Quote(h.DatabaseURL()), h.StreamsCommand(), h.LogFile(), h.Where(), stack.Quote(os.Args[0]))
}

// lineWriter lets several say something, a line at a time.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lineWriter) line(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintln(w.out, text)
}

// How often the narrator speaks: soon at first, when somebody is looking.
const (
	tellSoon     = 10 * time.Second
	tellLater    = time.Minute
	tellSoonFor  = 2 * time.Minute
	estimateNext = 6 * time.Hour
)

// told says what a person reads, broken to the terminal's width with the rest of a
// line below its text.
func (w *lineWriter) told(text string) {
	const below = 2
	lines := strings.Split(screen.Fold(text, screen.Width(w.out)-below), "\n")
	w.line(strings.Join(lines, "\n"+strings.Repeat(" ", below)))
}

// narrator says what a stack does.
type narrator struct {
	h    *stack.Stack
	cfg  stack.Config
	out  *lineWriter
	last string

	began, told, estimated time.Time
	listed                 bool
}

func newNarrator(h *stack.Stack, cfg stack.Config, out *lineWriter) *narrator {
	return &narrator{h: h, cfg: cfg, out: out, began: time.Now()} // what a person waits is real time
}

func (n *narrator) follow(ctx context.Context, seen <-chan planner.Status) {
	for {
		select {
		case <-ctx.Done():
			return
		case status := <-seen:
			n.tell(ctx, status)
		}
	}
}

func (n *narrator) tell(ctx context.Context, status planner.Status) {
	now := time.Now()
	n.list()
	pause := tellSoon
	if now.Sub(n.began) > tellSoonFor {
		pause = tellLater
	}
	if line := statusLine(status); line != n.last && now.Sub(n.told) >= pause {
		n.out.told(now.In(planner.Seoul).Format("15:04:05 KST") + "  " + line) // as the times in it
		n.last, n.told = line, now
	}
	if n.estimated.IsZero() && registered(status) || !n.estimated.IsZero() && now.Sub(n.estimated) >= estimateNext {
		n.estimated = now
		if line, err := estimate(ctx, n.h, n.cfg); err == nil {
			n.out.told(line)
		} else if ctx.Err() == nil {
			n.out.told("• how long the first load takes can't be told: " + err.Error())
		}
	}
}

// list says where the services can be asked, once all listen.
func (n *narrator) list() {
	admin := n.h.Admin()
	if n.listed || len(admin) < services {
		return
	}
	n.listed = true
	var text strings.Builder
	text.WriteString("  health   /readyz and /metrics of")
	for _, name := range sortedKeys(admin) {
		fmt.Fprintf(&text, "\n           %-14s http://%s", name, admin[name])
	}
	n.out.line(text.String())
}

// services is how many a stack runs.
const services = 4

// statusLine is what is going on, in a line.
func statusLine(s planner.Status) string {
	line := planner.Sentences(s)
	switch {
	case s.Settled:
		return line
	case line == "":
		return fmt.Sprintf("%d answers to load; %d calls due", s.Backlog, s.Due())
	}
	return fmt.Sprintf("%s; %d answers to load", line, s.Backlog)
}

// registered reports whether every source's keys are known, which an estimate is made of.
func registered(s planner.Status) bool {
	return !slices.ContainsFunc(s.Sources, func(source planner.SourceStatus) bool { return !source.Registered })
}
