package stack

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
)

func onRealSources(t *testing.T, dir string) *Stack {
	t.Helper()
	cfg, err := service.FromMap[Config](map[string]string{"KOBIS_API_KEYS": "0123456789abcdef0123456789abcdef", "TMDB_ACCESS_TOKEN": "token", "CLEDIT_DIR": dir})
	require.NoError(t, err)
	h := &Stack{cfg: cfg}
	require.NoError(t, h.openNATS(func(string) {}))
	t.Cleanup(func() {
		h.nats.Shutdown()
		h.nats.WaitForShutdown()
	})
	return h
}

// A disk that has less free than the streams may grow to is no reason to make none.
func TestTheStreamsNeedNoFreeDiskInAdvance(t *testing.T) {
	t.Parallel()
	h := onRealSources(t, t.TempDir())
	require.EqualValues(t, natsStore, h.nats.JetStreamConfig().MaxStore)
	nc, err := nats.Connect(h.NATSURL(), nats.UserInfo(natsUser, h.password))
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 8 << 30})
	require.NoError(t, err, "all streams at their largest are within the limit")
}

// On the real sources NATS takes nobody in without the password; the services have
// it, and a person reads it from the file.
func TestNATSOfRealSourcesHasAPassword(t *testing.T) {
	t.Parallel()
	h := onRealSources(t, t.TempDir())
	_, err := nats.Connect(h.NATSURL())
	require.ErrorIs(t, err, nats.ErrAuthorization)

	environment := h.loaderEnvironment()
	nc, err := nats.Connect(environment["NATS_URL"], nats.UserInfo(environment["NATS_USER"], environment["NATS_PASSWORD"]))
	require.NoError(t, err)
	nc.Close()

	info, err := os.Stat(h.PasswordFile())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NotContains(t, h.StreamsCommand(), h.password)
	setting, _, found := strings.Cut(h.StreamsCommand(), "nats --server ")
	require.True(t, found)
	shown, err := exec.CommandContext(t.Context(), "sh", "-c", setting+"env").Output()
	require.NoError(t, err)
	require.Contains(t, string(shown), "NATS_PASSWORD="+h.password+"\n")
	require.Contains(t, string(shown), "NATS_USER="+natsUser+"\n")

	again, err := keptPassword(h.PasswordFile())
	require.NoError(t, err)
	require.Equal(t, h.password, again, "kept for the next start")
	require.NoError(t, os.Truncate(h.PasswordFile(), 0))
	_, err = keptPassword(h.PasswordFile())
	require.ErrorContains(t, err, "remove the file")
}

// Simulated sources have nothing to guard; their demonstration stays open.
func TestNATSOfSimulatedSourcesIsOpen(t *testing.T) {
	t.Parallel()
	h := &Stack{cfg: Config{Dir: t.TempDir()}}
	require.NoError(t, h.openNATS(func(string) {}))
	defer h.nats.Shutdown()
	nc, err := nats.Connect(h.NATSURL())
	require.NoError(t, err)
	nc.Close()
	require.NoFileExists(t, h.PasswordFile())
}
