package loader

import (
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/topology"
)

// Somebody who has taken over a service has the server send answers to RAW. They
// change no table, stand in nobody's way, and say nothing of the entity on whose
// subject they are: there is no letter.
func TestWhatIsMisdirectedIsPassedOver(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	w := newWorldOf(t, srv, pgtest.Migrated(t))
	good := films(3, 2)
	w.publish(good[0])
	forged, err := good[1].Msg()
	require.NoError(t, err)
	natstest.Misdirect(t, srv, "fetcher-tmdb", forged)
	w.publish(good[2])
	cfg := w.config()
	cfg.NATSUser, cfg.NATSPassword = "loader", "loader"
	w.start(cfg)
	w.settle()
	require.Equal(t, 2, w.count("raw.payloads"))
	dead, err := w.js.Stream(t.Context(), topology.StreamDead)
	require.NoError(t, err)
	info, err := dead.Info(t.Context(), jetstream.WithSubjectFilter("dead.raw.kobis.>"))
	require.NoError(t, err)
	require.Empty(t, info.State.Subjects)
	raw, err := w.js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	require.Greater(t, raw.CachedInfo().State.Msgs, uint64(20), "answers came into RAW")
}
