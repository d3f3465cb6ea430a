package loader

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/command/republish"
)

// manyLarge are payloads of which RAW's megabyte holds a third.
func manyLarge(n int) []messages.Payload {
	list := make([]messages.Payload, 0, n)
	for i := range n {
		p := payload(messages.KOBIS, messages.KindMovieDetail, fmt.Sprintf("2018%04d", i), noon.Add(time.Duration(i)*time.Second),
			fmt.Sprintf(`{"movieInfoResult":{"movieInfo":{"movieCd":"2018%04d","movieNm":"영화 %d","x":%q}}}`, i, i, strings.Repeat("x", 40_000)))
		list = append(list, p)
	}
	return list
}

// emptied is a world whose answers are in raw.payloads, and whose RAW is empty and
// holds less than they are.
func emptied(t *testing.T, n int) (*world, republish.Config) {
	t.Helper()
	w := newWorld(t)
	stop := w.start(w.config())
	w.publish(manyLarge(n)...)
	w.settle()
	stop()
	require.NoError(t, w.js.DeleteStream(t.Context(), topology.StreamRaw))
	_, err := topology.Ensure(t.Context(), w.js, topology.Config{RawMaxBytes: 1 << 20})
	require.NoError(t, err)
	w.truncate("production")
	w.truncate("staging")
	return w, republish.Config{LogConfig: w.config().LogConfig, NATSConfig: w.config().NATSConfig, Config: Database{URL: w.url}}
}

func TestRepublishingMoreThanRawHoldsLosesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w, again := emptied(t, 60)
	w.start(w.config())
	var out strings.Builder
	again.Stdout = &out
	require.NoError(t, republish.Run(t.Context(), again))
	require.Contains(t, out.String(), "republished 60 payloads")
	w.settle()
	require.Equal(t, 60, w.count("staging.kobis_movie_details"))
	require.Equal(t, 60, w.count("production.titles"))
}

// patientWriter ends a command when it has said something often enough.
type patientWriter struct {
	words  string
	left   atomic.Int32
	cancel func()
	strings.Builder
}

func (p *patientWriter) Write(text []byte) (int, error) {
	if strings.Contains(string(text), p.words) && p.left.Add(-1) == 0 {
		p.cancel()
	}
	return p.Builder.Write(text)
}

func TestRepublishingWaitsForALoaderThatDoesNotRun(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	w, again := emptied(t, 60)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &patientWriter{words: "waiting for the loader", cancel: cancel}
	out.left.Store(1)
	again.Stdout = out
	err := republish.Run(ctx, again)
	require.ErrorIs(t, err, context.Canceled)
	require.Regexp(t, `after (\d+) of 60 payloads, of which (\d+) wait for the loader: waiting for the loader, which has`, err.Error())
	stream, err := w.js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	state := stream.CachedInfo().State
	require.Equal(t, uint64(1), state.FirstSeq, "nothing was dropped")
	require.Positive(t, state.Msgs)
	require.Less(t, state.Msgs, uint64(60))

	w.start(w.config())
	again.Stdout = &strings.Builder{}
	require.NoError(t, republish.Run(t.Context(), again))
	w.settle()
	require.Equal(t, 60, w.count("staging.kobis_movie_details"))
}
