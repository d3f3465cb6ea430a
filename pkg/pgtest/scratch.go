package pgtest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const prefix = "pgtest-"

// scratch is a temporary folder whose owner can be told to be alive: it holds
// a lock on a file in the folder, which the system frees however it ends.
type scratch struct {
	path string
	lock *os.File
}

// newScratch makes a folder and removes those of test binaries that are gone.
func newScratch() (*scratch, error) {
	parent := parent()
	sweep(parent)
	path, err := os.MkdirTemp(parent, prefix)
	if err != nil {
		return nil, fmt.Errorf("making a folder for the test server: %w", err)
	}
	// Locked under another name first: a folder is swept by its lock file, so
	// it must never be seen with one that is not locked.
	lock, err := os.Create(filepath.Join(path, "alive.new"))
	if err != nil {
		return nil, fmt.Errorf("making a lock: %w", err)
	}
	s := &scratch{path: path, lock: lock}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), s.remove())
	}
	if err := os.Rename(lock.Name(), marker(path)); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// parent is in memory, where there is room: the file system of a disk spends several
// times as long on the hundreds of files of a database, which is made for a test and
// removed after it, as Postgres does. Benchmarks, and those who have set TMPDIR, get
// what they ask for.
func parent() string {
	bench := flag.Lookup("test.bench")
	if os.Getenv("TMPDIR") != "" || bench != nil && bench.Value.String() != "" {
		return os.TempDir()
	}
	if dir := inMemory(); dir != "" {
		return dir
	}
	return os.TempDir()
}

func marker(path string) string { return filepath.Join(path, "alive") }

func (s *scratch) remove() error {
	return errors.Join(empty(s.path), s.lock.Close())
}

// empty removes the marker last: what could not be removed now, because a
// server of a killed binary is still shutting down, is found again.
func empty(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if p := filepath.Join(path, e.Name()); p != marker(path) {
			err = errors.Join(err, os.RemoveAll(p))
		}
	}
	if err != nil {
		return err
	}
	return os.RemoveAll(path)
}

// sweep removes the folders of owners that are gone. What it may not remove
// (another user's) stays.
func sweep(parent string) {
	paths, err := filepath.Glob(filepath.Join(parent, prefix+"*"))
	if err != nil {
		panic("pgtest: " + err.Error()) // only for a malformed pattern
	}
	for _, path := range paths {
		lock, err := os.Open(marker(path))
		if err != nil {
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = empty(path)
		}
		_ = lock.Close()
	}
}
