package loader

import (
	"fmt"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/topology"
)

// Somebody who has taken over a service has the server send answers to RAW. They
// change no table, keep nobody waiting, and say nothing of the entity on whose
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

// A stored message can resemble the server's word about a pull. It ends no pull, and
// comes once.
func TestMessagesLikeTheServersWordsStandInNobodysWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := films(2, 2)
	w.publish(good[0])
	for i, status := range []string{"100", "404", "408", "409", "423", "503"} {
		msg := nats.NewMsg(fmt.Sprintf("raw.tmdb.movie-detail.%d", i+1))
		msg.Header.Set("Status", status)
		msg.Header.Set("Description", "Consumer Deleted")
		w.publishMsg(msg)
	}
	w.publish(good[1])
	w.start(w.config())
	w.settle()
	require.Equal(t, 2, w.count("raw.payloads"))
	require.Empty(t, w.deadLetters())
	consumer, err := w.js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(t, err)
	require.Equal(t, uint64(8), consumer.CachedInfo().Delivered.Consumer, "each once")
}
