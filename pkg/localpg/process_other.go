//go:build unix && !linux

package localpg

import "syscall"

// processAttributes: these systems have no signal for a parent's death.
func processAttributes(a account, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: a.credential()}
}

func (f *folder) handOver(dirs ...string) (*handover, error) {
	return &handover{paths: dirs}, nil
}

// serves reports whether a process may be a server of this cluster.
func (f *folder) serves(pid int) bool { return alive(pid) }
