package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
)

// BenchmarkLoaderMemory measures the most memory that the loader took, as a
// process, until it had landed a backlog of so many film details.
func BenchmarkLoaderMemory(b *testing.B) {
	for _, backlog := range []int{1_000, 20_000, 200_000} {
		b.Run(fmt.Sprint(backlog), func(b *testing.B) {
			for b.Loop() {
				srv := natstest.Start(b)
				js, err := jetstream.New(natstest.Connect(b, srv), jetstream.WithDefaultTimeout(natstest.Patience))
				require.NoError(b, err)
				_, err = topology.Ensure(b.Context(), js, topology.Config{RawMaxBytes: 4 << 30})
				require.NoError(b, err)
				publishDetails(b, js, backlog)
				loader := harness.StartProcess(b, "loader", map[string]string{
					"NATS_URL": srv.ClientURL(), "DATABASE_URL": pgtest.Migrated(b), "HTTP_ADDR": "127.0.0.1:0",
				})
				require.Eventually(b, func() bool {
					drained, err := natstest.Drained(b.Context(), js, topology.StreamRaw, topology.ConsumerLoader)
					require.NoError(b, err)
					return drained
				}, 30*time.Minute, 50*time.Millisecond)
				b.ReportMetric(loader.PeakRSS(b)/(1<<20), "peak-MiB")
			}
			b.ReportMetric(0, "ns/op") // publishing is not part of it
		})
	}
}

// publishDetails fills RAW with the details of made-up films.
func publishDetails(b *testing.B, js jetstream.JetStream, films int) {
	b.Helper()
	source, err := sim.Open(sim.Options{Generate: generate.Options{Films: films}})
	require.NoError(b, err)
	for n := range films {
		film, _ := generate.Film(0, n)
		answer := httptest.NewRecorder()
		source.KOBIS.ServeHTTP(answer, httptest.NewRequestWithContext(b.Context(), http.MethodGet,
			sim.KOBISPath+"/movie/searchMovieInfo.json?key=bench&movieCd="+film.Code, http.NoBody))
		msg, err := messages.Payload{
			Name:    messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieDetail, Key: film.Code},
			Outcome: messages.OutcomeOK, FetchedAt: time.Unix(int64(n), 0), ContentType: "application/json", Body: answer.Body.Bytes(),
		}.Msg()
		require.NoError(b, err)
		_, err = js.PublishMsgAsync(msg)
		require.NoError(b, err)
	}
	select {
	case <-js.PublishAsyncComplete():
	case <-time.After(10 * time.Minute):
		require.Fail(b, "RAW did not confirm")
	}
}
