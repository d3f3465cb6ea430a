package loader

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/command/republish"
)

// A page with one bad byte, a lone surrogate and a NUL lands with all its films,
// beside the bytes as they came; a stream created again from the tables is the same.
func TestDamagedTextIsRepairedAndKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	stop := w.start(w.config())
	damaged := films(1, 3)[0]
	body := string(damaged.Body)
	require.Equal(t, 3, strings.Count(body, `"prdtStatNm":"개봉"`))
	for _, bad := range []string{"개\xb0", `\ud83d`, `\u0000`} {
		body = strings.Replace(body, `"prdtStatNm":"개봉"`, `"prdtStatNm":"`+bad+`"`, 1)
	}
	damaged.Body = []byte(body)
	well := listPage(2, noon.Add(time.Minute), 6, listRow("20190324", "영화", "", "2019", "", "한국", ""))
	w.publish(damaged, well)
	w.settle()
	require.Equal(t, 4, w.count("staging.kobis_movies"))
	require.Empty(t, w.deadLetters())
	const repaired = `SELECT string_agg(entity_key, ',') FROM raw.payloads WHERE original = $1 AND sha256 = sha256(convert_to(body::text, 'UTF8')) AND octet_length(body::text) > 0`
	require.Equal(t, "all.1", ask[string](w, repaired, damaged.Body))
	require.Equal(t, 1, ask[int](w, "SELECT count(*) FROM raw.payloads WHERE original IS NULL"))
	require.Equal(t, 3, ask[int](w, "SELECT sum(times) FROM raw.field_notes WHERE problem = 'text repaired'"))
	stop()

	dump := w.dump("staging", "production")
	require.NoError(t, w.js.DeleteStream(t.Context(), topology.StreamRaw))
	_, err := topology.Ensure(t.Context(), w.js, topology.Config{RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	again := republish.Config{LogConfig: w.config().LogConfig, NATSConfig: w.config().NATSConfig, Config: Database{URL: w.url}, JSON: true}
	again.Stdout = new(strings.Builder)
	require.NoError(t, republish.Run(t.Context(), again))
	stream, err := w.js.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	first, err := stream.GetLastMsgForSubject(t.Context(), damaged.RawSubject())
	require.NoError(t, err)
	require.Equal(t, damaged.Body, first.Data, "as it came")
	w.truncate("production")
	w.truncate("staging")
	w.start(w.config())
	w.settle()
	require.Equal(t, dump, w.dump("staging", "production"))
}
