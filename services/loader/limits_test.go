package loader

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
)

// While the database is away, each worker holds one pull and no more, however
// long the backlog is.
func TestWhatIsHeldDoesNotGrowWithTheBacklog(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		chunk, messages, bytes, most int
	}{
		"many messages":  {chunk: 10, messages: 300, bytes: 10, most: 20},
		"large messages": {chunk: 500, messages: 30, bytes: 600 << 10, most: 2 * pullBytes / (800 << 10)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for page := range c.messages {
				w.publish(payload(messages.TMDB, messages.KindMovieChanges, fmt.Sprintf("2026-11-21.%d", page+1), noon,
					fmt.Sprintf(`{"page":%d,"results":[],"filler":%q}`, page+1, incompressible(c.bytes))))
			}
			cfg := w.config()
			cfg.Chunk = c.chunk
			cfg.URL = "postgres://nobody@127.0.0.1:1/nothing"
			w.start(cfg)
			held := func() (pulling, pending int) {
				consumer, err := w.js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
				require.NoError(t, err)
				return consumer.CachedInfo().NumWaiting, consumer.CachedInfo().NumAckPending
			}
			before := 0
			require.Eventually(t, func() bool {
				pulling, pending := held()
				still := pulling == 0 && pending > 0 && pending == before
				before = pending
				return still
			}, patience, poll)
			require.LessOrEqual(t, before, c.most)
		})
	}
}

// incompressible is text that stays about as long when it is compressed.
func incompressible(size int) string {
	random := make([]byte, size)
	source := rand.NewChaCha8([32]byte{})
	_, _ = source.Read(random) // never fails
	return base64.StdEncoding.EncodeToString(random)
}

func TestATransactionHasAChunkOfRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cfg := w.config()
	cfg.Chunk = 10
	w.publish(films(30, 4)...)
	w.start(cfg)
	w.settle()
	const rows = "SELECT max(n) FROM (SELECT count(*) AS n FROM staging.kobis_movies GROUP BY xmin::text) AS t"
	require.Equal(t, 8, ask[int](w, rows))
	later := films(1, 25)[0]
	later.FetchedAt = noon.AddDate(0, 0, 1)
	w.publish(later)
	w.settle()
	require.Equal(t, 25, ask[int](w, rows), "a payload is never divided")
}
