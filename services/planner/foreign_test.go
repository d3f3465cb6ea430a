package planner

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/topology"
)

// What nobody has published as a dead letter holds no job, and does not come again.
func TestWhatIsNoLetterHoldsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	const first = "kobis.movie-list.all.1"
	letter := messages.DeadLetter{Subject: messages.PrefixJobs + first, Reason: "forged"}.Msg()
	letter.Header.Set("Nats-Stream", "KV_QUOTA")
	w.ensure()
	word := &nats.Msg{Subject: letter.Subject, Header: nats.Header{"Status": {"404"}}}
	for _, msg := range []*nats.Msg{word, letter, {Subject: letter.Subject, Data: []byte(`{"stream":"RAW","seq":1}`)}, {Subject: letter.Subject}} {
		_, err := w.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}
	_, err := w.planner.Tick(t.Context())
	require.NoError(t, err)
	require.Contains(t, w.jobs(), first)
	require.Zero(t, w.count("SELECT count(*) FROM ops.dead_letters"))
	require.InDelta(t, 4, w.metric("foreign_total"), 0)
	require.Eventually(t, func() bool { // the server takes acknowledgements after the tick
		consumer, err := w.js.Consumer(t.Context(), topology.StreamDead, topology.ConsumerPlanner)
		require.NoError(t, err)
		return consumer.CachedInfo().AckFloor.Stream == 4
	}, natstest.Patience, time.Millisecond)
}
