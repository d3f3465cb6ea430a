package localpg

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// firstExtraFile is the descriptor that the first of exec.Cmd.ExtraFiles gets.
const firstExtraFile = 3

func processAttributes(a account, onDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onDeath, Credential: a.credential()}
}

// handOver opens folders for a child. A path under /proc/self/fd leads to the
// folder itself, whether or not the child's user may pass through those above.
func (f *folder) handOver(dirs ...string) (*handover, error) {
	if !f.owner.switched {
		return &handover{paths: dirs}, nil
	}
	h := &handover{}
	for i, dir := range dirs {
		file, err := os.Open(dir)
		if err != nil {
			h.close()
			return nil, fmt.Errorf("opening a folder of the server: %w", err)
		}
		h.files = append(h.files, file)
		h.paths = append(h.paths, fmt.Sprintf("/proc/self/fd/%d", firstExtraFile+i))
	}
	return h, nil
}

// serves reports whether a process is a server of this cluster: it works in
// the cluster's folder. A process that may not be looked at counts as one.
func (f *folder) serves(pid int) bool {
	if !alive(pid) {
		return false
	}
	cwd, err := os.Stat(filepath.Join("/proc", fmt.Sprint(pid), "cwd"))
	if err != nil {
		return alive(pid) && os.IsPermission(err) && !f.foreign(pid)
	}
	data, err := os.Stat(f.data())
	return err == nil && os.SameFile(cwd, data)
}

// foreign reports whether a process belongs to another user than the cluster.
func (f *folder) foreign(pid int) bool {
	info, err := os.Stat(filepath.Join("/proc", fmt.Sprint(pid)))
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != f.owner.uid
}
