package natstest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"
)

// Operator is the deployed user that may do everything.
const Operator = "operator"

// Deployed are options with the accounts, users and permissions of the file that
// is deployed. Each user's password is its name; who gives none is the operator.
func Deployed(tb testing.TB) *server.Options {
	tb.Helper()
	accounts, err := os.ReadFile(filepath.Join(repository(tb), "deploy", "nats", "accounts.conf"))
	require.NoError(tb, err)
	dir := tb.TempDir()
	require.NoError(tb, os.WriteFile(filepath.Join(dir, "accounts.conf"), accounts, 0o600))
	passwords := "PLANNER_PASSWORD: planner\nFETCHER_KOBIS_PASSWORD: fetcher-kobis\nFETCHER_TMDB_PASSWORD: fetcher-tmdb\n" +
		"LOADER_PASSWORD: loader\nCONSOLE_PASSWORD: console\nOPERATOR_PASSWORD: " + Operator + "\n"
	require.NoError(tb, os.WriteFile(filepath.Join(dir, "passwords.conf"), []byte(passwords), 0o600))
	opts, err := server.ProcessConfigFile(filepath.Join(dir, "accounts.conf"))
	require.NoError(tb, err, "reading the deployed accounts")
	opts.StoreDir, opts.NoAuthUser = tb.TempDir(), Operator
	return opts
}

// repository is the folder with go.work, above that of the test.
func repository(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	require.NoError(tb, err)
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		require.NotEqual(tb, dir, filepath.Dir(dir), "the test runs outside of the repository")
		dir = filepath.Dir(dir)
	}
}
