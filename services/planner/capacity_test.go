package planner

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

func TestHighWaterBoundsWhatIsOutstanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.with(func(c *Config) { c.HighWater = 4 })
	require.Len(t, w.tick(), 8, "four of each source")
	w.settle()
	require.Equal(t, 30, w.count("SELECT count(*) FROM staging.kobis_movie_details"))
}

// What is outstanding arrives in RAW too, after the loader's backlog was looked at.
func TestSmallRawTakesFewJobs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(30)...)
	w.with(func(c *Config) { c.RawMaxBytes = 4 * 4 * tick.AssumedPayload }) // a quarter holds two answers of each source
	require.Len(t, w.tick(), 4)
}

func TestNothingIsPublishedWhileTheLoaderIsFarBehind(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	w.ensure()
	for i := range tick.BacklogLimit + 1 {
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
