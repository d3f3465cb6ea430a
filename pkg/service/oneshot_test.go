package service_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
)

// What is done once speaks to a person, unless JSON is asked for.
func TestWhatIsDoneOnceSpeaksPlainly(t *testing.T) {
	t.Parallel()
	type config struct {
		service.LogConfig
		service.Waiting
	}
	app := service.App{Name: "tool", Commands: []service.Command{
		service.NewCommand("look", "Look", func(_ context.Context, cfg config) error {
			log := service.NewLogger("tool", cfg.LogConfig)
			log.Info().Msg("started")
			log.Warn().Msg("it is dark")
			require.Equal(t, 10*time.Second, cfg.Wait)
			return errors.New("nothing to be seen")
		}),
	}}
	ask := func(environ []string, args ...string) (int, string) {
		var out bytes.Buffer
		code := app.Execute(t.Context(), args, environ, service.Streams{Stdout: &out, Stderr: &out})
		return code, out.String()
	}
	code, said := ask(nil, "look")
	require.Equal(t, service.ExitFailed, code)
	require.Contains(t, said, "it is dark")
	require.Contains(t, said, "\ntool look: nothing to be seen\n")
	require.NotContains(t, said, "{")
	require.NotContains(t, said, "started")

	_, said = ask([]string{"LOG_FORMAT=json", "LOG_LEVEL=info"}, "look")
	require.Contains(t, said, `"message":"started"`)
	require.Contains(t, said, `"error":"nothing to be seen"`)

	code, said = ask(nil, "look", "--wait", "0s")
	require.Equal(t, service.ExitRefused, code)
	require.Contains(t, said, "--wait")
	code, said = ask(nil, "help", "loko")
	require.Equal(t, service.ExitRefused, code)
	require.Contains(t, said, `unknown command "loko"`)
	code, said = ask(nil, "help", "look")
	require.Equal(t, service.ExitOK, code)
	require.Contains(t, said, "tool look [flags]")
	for line := range strings.Lines(said) {
		require.LessOrEqual(t, len(line), 81, line)
	}
}

// fullDisk takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// Help, versions and configurations that could not be written are no success.
func TestWhatCouldNotBeWrittenIsNoSuccess(t *testing.T) {
	t.Parallel()
	app := service.App{Name: "tool", Commands: []service.Command{
		service.NewCommand("look", "Look", func(context.Context, service.LogConfig) error { return nil }),
	}}
	for _, args := range [][]string{{"--help"}, {"help", "look"}, {"look", "--help"}, {"--version"}, {"version"}, {"look", "--print-config"}, {"completion", "bash"}} {
		var said bytes.Buffer
		require.Equal(t, service.ExitFailed, app.Execute(t.Context(), args, nil, service.Streams{Stdout: fullDisk{}, Stderr: &said}), args)
		require.Contains(t, said.String(), "no space left on device", args)
	}
}
