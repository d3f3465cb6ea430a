package stack

import (
	"context"
	"fmt"
	"syscall"
)

// leastFiles is how many files a stack may have open at least: it has some 100 when
// all of it works, and grows.
const leastFiles = 128

// checkFiles fails where the limit of open files is too low, which would show as
// anything but that.
func checkFiles(context.Context) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("reading the limit of open files: %w", err)
	}
	return enoughFiles(limit.Cur)
}

func enoughFiles(limit uint64) error {
	if limit < leastFiles {
		return fmt.Errorf(
			"at most %d files may be open here, and at least %d have to: raise the limit, as by `ulimit -n 1024`", limit,
			leastFiles,
		)
	}
	return nil
}
