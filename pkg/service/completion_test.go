package service_test

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
)

type verbConfig struct {
	service.LogConfig
	Why  string   `flag:"why" help:"why"`
	Args []string `args:"pin|ban MOVIE_CD"`
}

// verbs runs an app with a command of several verbs, and returns what it printed
// and the arguments that the command got.
func verbs(t *testing.T, args ...string) (code int, said string, got []string) {
	t.Helper()
	match := service.NewCommand("match", "Decide by hand", func(_ context.Context, cfg verbConfig) error {
		got = slices.Concat(cfg.Args, []string{cfg.Why})
		return nil
	}).With(
		service.Verb{Use: "pin MOVIE_CD TMDB_ID", Short: "Take this one"},
		service.Verb{Use: "ban MOVIE_CD TMDB_ID", Short: "Never this one"},
	)
	app := service.App{Name: "tool", Short: "A tool.", Commands: []service.Command{match}}
	var out bytes.Buffer
	code = app.Execute(t.Context(), args, nil, service.Streams{Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out})
	return code, out.String(), got
}

func TestAVerbIsTheFirstArgument(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"match", "pin", "20190324", "--why", "seen"}, {"match", "--why=seen", "pin", "20190324"}, {"--why", "seen", "match", "pin", "20190324"}} {
		code, said, got := verbs(t, args...)
		require.Equal(t, service.ExitOK, code, said)
		require.Equal(t, []string{"pin", "20190324", "seen"}, got)
	}
	code, said, _ := verbs(t, "match", "pin", "--wyh", "seen")
	require.Equal(t, service.ExitRefused, code)
	require.Contains(t, said, "unknown flag --wyh; did you mean --why?")
}

func TestHelpOfAVerb(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"match", "pin", "--help"}, {"help", "match", "pin"}} {
		code, said, _ := verbs(t, args...)
		require.Equal(t, service.ExitOK, code)
		require.Contains(t, said, "Take this one")
		require.Contains(t, said, "tool match pin MOVIE_CD TMDB_ID [flags]")
		require.Contains(t, said, "--why string")
	}
	_, said, _ := verbs(t, "match", "--help")
	require.Contains(t, said, "Never this one")
}

// What a shell asks for when a person presses Tab.
func TestCompletionKnowsCommandsVerbsAndFlags(t *testing.T) {
	t.Parallel()
	for typed, offered := range map[string]string{"ma": "match\tDecide by hand", "match p": "pin\tTake this one", "match pin --w": "--why\twhy", "completion z": "zsh"} {
		code, said, _ := verbs(t, append([]string{"__complete"}, strings.Fields(typed)...)...)
		require.Equal(t, service.ExitOK, code)
		require.Contains(t, said, offered, typed)
	}
}

func TestCompletionOfAShellIsAScriptOfIt(t *testing.T) {
	t.Parallel()
	_, zsh, _ := verbs(t, "completion", "zsh")
	require.True(t, strings.HasPrefix(zsh, "#compdef tool\n"))
	code, script, _ := verbs(t, "completion", "bash")
	require.Equal(t, service.ExitOK, code)
	check := exec.CommandContext(t.Context(), "bash", "-n")
	check.Stdin = strings.NewReader(script)
	out, err := check.CombinedOutput()
	require.NoError(t, err, string(out))
	code, said, _ := verbs(t, "completion", "fish")
	require.Equal(t, service.ExitRefused, code)
	require.Contains(t, said, `invalid argument "fish"`)
}

func TestVersionIsACommandToo(t *testing.T) {
	t.Parallel()
	_, said, _ := verbs(t, "version")
	require.True(t, strings.HasPrefix(said, "tool "+service.Version()+" ("))
}
