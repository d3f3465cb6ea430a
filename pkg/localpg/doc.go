// Package localpg runs a Postgres of one's own: from binaries that are on the
// machine, in one folder, for as long as the program runs.
//
// The folder holds everything: the database cluster (data), the folder of the
// unix socket (run), the server's log of the current run (postgres.log) and a
// lock that keeps a second program out. There is no TCP port: the socket in a
// folder of mode 0700 is the only way in, which is why no password is needed
// and why servers never compete for a port. A path that is too long for a socket, or
// has a comma, is not an obstacle: the socket then stands under /tmp. Encoding is UTF-8, collation by
// code point, the time zone UTC.
//
// Postgres refuses to run as root. Started by root, the server runs as the
// owner of an existing cluster, else as the system user postgres, else as
// nobody. That user needs no access to the folders above: on Linux the server
// gets its folders as open file descriptors, so that a cluster under a home
// directory of mode 0700 works too.
//
// How it fails:
//
//   - No binaries, or none of the version that made the cluster: Start returns
//     [ErrNoBinaries] or [ErrVersion] and names the remedy.
//   - The folder is used by another program: [ErrInUse]. A server that
//     survived its program is waited for, and reported as [ErrRunning] when it
//     does not end; it is never killed and never shared.
//   - The program is killed: on Linux the kernel tells the server to shut
//     down; elsewhere it lives on and the next Start reports it. The next Start
//     after a crash of the server itself recovers from the write-ahead log; for
//     the moment until the crashed server's children are gone it is refused.
//     A lock file that names a dead process, or one whose id was given to
//     another program, is not an obstacle.
//   - The server ends by itself: Done is closed, Err carries the end of its
//     log. Nothing restarts it.
//   - A failed initialisation leaves no half-made cluster: it is made beside
//     its place and renamed.
package localpg
