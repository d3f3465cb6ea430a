package localpg

import "errors"

var (
	// ErrNoBinaries means that no usable PostgreSQL server is installed.
	ErrNoBinaries = errors.New("no PostgreSQL server binaries found")
	// ErrVersion means that the cluster was made by a major version whose
	// binaries are not installed.
	ErrVersion = errors.New("cluster of another PostgreSQL version")
	// ErrInUse means that another program holds the folder.
	ErrInUse = errors.New("folder is in use by another program")
	// ErrRunning means that a server which this program did not start is
	// running on the cluster.
	ErrRunning = errors.New("a server is already running on the cluster")
	// ErrEnded means that the server ended without having been stopped.
	ErrEnded = errors.New("server ended by itself")
)
