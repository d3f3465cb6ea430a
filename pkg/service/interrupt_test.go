package service

import (
	"bytes"
	"context"
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
