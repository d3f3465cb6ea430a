package service_test

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// child is a process of its own, whose output is read line by line.
type child struct {
	cmd  *exec.Cmd
	out  *bufio.Scanner
	said bytes.Buffer // to its error stream
}

func startChild(t *testing.T, command string) *child {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], command)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	c := &child{cmd: cmd, out: bufio.NewScanner(pipe)}
	cmd.Stderr = &c.said
	require.NoError(t, cmd.Start())
	require.True(t, c.out.Scan(), "the child says nothing")
	require.Equal(t, "running", c.out.Text())
	return c
}

// end reads what is left and returns the exit code.
func (c *child) end(t *testing.T) int {
	t.Helper()
	for c.out.Scan() {
		t.Log(c.out.Text())
	}
	_ = c.cmd.Wait() // its error is the exit code, which is asked for below
	return c.cmd.ProcessState.ExitCode()
}

func TestSignalsEndAProcessInOrder(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		c := startChild(t, "run")
		require.NoError(t, c.cmd.Process.Signal(signal))
		require.True(t, c.out.Scan())
		require.Equal(t, "drained", c.out.Text())
		require.Equal(t, 0, c.end(t))
	}
}

// A script must not take what was cut off for what was done.
func TestASignalCutsOffWhatIsDoneOnce(t *testing.T) {
	t.Parallel()
	for signal, code := range map[os.Signal]int{syscall.SIGTERM: 128 + 15, os.Interrupt: 128 + 2} {
		c := startChild(t, "once")
		require.NoError(t, c.cmd.Process.Signal(signal))
		require.Equal(t, code, c.end(t))
		require.Equal(t, "child once: after 3 of 5: interrupted\n", c.said.String())
	}
}

func TestASecondSignalEndsAStuckProcess(t *testing.T) {
	t.Parallel()
	c := startChild(t, "stuck")
	require.NoError(t, c.cmd.Process.Signal(syscall.SIGTERM))
	require.True(t, c.out.Scan(), "the first signal was heard")
	require.NoError(t, c.cmd.Process.Signal(os.Interrupt))
	require.Equal(t, 128+2, c.end(t))
}
