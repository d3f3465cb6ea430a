package pgtest

import "syscall"

const (
	memory = "/dev/shm"
	tmpfs  = 0x01021994 // statfs(2)
	// room is what the servers of all test binaries that run at a time stay far below.
	room = 2 << 30
)

// inMemory returns a folder whose files are kept in memory and which has room, or
// nothing.
func inMemory() string {
	var s syscall.Statfs_t
	if err := syscall.Statfs(memory, &s); err != nil || s.Type != tmpfs || s.Bavail*uint64(s.Bsize) < room {
		return ""
	}
	return memory
}
