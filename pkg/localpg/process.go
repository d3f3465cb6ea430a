package localpg

import (
	"os"
	"os/exec"
	"runtime"
)

// spawn starts a process from a thread that lives until the process has ended:
// Linux sends the signal of a parent's death when the thread that started the
// process ends, not the program.
func spawn(cmd *exec.Cmd) (ended <-chan error, err error) {
	started := make(chan error)
	end := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		end <- cmd.Wait()
	}()
	return end, <-started
}

// handover is a set of folders for a child process: paths that it can use, and
// the open files that it must inherit for them.
type handover struct {
	paths []string
	files []*os.File
}

func (h *handover) close() {
	for _, f := range h.files {
		_ = f.Close() // opened for reading: nothing can be lost
	}
}
