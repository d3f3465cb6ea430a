package e2e_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker/workertest"
)

// largest is an answer of the size that is just accepted, its text noise that no
// compression makes smaller, or not.
func largest(id int, noise bool) []byte {
	body := fmt.Appendf(nil, `{"id":%d,"overview":"`, id)
	filler := bytes.Repeat([]byte("x"), messages.MaxBody-len(body)-len(`9"}`))
	if noise {
		random := rand.NewPCG(uint64(id), 1)
		for i := range filler {
			filler[i] = ' ' + 1 + byte(random.Uint64()%90)
			if filler[i] == '"' || filler[i] == '\\' {
				filler[i] = 'x'
			}
		}
	}
	return append(append(body, filler...), `"}`...)
}

// As many answers as a fetcher may have in flight, each as large as one may be, come
// at the same moment: they share the room, and the process stays within the memory
// that it is deployed with.
func TestLargeAnswersShareTheRoom(t *testing.T) {
	t.Parallel()
	const calls = 16
	bodies := map[bool][]byte{true: largest(1, true), false: largest(1, false)}
	var arrived sync.WaitGroup
	arrived.Add(calls)
	first := make(chan struct{}, calls)
	for range calls {
		first <- struct{}{}
	}
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := strconv.Atoi(path.Base(r.URL.Path))
		select {
		case <-first: // not when it is asked again
			arrived.Done()
			arrived.Wait()
		default:
		}
		body := bytes.Replace(bodies[id%2 == 0], []byte(`"id":1,`), fmt.Appendf(nil, `"id":%d,`, id), 1)
		_, _ = w.Write(body)
	}))
	t.Cleanup(source.Close)
	queue := workertest.New(t)
	memory := harness.DeployedMemory(t, "fetcher-tmdb")
	fetcher := harness.StartProcess(t, "fetcher-tmdb", map[string]string{
		"NATS_URL": queue.URL(), "HTTP_ADDR": "127.0.0.1:0", "TMDB_BASE_URL": source.URL, "TMDB_ACCESS_TOKEN": goodToken,
		"TMDB_RATE": "1000/1s", "FETCH_CONCURRENCY": strconv.Itoa(calls), "RETRY_BASE": "100ms", "RETRY_MAX": "1s", "GOMEMLIMIT": memory.Go,
	})
	queue.Until("the fetcher is ready", fetcher.Ready)
	fetcher.Confine(t, memory)
	for id := range calls {
		queue.Publish(workertest.Job(fmt.Sprintf("tmdb.movie-detail.%d", id+1)))
	}
	queue.Drained()
	require.NoError(t, fetcher.Ended())
	require.Equal(t, calls/2, queue.Count(topology.StreamRaw, ">"))
	require.Equal(t, calls/2, queue.Count(topology.StreamDead, ">"), "what no message holds")
	require.Less(t, fetcher.PeakRSS(t), memory.Limit)
	t.Logf("the fetcher had %.0f MiB at most", fetcher.PeakRSS(t)/(1<<20))
	require.Zero(t, fetcher.Stop())
}
