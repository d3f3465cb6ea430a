package harness

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Commands are the marked commands of a page of the documentation, by name: what
// it tells an operator to type is what a test runs.
type Commands map[string]string

var marked = regexp.MustCompile("(?ms)^<!-- run: ([a-z0-9-]+) -->\n```sh\n(.*?)^```$")

// ReadCommands reads them.
func ReadCommands(tb testing.TB, pages string) Commands {
	tb.Helper()
	files, err := filepath.Glob(pages)
	require.NoError(tb, err)
	commands := Commands{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(tb, err)
		for _, match := range marked.FindAllStringSubmatch(string(text), -1) {
			require.NotContains(tb, commands, match[1], "two commands of one name")
			commands[match[1]] = match[2]
		}
	}
	require.NotEmpty(tb, commands, "%s has no marked commands", pages)
	return commands
}

// With is a command with other values of its variables than those of the page,
// given in pairs: the line that sets one is replaced, and must be there.
func (c Commands) With(tb testing.TB, name string, values ...string) string {
	tb.Helper()
	require.Contains(tb, c, name)
	lines := strings.Split(c[name], "\n")
	for i := 0; i+1 < len(values); i += 2 {
		found := false
		for n, line := range lines {
			if strings.HasPrefix(line, values[i]+"=") {
				lines[n], found = values[i]+"='"+values[i+1]+"'", true
			}
		}
		require.True(tb, found, "%s sets no %s", name, values[i])
	}
	return strings.Join(lines, "\n")
}

// Shell runs commands as an operator would, with the pinned nats CLI, and returns
// what they print.
func (w *World) Shell(tb testing.TB, script string) string {
	tb.Helper()
	return Shell(tb, tb.TempDir(), script, map[string]string{"PATH": os.Getenv("PATH"), "NATS_URL": w.NATS.ClientURL()})
}

// Shell runs commands in a folder, with these variables and the pinned nats CLI, and
// returns what they print.
func Shell(tb testing.TB, dir, script string, env map[string]string) string {
	tb.Helper()
	tools, err := filepath.Abs("../.tools")
	require.NoError(tb, err)
	require.FileExists(tb, filepath.Join(tools, "nats"), "run make setup")
	require.NotEmpty(tb, script)
	cmd := exec.CommandContext(tb.Context(), "bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = dir
	env["PATH"], env["HOME"] = tools+string(filepath.ListSeparator)+env["PATH"], dir
	cmd.Env = Environ(env)
	out, err := cmd.CombinedOutput()
	require.NoError(tb, err, "%s\n%s", script, out)
	return string(out)
}
