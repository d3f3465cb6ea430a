package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/cledit/pipeline/pkg/redact"
)

// Exit codes of every binary.
const (
	ExitOK      = 0 // done, or stopped as asked; 128 and the signal's number when stopped before it was done
	ExitFailed  = 1 // an error while running
	ExitRefused = 2 // a bad configuration, flag or command; nothing was started
)

// defaultCommand is what a binary does when no command is named, and until it is
// stopped: to be stopped is not a failure of it, and it talks to a log. Every other
// command is done once, for a person or a script.
const defaultCommand = "run"

// App is one binary: its name and its commands. A command named run is also what
// it does without a command; a command health is added where a command serves
// HTTP_ADDR.
type App struct {
	Name     string
	Short    string
	Commands []Command
}

// Command is one thing that a binary can do, with a configuration of its own.
type Command struct {
	Name  string
	Short string

	verbs     []Verb
	newConfig func() any // a pointer to a struct
	run       func(ctx context.Context, config any) error
}

// Verb is one of the things that a command does. Its Use begins with its name,
// which is the command's first argument: "pin MOVIE_CD TMDB_ID".
type Verb struct{ Use, Short string }

// NewCommand makes a command of a function that takes its configuration, a
// struct with the tags that the package comment describes. The function returns
// nil when its context ends and it has drained.
func NewCommand[C any](name, short string, run func(ctx context.Context, config C) error) Command {
	return Command{
		Name: name, Short: short, newConfig: func() any { return new(C) },
		run: func(ctx context.Context, config any) error { return run(ctx, *config.(*C)) },
	}
}

// With returns the command with the verbs that its first argument may be, for help
// and completion.
func (c Command) With(verbs ...Verb) Command {
	c.verbs = verbs
	return c
}

// Main runs the app with the process's arguments, environment and signals, and
// ends the process.
func Main(app App) {
	os.Exit(guard(notify(), os.Stderr, func(ctx context.Context) int {
		return app.Execute(ctx, os.Args[1:], os.Environ(), Streams{os.Stdin, os.Stdout, os.Stderr})
	}))
}

func (c Command) serves() bool { return c.Name == defaultCommand }

// quiet has a command that is done once log what a person wants to see of it.
func (c Command) quiet(b *bound) {
	for _, s := range b.settings {
		if fallback, ok := map[string]string{"LOG_LEVEL": "warn", "LOG_FORMAT": formatConsole}[s.env]; ok && !c.serves() {
			s.fallback = fallback
		}
	}
}

// Execute runs the command that the arguments name and returns its exit code.
// The environment is a list of NAME=value; the streams must not be nil.
func (a App) Execute(ctx context.Context, args, environ []string, streams Streams) int {
	call := &invocation{
		app: a.withHealth(), environ: make(map[string]string, len(environ)), streams: streams,
		out: &output{Writer: streams.Stdout},
	}
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			call.environ[name] = value
		}
	}
	root := call.root(ctx)
	root.SetArgs(call.admitted(root, call.named(args)))
	root.SetOut(call.out)
	root.SetErr(streams.Stderr)
	if err := root.Execute(); err != nil && call.out.err == nil {
		call.say("%s: %s", a.Name, strings.TrimSpace(err.Error()))
		return ExitRefused
	}
	if call.out.err != nil && call.code == ExitOK {
		call.say("%s: %v", a.Name, call.out.err)
		return ExitFailed
	}
	return call.code
}

// execute answers --version and --print-config, reads the configuration and runs.
func (c *invocation) execute(ctx context.Context, flags *pflag.FlagSet, command Command, config any, b *bound, args []string) int {
	if c.printsVersion(flags) {
		return ExitOK
	}
	if b.log != nil {
		b.log.LogWriter = c.streams.Stderr
	}
	for _, streams := range b.streams {
		*streams = c.streams
	}
	b.takeArgs(args, &c.bad)
	b.resolve(c.environ, &c.bad)
	b.fill(&c.bad)
	err := c.bad.err()
	c.warn(command, b.log, err)
	if err != nil {
		c.say("%s %s: %v\nSee %s %s --help.", c.app.Name, command.Name, err, c.app.Name, command.Name)
		return ExitRefused
	}
	if printing, _ := flags.GetBool(flagPrintConfig); printing {
		b.print(c.out)
		return ExitOK
	}
	return c.start(ctx, command, config, b.log)
}

// start runs the command. An end that was asked for is not a failure of what serves
// until then.
func (c *invocation) start(ctx context.Context, command Command, config any, logging *LogConfig) int {
	err := command.run(ctx, config)
	if err == nil || command.serves() && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return ExitOK
	}
	if _, ok := errors.AsType[*ConfigError](err); ok {
		c.say("%s %s: %v", c.app.Name, command.Name, err)
		return ExitRefused
	}
	if command.logs(logging) {
		log := NewLogger(c.app.Name, *logging)
		log.Error().Err(err).Str("command", command.Name).Msg("stopped by an error")
	} else {
		c.say("%s %s: %s", c.app.Name, command.Name, ended(ctx, err))
	}
	if stop, ok := errors.AsType[stopped](context.Cause(ctx)); ok && !command.serves() {
		return exitSignal + int(stop.signal)
	}
	return ExitFailed
}

// ended is an error in words for a person, to whom a context says nothing: what a
// library stopped at because of a signal was interrupted. The cause is the last words of
// an error, and of each of those that are joined, one a line.
func ended(ctx context.Context, err error) string {
	stop, ok := errors.AsType[stopped](context.Cause(ctx))
	if !ok || !errors.Is(err, context.Canceled) {
		return err.Error()
	}
	lines := strings.Split(err.Error(), "\n")
	for i, line := range lines {
		if before, found := strings.CutSuffix(line, context.Canceled.Error()); found {
			lines[i] = before + stop.Error()
		}
	}
	return strings.Join(lines, "\n")
}

// logs reports whether the command says what is wrong to its log: what serves does,
// and what was asked for JSON.
func (c Command) logs(logging *LogConfig) bool {
	return logging != nil && (c.serves() || logging.LogFormat == formatJSON)
}

// warn names the variables that look like misspellings of ours: through the log
// where the command has one, so that a log of JSON stays one.
func (c *invocation) warn(command Command, logging *LogConfig, refused error) {
	meant := misspellings(slices.Collect(maps.Keys(c.environ)), c.app.variables())
	for _, found := range slices.Sorted(maps.Keys(meant)) {
		if refused != nil || !command.logs(logging) {
			c.say("%s: warning: unknown environment variable %s; did you mean %s?", c.app.Name, found, meant[found])
			continue
		}
		log := NewLogger(c.app.Name, *logging)
		log.Warn().Str("command", command.Name).Str("variable", found).Str("meant", meant[found]).
			Msg("an environment variable looks like a misspelling and is ignored")
	}
}

// say writes a line for a person to the error stream.
func (c *invocation) say(format string, args ...any) {
	printf(c.streams.Stderr, "%s\n", redact.Process.String(fmt.Sprintf(format, args...)))
}

// printf writes to one of the process's streams. When that fails there is no
// other place to complain to.
func printf(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format, args...)
}

// variables are the names in the environment that some command of the app reads.
func (a App) variables() []string {
	var names []string
	for _, command := range a.Commands {
		for _, s := range bind(command.newConfig()).settings {
			names = append(names, s.ways()...)
		}
	}
	return slices.Compact(
		slices.Sorted(slices.Values(slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "-") }))),
	)
}

// FromMap reads a configuration from values by variable name, with the defaults
// for what is not named: the way for a program that runs several services, which
// must not share one environment. The error is a *ConfigError with every problem.
func FromMap[C any](values map[string]string) (C, error) {
	var config C
	var bad problems
	b := bind(&config)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.ContainsFunc(b.settings, func(s *setting) bool { return slices.Contains(s.ways(), name) }) {
			bad.add(fmt.Errorf("unknown variable %s of %s", name, reflect.TypeFor[C]()))
		}
	}
	b.resolve(values, &bad)
	b.fill(&bad)
	return config, bad.err()
}
