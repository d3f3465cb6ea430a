package stack

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	h := &Stack{cfg: cfg, say: func(string) {}}
	require.NoError(t, h.openNATS(t.Context()))
	t.Cleanup(func() {
		h.nats.Shutdown()
		h.nats.WaitForShutdown()
	})
	return h
}

// A disk that has less free than the streams may grow to does not keep them from being made.
func TestTheStreamsNeedNoFreeDiskInAdvance(t *testing.T) {
	t.Parallel()
	h := onRealSources(t, t.TempDir())
	require.EqualValues(t, natsStore, h.nats.JetStreamConfig().MaxStore)
	nc, err := nats.Connect(h.NATSURL(), nats.UserInfo(natsUser, h.nats.password))
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

	environment := h.environments().loader()
	nc, err := nats.Connect(environment["NATS_URL"], nats.UserInfo(environment["NATS_USER"], environment["NATS_PASSWORD"]))
	require.NoError(t, err)
	nc.Close()

	info, err := os.Stat(h.passwordFile())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NotContains(t, h.StreamsCommand(), h.nats.password)
	setting, _, found := strings.Cut(h.StreamsCommand(), "nats --server ")
	require.True(t, found)
	shown, err := exec.CommandContext(t.Context(), "sh", "-c", setting+"env").Output()
	require.NoError(t, err)
	require.Contains(t, string(shown), "NATS_PASSWORD="+h.nats.password+"\n")
	require.Contains(t, string(shown), "NATS_USER="+natsUser+"\n")

	again, err := keptPassword(h.passwordFile())
	require.NoError(t, err)
	require.Equal(t, h.nats.password, again, "kept for the next start")
	require.NoError(t, os.Truncate(h.passwordFile(), 0))
	_, err = keptPassword(h.passwordFile())
	require.ErrorContains(t, err, "remove the file")
}

// Simulated sources have nothing to guard; their demonstration stays open.
func TestNATSOfSimulatedSourcesIsOpen(t *testing.T) {
	t.Parallel()
	h := &Stack{cfg: Config{Dir: t.TempDir()}, say: func(string) {}}
	require.NoError(t, h.openNATS(t.Context()))
	defer h.nats.Shutdown()
	nc, err := nats.Connect(h.NATSURL())
	require.NoError(t, err)
	nc.Close()
	require.NoFileExists(t, h.passwordFile())
}

// A server that can't write to its disk any more confirms nothing and says nothing to
// its clients: the stack ends, and names what the server says of its health.
func TestANATSThatStoresNothingEndsTheStack(t *testing.T) {
	t.Parallel()
	h := &Stack{cfg: Config{Dir: t.TempDir()}, say: func(string) {}}
	require.NoError(t, h.openNATS(t.Context()))
	defer h.nats.Shutdown()
	nc, err := nats.Connect(h.NATSURL())
	require.NoError(t, err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 1 << 30})
	require.NoError(t, err)

	// No further file can be made where the stream keeps its messages.
	kept := filepath.Join(h.nats.StoreDir(), "$G", "streams", topology.StreamRaw, "msgs")
	require.NoError(t, os.Rename(kept, kept+".away"))
	require.NoError(t, os.WriteFile(kept, nil, 0o600))
	for i := range 20 {
		require.NoError(t, nc.Publish(fmt.Sprintf("raw.kobis.movie-list.all.%d", i), make([]byte, 1<<20-1)))
	}
	err = h.nats.watch(t.Context())
	require.ErrorContains(t, err, "NATS stores nothing in "+h.path(dirNATS)+" any more: ")
	require.ErrorContains(t, err, "not a directory")
}
