package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestGuardPassesOnTheCode(t *testing.T) {
	t.Parallel()
	code := guard(nil, &bytes.Buffer{}, func(context.Context) int { return 7 })
	require.Equal(t, 7, code)
}

func TestTheFirstSignalEndsTheContext(t *testing.T) {
	t.Parallel()
	signals := make(chan os.Signal, 1)
	signals <- syscall.SIGTERM
	code := guard(signals, &bytes.Buffer{}, func(ctx context.Context) int {
		<-ctx.Done()
		return ExitOK
	})
	require.Equal(t, ExitOK, code)
}

// hang is a command that takes a minute to notice.
func hang(ctx context.Context) int {
	<-ctx.Done()
	<-time.After(time.Minute)
	return ExitOK
}

func TestASecondSignalDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 2)
		signals <- syscall.SIGINT
		signals <- syscall.SIGTERM
		begun := time.Now()
		require.Equal(t, 128+15, guard(signals, &bytes.Buffer{}, hang))
		require.Zero(t, time.Since(begun))
		<-time.After(2 * time.Minute) // let the hanging command end with the test
	})
}

func TestStoppingIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		signals := make(chan os.Signal, 1)
		signals <- syscall.SIGTERM
		var stderr bytes.Buffer
		begun := time.Now()
		require.Equal(t, ExitFailed, guard(signals, &stderr, hang))
		require.Equal(t, 15*time.Second, time.Since(begun))
		require.Equal(t, "did not stop within 15s; ending the process\n", stderr.String())
		<-time.After(2 * time.Minute)
	})
}

// What a library says of a context that a signal ended is told as what it was.
func TestAnInterruptedCommandSaysSo(t *testing.T) {
	t.Parallel()
	app := App{Name: "tool", Commands: []Command{NewCommand("look", "Look", func(ctx context.Context, _ struct{}) error {
		return errors.Join(fmt.Errorf("looking at the tables: %w", ctx.Err()), fmt.Errorf("going on: %w", context.Cause(ctx)))
	})}}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(stopped{syscall.SIGTERM})
	var stderr bytes.Buffer
	require.Equal(t, 128+15, app.Execute(ctx, []string{"look"}, nil, Streams{Stdout: &stderr, Stderr: &stderr}))
	require.Equal(t, "tool look: looking at the tables: interrupted\ngoing on: interrupted\n", stderr.String())
}

// Words that only look like it stay: an error is told as what it is.
func TestWhatWasNotInterruptedIsToldAsItIs(t *testing.T) {
	t.Parallel()
	stop, cancel := context.WithCancelCause(t.Context())
	cancel(stopped{syscall.SIGTERM})
	for _, err := range []error{
		errors.New("the server said: context canceled"),
		fmt.Errorf("film \"context canceled\": %w", context.DeadlineExceeded),
	} {
		require.Equal(t, err.Error(), ended(stop, err))
	}
	require.Equal(t, "film \"context canceled\": interrupted", ended(stop, fmt.Errorf("film \"context canceled\": %w", context.Canceled)))
	require.Equal(t, "context canceled", ended(t.Context(), context.Canceled))
}
