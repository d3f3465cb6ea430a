package natstest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
)

func TestDeployedUsersHavePasswords(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	for _, user := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader", "console", natstest.Operator} {
		_, err := nats.Connect(srv.ClientURL(), nats.UserInfo(user, "wrong"))
		require.ErrorIs(t, err, nats.ErrAuthorization, user)
	}
}

// The files are what a server takes; the cluster's without its certificates, which
// only a cluster has.
func TestDeployedConfigurationsAreRead(t *testing.T) {
	t.Setenv("POD_NAME", "nats-0")
	tls := regexp.MustCompile(`(?s)\btls \{.*?\}`)
	for name, clustered := range map[string]bool{"nats.conf": false, "cluster.conf": true} {
		dir := t.TempDir()
		for _, file := range []string{name, "accounts.conf"} {
			content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "nats", file))
			require.NoError(t, err)
			content = tls.ReplaceAll(content, nil)
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), content, 0o600))
		}
		passwords := "PLANNER_PASSWORD: a\nFETCHER_KOBIS_PASSWORD: b\nFETCHER_TMDB_PASSWORD: c\nLOADER_PASSWORD: d\nCONSOLE_PASSWORD: f\nOPERATOR_PASSWORD: e\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "passwords.conf"), []byte(passwords), 0o600))
		opts, err := server.ProcessConfigFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, clustered, opts.Cluster.Name == "cledit")
		require.Equal(t, 8222, opts.HTTPPort)
		require.Equal(t, "/data", opts.StoreDir)
		require.Equal(t, !clustered, opts.SyncAlways, "one server alone flushes every write")
		require.Len(t, opts.Users, 6)
	}
}
