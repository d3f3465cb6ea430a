package service_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/service"
)

// A service with the user of another would wait for ever: every answer goes to an
// inbox that the user may not read.
func TestAnotherServicesUserIsFatalAtStart(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	for _, name := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader", "console"} {
		for _, user := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader", "console"} {
			cfg, _ := config(t, srv.ClientURL())
			cfg.NATSUser, cfg.NATSPassword = user, user
			rt, err := service.Start(t.Context(), name, cfg)
			if user == name {
				require.NoError(t, err)
				require.NoError(t, rt.Close(t.Context()))
				continue
			}
			require.ErrorIs(t, err, service.ErrNATSRefused, "%s as %s", name, user)
			require.ErrorContains(t, err, "this user is another service's")
		}
	}
}

func TestACAFileMustHoldCertificates(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ca.crt")
	cfg := service.NATSConfig{NATSCAFile: path}
	require.ErrorContains(t, cfg.Validate()[0], "a file that can be read")
	require.NoError(t, os.WriteFile(path, []byte("no certificate"), 0o600))
	require.ErrorContains(t, cfg.Validate()[0], "certificates in PEM")
}
