package service

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopBound is how long a command may take to drain.
const stopBound = 15 * time.Second

// exitSignal is what a shell adds to the number of the signal that ended a
// process.
const exitSignal = 128

// stopped is why a command ends that was told to by a signal.
type stopped struct{ signal syscall.Signal }

// Error says it in a word.
func (stopped) Error() string { return "interrupted" }

// Is makes it an end of the context like any other.
func (stopped) Is(target error) bool { return target == context.Canceled }

func notify() <-chan os.Signal {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return signals
}

// guard runs a command under a context that the first signal cancels. A second
// signal, or the end of stopBound, returns without waiting for the command any
// longer; the caller then ends the process.
func guard(signals <-chan os.Signal, stderr io.Writer, run func(context.Context) int) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	done := make(chan int, 1)
	go func() { done <- run(ctx) }()

	select {
	case code := <-done:
		return code
	case first := <-signals:
		number, _ := first.(syscall.Signal)
		cancel(stopped{number})
	}
	bound := time.NewTimer(stopBound)
	defer bound.Stop()
	select {
	case code := <-done:
		return code
	case second := <-signals:
		if number, ok := second.(syscall.Signal); ok {
			return exitSignal + int(number)
		}
		return ExitFailed
	case <-bound.C:
		printf(stderr, "did not stop within %s; ending the process\n", stopBound)
		return ExitFailed
	}
}
