package harness

import (
	"context"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/topology"
)

// Progress is how far a run has come. Two that are equal tell that nothing has
// happened between them.
type Progress struct {
	Jobs, Asked       uint64 // that are in JOBS, and that ever were
	Answers, Loaded   uint64 // that RAW took, and that the loader has acknowledged
	Letters, Recorded uint64 // the same of DEAD and the planner
	InHand            int    // messages of RAW and DEAD that wait for an acknowledgement
	Marks             int64  // titles and films to be derived, but for those that are blocked
	Requests          int    // that the sources were sent
}

// Idle reports whether there is nothing to do at this moment. What is due later does
// not count.
func (p Progress) Idle() bool {
	return p.Jobs == 0 && p.Loaded == p.Answers && p.Recorded == p.Letters && p.InHand == 0 && p.Marks == 0
}

// String says what is left.
func (p Progress) String() string {
	return fmt.Sprintf("%d jobs, %d answers to load, %d letters to record, %d messages in hand, %d marks",
		p.Jobs, p.Answers-p.Loaded, p.Letters-p.Recorded, p.InHand, p.Marks)
}

// Progress looks at the streams, the tables and the sources of a run whose planner
// has made the streams.
func (w *World) Progress(ctx context.Context, tb testing.TB) (p Progress) {
	tb.Helper()
	stream := func(name string) jetstream.StreamState {
		s, err := w.JS.Stream(ctx, name)
		require.NoError(tb, err)
		return s.CachedInfo().State
	}
	consumer := func(stream, name string) *jetstream.ConsumerInfo {
		c, err := w.JS.Consumer(ctx, stream, name)
		require.NoError(tb, err)
		return c.CachedInfo()
	}
	jobs := stream(topology.StreamJobs)
	p.Jobs, p.Asked = jobs.Msgs, jobs.LastSeq
	loader, planner := consumer(topology.StreamRaw, topology.ConsumerLoader), consumer(topology.StreamDead, topology.ConsumerPlanner)
	raw, dead := stream(topology.StreamRaw), stream(topology.StreamDead)
	p.InHand = loader.NumAckPending + planner.NumAckPending
	p.Answers, p.Loaded = raw.LastSeq, raw.LastSeq-topology.Unacknowledged(raw, loader)
	p.Letters, p.Recorded = dead.LastSeq, dead.LastSeq-topology.Unacknowledged(dead, planner)
	var err error
	p.Marks, err = w.Count(
		ctx,
		`SELECT (SELECT count(*) FROM ops.stale_titles WHERE blocked_until IS NULL) + (SELECT count(*) FROM ops.plan_marks)`,
	)
	require.NoError(tb, err)
	stats := w.Sim.Stats()
	p.Requests = stats.KOBIS.Requests + stats.TMDB.Requests
	return p
}
