package harness

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/sim/audit"
)

// Digests is a digest of every table of staging and production, see package audit.
func Digests(tb testing.TB, databaseURL string) map[string]string {
	tb.Helper()
	digests, err := audit.Digests(tb.Context(), Connect(tb, databaseURL))
	require.NoError(tb, err)
	require.NotEmpty(tb, digests, "the database has no tables")
	return digests
}

// Connect opens a connection that ends with the test.
func Connect(tb testing.TB, databaseURL string) *pgx.Conn {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), databaseURL)
	require.NoError(tb, err, "connecting to the test's database")
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		_ = conn.Close(context.WithoutCancel(tb.Context()))
	})
	return conn
}
