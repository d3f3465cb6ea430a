package fetcherkobis_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/worker/workertest"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/traffic"
)

// Every way through the fetcher works with the permissions that are deployed: an answer, a
// job handed back and counted, a dead letter.
func TestWorksWithLeastPermissions(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	const spare = "fedcba9876543210fedcba9876543210"
	f := newFixtureOn(t, workertest.On(t, srv), kobis.Options{Keys: []string{testKey, spare}, Limits: traffic.Limits{DailyQuota: 3000}})
	f.Ensure()
	settings := map[string]string{"NATS_USER": "fetcher-kobis", "NATS_PASSWORD": "fetcher-kobis"}
	const list, noDay = "kobis.movie-list.all.1", "kobis.daily-box-office.20250230"
	f.Publish(workertest.Job(noDay), workertest.Job(list))
	f.sim.Spend(testKey, 3000)
	stop := f.start(t, settings)
	f.DeadLetter(noDay)
	f.Until("a wait is noted", func() bool { return f.Count("KV_QUOTA", "$KV.QUOTA.kobis.waits.>") == 1 })
	stop()

	settings["KOBIS_API_KEYS"] = spare
	f.sim.FailNext(traffic.Maintenance, 1)
	stop = f.start(t, settings)
	require.Equal(t, 2, f.Payload(list, 1).Attempt, "a wait and a retry")
	f.Drained()
	stop()
	var out, problems bytes.Buffer
	code := fetcherkobis.App().Execute(t.Context(), []string{"enable"}, []string{
		"NATS_URL=" + f.URL(), "NATS_USER=fetcher-kobis", "NATS_PASSWORD=fetcher-kobis", "KOBIS_API_KEYS=" + spare,
	}, service.Streams{Stdout: &out, Stderr: &problems})
	require.Zero(t, code, problems.String())
	require.Contains(t, out.String(), "was not disabled")
	require.NotContains(t, f.logs.String(), "ermissions")
	require.NotContains(t, f.logs.String(), "\"level\":\"error\"")
}

// Somebody who has taken over the other fetcher spends nothing of this source: what
// he has the server send to JOBS is not a job, and no dead letter of one.
func TestWhatIsMisdirectedIsNotCalledFor(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	f := newFixtureOn(t, workertest.On(t, srv), kobis.Options{Keys: []string{testKey}})
	f.Ensure()
	const list = "kobis.movie-list.all.1"
	natstest.Misdirect(t, srv, "fetcher-tmdb", workertest.Job("kobis.movie-detail.20190324").Msg())
	came := f.Count("JOBS", "jobs.kobis.>")
	require.Greater(t, came, 10, "answers came into the queue")
	f.Publish(workertest.Job(list))
	stop := f.start(t, map[string]string{"NATS_USER": "fetcher-kobis", "NATS_PASSWORD": "fetcher-kobis"})
	f.Payload(list, 1)
	f.Until("nothing is left in the queue", func() bool { return f.Count("JOBS", "jobs.kobis.>") == 0 })
	stop()
	require.Less(t, f.sim.Stats().Requests, came/2, "those that are empty are jobs, and no other")
	require.Zero(t, f.Count("DEAD", "dead.jobs.kobis.>"))
	require.Contains(t, f.logs.String(), "removed a message of JOBS that no service published as a job")
}
