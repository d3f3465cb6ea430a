package planner

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

func TestHighWaterBoundsWhatIsOutstanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.planner.cfg.HighWater = 4
	require.Len(t, w.tick(), 8, "four of each source")
	w.settle()
	require.Equal(t, 30, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
}

// What is outstanding arrives in RAW too, after the loader's backlog was looked at.
func TestSmallRawTakesFewJobs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.planner.cfg.RawMaxBytes = 4 * 4 * assumedPayload // a quarter holds two answers of each source
	require.Len(t, w.tick(), 4)
	require.Equal(t, 1, w.planner.highWater(streams.View{PayloadBytes: 4 * assumedPayload}), "never none")
}

func TestNothingIsPublishedWhileTheLoaderIsFarBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	require.NoError(t, w.planner.ensure(t.Context(), time.Now()))
	for i := range backlogLimit + 1 {
		_, err := w.js.PublishAsync(messages.PrefixRaw+"kobis.movie-detail.x"+fmt.Sprint(i), nil)
		require.NoError(t, err)
		if i%1000 == 0 {
			<-w.js.PublishAsyncComplete()
		}
	}
	<-w.js.PublishAsyncComplete()
	require.Empty(t, w.tick())
	require.NotEmpty(t, w.status.Blocked)
	stream, err := w.js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context()))
	require.NotEmpty(t, w.tick())
	require.Empty(t, w.status.Blocked)
}
