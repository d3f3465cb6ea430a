package fetchertmdb_test

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/worker/workertest"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
	"github.com/cledit/pipeline/sim"
)

// A token that TMDB has restored is used again on command, with the permissions
// that are deployed: nobody can configure it again where it is the only one.
func TestARestoredTokenIsUsedAgainOnCommand(t *testing.T) {
	t.Parallel()
	source, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	var restored atomic.Bool
	var refusals atomic.Int64
	f := serve(t, source.TMDB, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if restored.Load() {
			source.TMDB.ServeHTTP(w, r)
			return
		}
		refusals.Add(1)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"success":false,"status_code":10,"status_message":"Suspended API key"}`))
	}))
	f.Queue = workertest.On(t, natstest.StartWith(t, natstest.Deployed(t)))
	f.Ensure()
	tail := "tmdb.movie-detail." + strconv.Itoa(f.sim.Catalogue().MovieIDs()[0])
	f.Publish(workertest.Job(tail))
	user := map[string]string{"NATS_USER": "fetcher-tmdb", "NATS_PASSWORD": "fetcher-tmdb"}
	stop := f.start(t, user)
	f.Until("the source halts", func() bool { return strings.Contains(f.logs.String(), "halted") })
	stop()

	restored.Store(true)
	stop = f.start(t, user)
	f.Until("a restart is not news", func() bool { return strings.Count(f.logs.String(), "halted") == 2 })
	for _, verdict := range []string{"is used again", "was not disabled"} {
		var out, problems bytes.Buffer
		code := fetchertmdb.App().Execute(t.Context(), []string{"enable"}, []string{
			"NATS_URL=" + f.URL(), "NATS_USER=fetcher-tmdb", "NATS_PASSWORD=fetcher-tmdb", "TMDB_ACCESS_TOKEN=" + testToken,
		}, service.Streams{Stdout: &out, Stderr: &problems})
		require.Zero(t, code, problems.String())
		require.Equal(t, "tmdb key "+quota.Fingerprint(testToken)+" "+verdict+"\n", out.String())
	}
	f.Payload(tail, 1)
	f.Drained()
	stop()
	require.EqualValues(t, 1, refusals.Load())
	f.Nowhere(testToken, f.logs)
}
