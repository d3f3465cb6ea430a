package service

import (
	"context"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Exit codes of every binary.
const (
	ExitOK      = 0 // done, or stopped as asked; 128 and the signal's number when stopped before it was done
	ExitFailed  = 1 // an error while running
	ExitRefused = 2 // a bad configuration, flag or command; nothing was started
)

// defaultCommand is what a binary does when no command is named, and until it is
// stopped: to be stopped is no failure of it, and it talks to a log. Every other
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
	// Long is shown by --help after the short line; it may be empty.
	Long string

	config reflect.Type
	run    func(ctx context.Context, config any) error
}

// NewCommand makes a command of a function that takes its configuration, a
// struct with the tags that the package comment describes. The function returns
// nil when its context ends and it has drained.
func NewCommand[C any](name, short string, run func(ctx context.Context, config C) error) Command {
	return Command{
		Name: name, Short: short, config: reflect.TypeFor[C](),
		run: func(ctx context.Context, config any) error { return run(ctx, *config.(*C)) },
	}
}

// Main runs the app with the process's arguments, environment and signals, and
// ends the process.
func Main(app App) {
	os.Exit(guard(notify(), os.Stderr, func(ctx context.Context) int {
		return app.Execute(ctx, os.Args[1:], os.Environ(), Streams{os.Stdin, os.Stdout, os.Stderr})
	}))
}

// invocation is one call of an app.
type invocation struct {
	app     App
	args    []string
	environ map[string]string
	streams Streams
	code    int
}

func (c Command) serves() bool { return c.Name == defaultCommand }

// variables are what the command is set from. One that is done once logs what a
// person wants to see of it.
func (c Command) variables() []variable {
	vars := variables(c.config)
	for i := range vars {
		if fallback, ok := map[string]string{"LOG_LEVEL": "warn", "LOG_FORMAT": formatConsole}[vars[i].env]; ok && !c.serves() {
			vars[i].fallback = fallback
		}
	}
	return vars
}

// Execute runs the command that the arguments name and returns its exit code.
// The environment is a list of NAME=value; the streams must not be nil.
func (a App) Execute(ctx context.Context, args, environ []string, streams Streams) int {
	call := &invocation{app: a.withHealth(), args: args, environ: toMap(environ), streams: streams}
	root := call.root(ctx)
	root.SetArgs(call.named())
	root.SetOut(streams.Stdout)
	root.SetErr(streams.Stderr)
	if err := root.Execute(); err != nil {
		call.say("%s: %s", a.Name, strings.TrimSpace(err.Error()))
		return ExitRefused
	}
	return call.code
}

func toMap(environ []string) map[string]string {
	values := make(map[string]string, len(environ))
	for _, entry := range environ {
		if name, value, ok := strings.Cut(entry, "="); ok && name != "" {
			values[name] = value
		}
	}
	return values
}

// named is the arguments with the command that they mean. Flags alone mean the
// default command, which has to be said: to find a command cobra skips flags, and
// after one that it does not know it takes a flag's value for a command.
func (c *invocation) named() []string {
	if len(c.args) == 0 || !strings.HasPrefix(c.args[0], "-") {
		return c.args
	}
	byDefault := false
	for _, command := range c.app.Commands {
		if slices.Contains(c.args, command.Name) {
			return c.args
		}
		byDefault = byDefault || command.Name == defaultCommand
	}
	if !byDefault || slices.Contains(c.args, "--"+flagHelp) || slices.Contains(c.args, "-h") {
		return c.args
	}
	return append([]string{defaultCommand}, c.args...)
}

// root is the tree of commands. Flags are parsed by parseFlags and not by cobra,
// which stops at the first one that it does not know.
func (c *invocation) root(ctx context.Context) *cobra.Command {
	root := &cobra.Command{Use: c.app.Name, Short: c.app.Short}
	for _, command := range c.app.Commands {
		if command.Name == defaultCommand {
			root = c.cobra(ctx, command)
			root.Use, root.Short = c.app.Name, c.app.Short
			root.Long = c.app.Short + "\n\nWithout a command it does what \"" + defaultCommand + "\" does.\n\n" + command.Long
			root.Args = nil // what is no command is an error, with a suggestion
		}
	}
	if root.RunE == nil {
		// Cobra's own --version has a template. text/template calls methods by
		// name, so the linker would keep those of all types: a quarter of a binary.
		version := root.Flags().BoolP(flagVersion, "v", false, "print the version and exit")
		root.RunE = func(*cobra.Command, []string) error {
			if *version {
				printf(c.streams.Stdout, "%s\n", versionLine(c.app.Name))
				return nil
			}
			return errors.New("which command? See --help")
		}
	}
	for _, command := range c.app.Commands {
		root.AddCommand(c.cobra(ctx, command))
	}
	c.speak(root)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	return root
}

func (c *invocation) cobra(ctx context.Context, command Command) *cobra.Command {
	use := command.Name
	if usage, takesArgs := argsField(command.config); takesArgs {
		use += " " + usage
	}
	cmd := &cobra.Command{
		Use: use, Short: command.Short, Long: strings.TrimSpace(command.Short + "\n\n" + command.Long),
		DisableFlagParsing: true, DisableFlagsInUseLine: true, Args: cobra.ArbitraryArgs,
	}
	cmd.Flags().SortFlags = false
	addFlags(cmd.Flags(), command.variables())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.code = c.execute(ctx, cmd, command, args)
		return nil
	}
	return cmd
}

// execute answers --help and --version, reads the configuration and runs.
func (c *invocation) execute(ctx context.Context, cmd *cobra.Command, command Command, args []string) int {
	var bad problems
	given, positional := parseFlags(cmd.Flags(), args, &bad)
	switch {
	case given[flagHelp] == "true":
		_ = cmd.Help() // only writing can fail, and there is no one left to tell
		return ExitOK
	case given[flagVersion] == "true":
		printf(c.streams.Stdout, "%s\n", versionLine(c.app.Name))
		return ExitOK
	}
	vars := command.variables()
	settings := resolve(vars, c.environ, given, &bad)
	config := reflect.New(command.config)
	equip(config.Elem(), c.streams)
	takeArgs(config.Elem(), positional, &bad)
	fill(config.Interface(), settings, &bad)
	if err := bad.err(); err != nil {
		c.warn(command, config.Elem(), err)
		c.say("%s %s: %v\nSee %s %s --help.", c.app.Name, command.Name, err, c.app.Name, command.Name)
		return ExitRefused
	}
	c.warn(command, config.Elem(), nil)
	if given[flagPrintConfig] == "true" {
		printConfig(c.streams.Stdout, settings)
		return ExitOK
	}
	return c.start(ctx, command, config)
}

// start runs the command. An end that was asked for is no failure of what serves
// until then.
func (c *invocation) start(ctx context.Context, command Command, config reflect.Value) int {
	err := command.run(ctx, config.Interface())
	if err == nil || command.serves() && ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return ExitOK
	}
	if _, ok := errors.AsType[*ConfigError](err); ok {
		c.say("%s %s: %v", c.app.Name, command.Name, err)
		return ExitRefused
	}
	if cfg, logs := c.logs(command, config.Elem()); logs {
		log := NewLogger(c.app.Name, cfg)
		log.Error().Err(err).Str("command", command.Name).Msg("stopped by an error")
	} else {
		c.say("%s %s: %v", c.app.Name, command.Name, err)
	}
	if stop, ok := errors.AsType[stopped](context.Cause(ctx)); ok && !command.serves() {
		return exitSignal + int(stop.signal)
	}
	return ExitFailed
}

// logs tells whether the command says what is wrong to its log, and to which: what
// serves does, and what was asked for JSON.
func (c *invocation) logs(command Command, config reflect.Value) (LogConfig, bool) {
	cfg, has := logConfig(config)
	return cfg, has && (command.serves() || cfg.LogFormat == formatJSON)
}

// warn names the variables that look like misspellings of ours: through the log
// where the command has one, so that a log of JSON stays one.
func (c *invocation) warn(command Command, config reflect.Value, refused error) {
	names := slices.Sorted(maps.Keys(c.environ))
	cfg, logs := c.logs(command, config)
	for _, m := range misspellings(names, c.app.variableNames()) {
		if !logs || refused != nil {
			c.say("%s: warning: %s is no variable of ours; did you mean %s?", c.app.Name, m.found, m.meant)
			continue
		}
		log := NewLogger(c.app.Name, cfg)
		log.Warn().Str("command", command.Name).Str("variable", m.found).Str("meant", m.meant).
			Msg("an environment variable looks like a misspelling and is ignored")
	}
}
