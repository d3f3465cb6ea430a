package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cledit/pipeline/pkg/screen"
)

// invocation is one call of an app.
type invocation struct {
	app     App
	environ map[string]string
	streams Streams
	out     *output  // help, versions and configurations go to Stdout through it
	bad     problems // with the arguments
	code    int
}

// output remembers the first text that could not be written, such as to a full disk.
type output struct {
	io.Writer
	err error
}

// Write writes.
func (o *output) Write(text []byte) (int, error) {
	n, err := o.Writer.Write(text)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// named is the arguments with the command that they mean in front. Flags alone mean
// the default command, which has to be said: to find a command cobra skips flags, and
// after one that it does not know it takes a flag's value for a command.
func (c *invocation) named(args []string) []string {
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		return args
	}
	for _, command := range c.app.Commands {
		if i := slices.Index(args, command.Name); i >= 0 {
			return slices.Concat([]string{command.Name}, args[:i], args[i+1:])
		}
	}
	if slices.Contains(args, "--"+flagHelp) || slices.Contains(args, "-h") || !slices.ContainsFunc(c.app.Commands, Command.serves) {
		return args
	}
	return append([]string{defaultCommand}, args...)
}

// admitted is the arguments without those that are refused, which are noted.
func (c *invocation) admitted(root *cobra.Command, args []string) []string {
	cmd, rest, err := root.Find(args)
	if err != nil || cmd.Flags().Lookup(flagPrintConfig) == nil {
		return args // cobra says what is wrong with them
	}
	return append(strings.Fields(cmd.CommandPath())[1:], admit(cmd.Flags(), rest, &c.bad)...)
}

// root is the tree of commands.
func (c *invocation) root(ctx context.Context) *cobra.Command {
	root := &cobra.Command{
		Use: c.app.Name, Short: c.app.Short, SilenceErrors: true, SilenceUsage: true, SuggestionsMinimumDistance: 2, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.printsVersion(cmd.Flags()) {
				return nil
			}
			return errors.New("no command given; see --help")
		},
	}
	root.CompletionOptions.DisableDefaultCmd = true // it explains itself in lines that are too long
	for _, command := range c.app.Commands {
		c.add(ctx, root, command)
	}
	if !root.Flags().HasFlags() {
		root.Flags().BoolP(flagVersion, "v", false, "print the version and exit")
	}
	root.AddCommand(c.version(), completion(root, c.out))
	root.SetHelpCommand(help(root))
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { explain(cmd.OutOrStdout(), cmd) })
	return root
}

// add makes a command and its verbs part of root, which takes the flags of the one that
// serves.
func (c *invocation) add(ctx context.Context, root *cobra.Command, command Command) {
	cmd := c.command(ctx, command, command.Name, command.Short)
	for _, verb := range command.verbs {
		cmd.AddCommand(c.command(ctx, command, verb.Use, verb.Short))
	}
	root.AddCommand(cmd)
	if command.serves() {
		root.Flags().AddFlagSet(cmd.Flags())
		root.Long = c.app.Short + "\n\nWithout a command it does what \"" + defaultCommand + "\" does."
	}
}

// command is a command of the app, or one of its verbs: then the verb is its first
// argument.
func (c *invocation) command(ctx context.Context, command Command, use, short string) *cobra.Command {
	config := command.newConfig()
	b := bind(config)
	cmd := &cobra.Command{Use: use, Short: short, DisableFlagsInUseLine: true, Args: cobra.ArbitraryArgs}
	verb := cmd.Name() != command.Name
	if b.args != nil && !verb {
		cmd.Use += " " + b.usage
	}
	command.quiet(b)
	b.addFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if verb {
			args = append([]string{cmd.Name()}, args...)
		}
		c.code = c.execute(ctx, cmd.Flags(), command, config, b, args)
		return nil
	}
	return cmd
}

func (c *invocation) version() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, Run: func(*cobra.Command, []string) {
		printf(c.out, "%s\n", versionLine(c.app.Name))
	}}
}

// printsVersion reports whether the flags ask for the version, and prints it then.
// Cobra's own --version has another form.
func (c *invocation) printsVersion(flags *pflag.FlagSet) bool {
	asked, err := flags.GetBool(flagVersion)
	if asked && err == nil {
		printf(c.out, "%s\n", versionLine(c.app.Name))
	}
	return asked
}

func completion(root *cobra.Command, out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh", Short: "Print a script that completes commands and flags in a shell",
		ValidArgs: []string{"bash", "zsh"}, Args: cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(_ *cobra.Command, args []string) error {
			if args[0] == "zsh" {
				return root.GenZshCompletion(out)
			}
			return root.GenBashCompletionV2(out, true)
		},
	}
}

func help(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return fmt.Errorf("unknown command %q; see %s --help", strings.Join(args, " "), root.Name())
			}
			return cmd.Help()
		},
	}
}

// explain prints a command's help, within the columns of a terminal that nobody
// has made wider: cobra's own does not break its lines.
func explain(out io.Writer, cmd *cobra.Command) {
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	line := cmd.UseLine()
	if !cmd.HasParent() {
		line += " [command]"
	}
	printf(out, "%s\n\nUsage:\n%s\n", screen.Fold(strings.TrimSpace(text), screen.Columns), indented(line+" [flags]", "  "))
	if cmd.HasAvailableSubCommands() {
		printf(out, "\nCommands:\n")
		for _, sub := range cmd.Commands() {
			printf(out, "  %-12s %s\n", sub.Name(), strings.TrimSpace(indented(sub.Short, strings.Repeat(" ", 15))))
		}
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		printf(out, "\nFlags:\n%s", flags.FlagUsagesWrapped(screen.Columns))
	}
}

func indented(text, by string) string {
	return by + strings.ReplaceAll(screen.Fold(text, screen.Columns-len(by)), "\n", "\n"+by)
}
