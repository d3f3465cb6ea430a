package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Process is a running service.
type Process struct {
	Name string
	cmd  *exec.Cmd
	log  *logBuffer
	done chan struct{}
	err  error // how it ended; readable after done

	mu     sync.Mutex
	ending bool // it was told to end
}

// StartProcess runs a service with nothing but the given variables in its
// environment. It is ended with the test.
func StartProcess(tb testing.TB, service string, env map[string]string, args ...string) *Process {
	tb.Helper()
	p := &Process{Name: service, log: &logBuffer{}, done: make(chan struct{})}
	p.cmd = exec.CommandContext(context.WithoutCancel(tb.Context()), Binary(tb, service), args...)
	p.cmd.Env = Environ(env)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	require.NoError(tb, p.cmd.Start(), "starting %s", service)
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	tb.Cleanup(func() {
		p.Kill()
		if tb.Failed() {
			tb.Logf("the end of the log of %s:\n%s", service, p.log.tail())
		}
	})
	return p
}

// Environ writes variables as a process takes them.
func Environ(env map[string]string) []string {
	list := make([]string, 0, len(env))
	for name, value := range env {
		list = append(list, name+"="+value)
	}
	return list
}

// Kill ends the process as a crash does, with SIGKILL, and waits for its end.
func (p *Process) Kill() { p.end(syscall.SIGKILL) }

// Stop asks the process to drain, with SIGTERM, and returns its exit code.
func (p *Process) Stop() int {
	p.end(syscall.SIGTERM)
	return p.cmd.ProcessState.ExitCode()
}

func (p *Process) end(sig os.Signal) {
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		panic(fmt.Sprintf("signalling %s: %v", p.Name, err))
	}
	<-p.done
}

// Wait waits until the process ends by itself and returns its exit code.
func (p *Process) Wait() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Ended says how a process ended that nobody told to, and nil otherwise.
func (p *Process) Ended() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ending {
		return nil
	}
	return fmt.Errorf("%s ended by itself: %w\n%s", p.Name, p.err, p.log.tail())
}

// Log is everything that the process has written.
func (p *Process) Log() string { return p.log.String() }

// pid is the process id.
func (p *Process) pid() int { return p.cmd.Process.Pid }

// logBuffer collects output; a process writes it while a test reads.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(data []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(data)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// tailLines is how much of a log helps to see why a test failed.
const tailLines = 30

func (b *logBuffer) tail() string {
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
