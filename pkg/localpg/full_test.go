package localpg

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a full disk leaves in the log of a server: its other processes have the last
// words, which say nothing of the disk.
func TestAFullDiskIsFoundInTheLog(t *testing.T) {
	t.Parallel()
	const log = `2026-11-30 18:22:20.012 UTC [17748] LOG:  database system is ready to accept connections
2026-11-30 18:22:20.300 UTC [18011] ERROR:  could not extend file "base/16384/2619": No space left on device
2026-11-30 18:22:20.301 UTC [18011] HINT:  Check free disk space.
2026-11-30 18:22:20.624 UTC [18589] FATAL:  the database system is not yet accepting connections
2026-11-30 18:22:20.624 UTC [18589] DETAIL:  Consistent recovery state has not been yet reached.
2026-11-30 18:22:20.717 UTC [18459] FATAL:  could not write to file "pg_wal/xlogtemp.18459": No space left on device
2026-11-30 18:22:20.798 UTC [17748] LOG:  startup process (PID 18459) exited with exit code 1
2026-11-30 18:22:20.819 UTC [17748] LOG:  shutting down due to startup process failure
2026-11-30 18:22:20.928 UTC [17748] LOG:  database system is shut down
`
	require.Equal(t, `could not write to file "pg_wal/xlogtemp.18459": No space left on device`, full(log))
	require.Empty(t, full(`2026-11-30 18:22:20.300 UTC [1] ERROR:  could not extend file "base/16384/2619": No space left on device
2026-11-30 18:22:20.301 UTC [2] FATAL:  terminating connection due to administrator command
`), "a statement that failed ends no server")
}
