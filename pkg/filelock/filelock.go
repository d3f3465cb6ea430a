// Package filelock keeps a second program out of what a file stands for.
//
// The system gives a lock back when the program ends, however it ends, so none is
// ever left behind. It holds on one machine: on a shared file system it depends on
// that system. A lock whose file was removed meanwhile, with its folder, is not
// taken for one: a process that waits at the door of a stack that is being torn down must
// not find itself in possession of nothing.
package filelock

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrHeld means that another program, or another part of this one, has the lock.
var ErrHeld = errors.New("in use by another program")

// Lock is a lock that is held.
type Lock struct{ file *os.File }

// Acquire takes the lock that the file stands for, which is made when missing. It
// does not wait. Errors: [ErrHeld], and those of opening the file.
func Acquire(path string) (*Lock, error) {
	for {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		lock := &Lock{file}
		if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			if errors.Is(err, syscall.EWOULDBLOCK) {
				err = ErrHeld
			}
			return nil, errors.Join(fmt.Errorf("locking %s: %w", path, err), file.Close())
		}
		if lock.stands(path) {
			return lock, nil
		}
		if err := lock.Release(); err != nil {
			return nil, err
		}
	}
}

// stands reports whether the path still leads to the file that is locked.
func (l *Lock) stands(path string) bool {
	here, err := l.file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(here, there)
}

// Release gives the lock back. Nobody else holds it when it returns.
func (l *Lock) Release() error {
	// A child that is being forked holds a copy of the descriptor until it runs
	// its program, so closing ours alone would not unlock at once.
	err := syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN)
	if err = errors.Join(err, l.file.Close()); err != nil {
		return fmt.Errorf("unlocking %s: %w", l.file.Name(), err)
	}
	return nil
}
