package planner

import (
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// killer says under which prefix a job dies whenever it is tried: as a fetcher's
// (messages.PrefixJobs) or, answered, as the loader's (messages.PrefixRaw). Empty:
// it is answered.
type killer func(messages.Name) string

// always kills some names for good.
func always(prefix string, names ...string) killer {
	return func(name messages.Name) string {
		if slices.Contains(names, name.String()) {
			return prefix
		}
		return ""
	}
}

// fetchBut answers the jobs in JOBS, but for those that die.
func (w *world) fetchBut(kill killer) {
	w.t.Helper()
	for _, source := range tick.Sources {
		consumer, err := w.js.Consumer(w.t.Context(), topology.StreamJobs, topology.ConsumerFetcher(source))
		require.NoError(w.t, err)
		batch, err := consumer.FetchNoWait(10_000)
		require.NoError(w.t, err)
		for msg := range batch.Messages() {
			_, name, err := messages.ParseSubject(msg.Subject())
			require.NoError(w.t, err)
			if prefix := kill(name); prefix != "" {
				w.die(msg, prefix+name.String())
				continue
			}
			w.answer(msg)
		}
		require.NoError(w.t, batch.Error())
	}
}

func (w *world) die(msg jetstream.Msg, subject string) {
	dead := messages.DeadLetter{Subject: subject, Header: msg.Headers(), Reason: "it dies whenever it is tried"}
	_, err := w.js.PublishMsg(w.t.Context(), dead.Msg())
	require.NoError(w.t, err)
	require.NoError(w.t, msg.DoubleAck(w.t.Context()))
}

// settleBut ticks, answers and loads until there is nothing left to do, while some
// jobs die.
func (w *world) settleBut(kill killer) {
	w.t.Helper()
	for range 500 {
		w.tick()
		if w.status.Settled {
			return
		}
		w.fetchBut(kill)
		w.load()
	}
	require.Fail(w.t, "not settled", "%+v", w.status)
}
