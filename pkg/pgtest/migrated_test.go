package pgtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/cledit/pipeline/pkg/schema"
)

func TestMigratedDatabasesInParallel(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			conn := connect(t, Migrated(t))
			require.Positive(t, tables(t, conn), "the schema is there")
			_, err := conn.Exec(t.Context(), "CREATE TABLE mine (id int)")
			require.NoError(t, err, "and the database is this test's alone")
		})
	}
}

// The migrations make roles, which belong to the whole server.
func TestMigrationsOfSeveralDatabasesAtOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	s := Server(t, t.TempDir())
	var all errgroup.Group
	for i := range 4 {
		name := fmt.Sprintf("db_%d", i)
		require.NoError(t, s.EnsureDatabase(t.Context(), name))
		all.Go(func() error {
			_, err := schema.Migrate(t.Context(), s.URL(name))
			return err
		})
	}
	require.NoError(t, all.Wait())
}
