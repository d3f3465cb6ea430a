package audit_test

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/audit"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestChecksHoldTheTablesAgainstTheSource counts an empty database: it is
// complete for a source without anything and not for one with a film.
func TestChecksHoldTheTablesAgainstTheSource(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), pgtest.Migrated(t))
	require.NoError(t, err)
	defer conn.Close(t.Context()) //nolint:errcheck // only read from

	checks, err := audit.Checks(t.Context(), conn, nil)
	require.NoError(t, err)
	require.True(t, audit.Complete(checks), "the real sources are not compared")

	checks, err = audit.Checks(t.Context(), conn, &sim.Truth{Films: 1})
	require.NoError(t, err)
	require.False(t, audit.Complete(checks))
	wrong := map[string]bool{}
	for _, c := range checks {
		wrong[c.Layer+" "+c.What] = !c.OK
	}
	require.True(t, wrong["staging films"])
	require.True(t, wrong["production films and their editions"])
	require.False(t, wrong["staging film details"], "no detail is what this source has")
}

// TestRunNamesWhatIsMissing audits an empty database over HTTP and SQL.
func TestRunNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	world, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	server := httptest.NewServer(world.Handler())
	defer server.Close()
	var out bytes.Buffer
	err = audit.Run(t.Context(), audit.Config{
		Streams: service.Streams{Stdout: &out}, DatabaseURL: pgtest.Migrated(t), SimURL: server.URL,
	})
	require.ErrorIs(t, err, audit.ErrFindings)
	require.Contains(t, out.String(), "WRONG staging: films: 0 of ")
	require.Contains(t, out.String(), "kobis: 0 requests")
	require.Contains(t, out.String(), "digest: ")
}
