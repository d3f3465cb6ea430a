package service

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// helpWidth is how wide help is, in columns: those of a terminal that nobody has
// made wider.
const helpWidth = 80

// speak has the commands explain themselves within helpWidth.
func (c *invocation) speak(root *cobra.Command) {
	root.SetUsageFunc(func(cmd *cobra.Command) error {
		usage(cmd.OutOrStderr(), cmd)
		return nil
	})
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		text := cmd.Long
		if text == "" {
			text = cmd.Short
		}
		for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
			printf(cmd.OutOrStdout(), "%s\n\n", fold(paragraph, 0))
		}
		usage(cmd.OutOrStdout(), cmd)
	})
	root.SetHelpCommand(&cobra.Command{
		Use: "help [command]", Short: "Help about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || cmd == nil || len(rest) > 0 && cmd == root {
				return fmt.Errorf("there is no command %q. See %s --help", strings.Join(args, " "), c.app.Name)
			}
			return cmd.Help()
		},
	})
}

func usage(out io.Writer, cmd *cobra.Command) {
	line := cmd.CommandPath()
	if _, arguments, ok := strings.Cut(cmd.Use, " "); ok {
		line += " " + arguments
	}
	if cmd.HasAvailableSubCommands() {
		line += " [command]"
	}
	printf(out, "Usage:\n  %s\n", fold(line+" [flags]", 4))
	if cmd.HasAvailableSubCommands() {
		printf(out, "\nCommands:\n")
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				printf(out, "  %-12s %s\n", sub.Name(), fold(sub.Short, 15))
			}
		}
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		printf(out, "\nFlags:\n%s", flags.FlagUsagesWrapped(helpWidth))
	}
}

// fold breaks a text into lines that fit when each but the first begins so many
// columns in, and the first does already.
func fold(text string, indent int) string {
	var folded strings.Builder
	column := indent
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len(word) > helpWidth:
			folded.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			folded.WriteByte(' ')
			column++
		}
		folded.WriteString(word)
		column += len(word)
	}
	return folded.String()
}
