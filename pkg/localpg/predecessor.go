package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// awaitPredecessor returns when no server of an earlier program runs on the
// cluster. One whose program was just killed is shutting down: it gets the time
// for it.
func (f *folder) awaitPredecessor(ctx context.Context) error {
	pid, err := f.lockedBy()
	if err != nil || pid == 0 {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, endTimeout,
		fmt.Errorf("%w: process %d in %s; stop it with: kill -INT %d", ErrRunning, pid, f.data(), pid))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for f.serves(pid) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	if err := f.disown(pid); err != nil {
		return fmt.Errorf("clearing what process %d left in %s: %w", pid, f.root, err)
	}
	return nil
}

func (f *folder) pidFile() string { return filepath.Join(f.data(), "postmaster.pid") }

// lockedBy is the process that the cluster's lock file names, 0 without one.
func (f *folder) lockedBy() (int, error) {
	text, err := os.ReadFile(f.pidFile())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading the cluster's lock file: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0, fmt.Errorf("reading the cluster's lock file %s: %w", f.pidFile(), err)
	}
	return max(pid, -pid), nil // negative: a single-user server
}

// disown makes sure that the left lock files stop nobody when their process id
// belongs to another program by now (after a restart of a container, nearly
// always). The cluster's lock file is not removed but given our own id: the
// server takes its parent's id for a stale one, and still checks by the file's
// other lines that no session of the dead server is alive.
func (f *folder) disown(pid int) error {
	for _, name := range []string{".s.PGSQL.%d", ".s.PGSQL.%d.lock"} {
		err := os.Remove(filepath.Join(f.socket, fmt.Sprintf(name, port)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	text, err := os.ReadFile(f.pidFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !alive(pid) {
		return err
	}
	_, rest, _ := strings.Cut(string(text), "\n")
	draft := f.pidFile() + ".new"
	if err := os.WriteFile(draft, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600); err != nil {
		return err
	}
	if err := f.owner.give(draft); err != nil {
		return err
	}
	return os.Rename(draft, f.pidFile())
}

func alive(pid int) bool {
	return pid > 0 && !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
