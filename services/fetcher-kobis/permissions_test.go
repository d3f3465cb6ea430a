package fetcherkobis_test

import (
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/worker/workertest"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/traffic"
)

// leastPermissions is all that the fetcher may do on NATS.
var leastPermissions = &server.Permissions{
	Publish: &server.SubjectPermission{Allow: []string{
		"raw.kobis.>", "dead.jobs.kobis.>",
		"$JS.API.CONSUMER.INFO.JOBS.fetcher-kobis", "$JS.API.CONSUMER.MSG.NEXT.JOBS.fetcher-kobis",
		"$JS.ACK.JOBS.fetcher-kobis.>", "$JS.ACK.*.*.JOBS.fetcher-kobis.>",
		"$JS.API.STREAM.INFO.KV_QUOTA", "$JS.API.DIRECT.GET.KV_QUOTA.>", "$KV.QUOTA.kobis.>",
		"$JS.API.CONSUMER.CREATE.KV_QUOTA.>", "$JS.API.CONSUMER.DELETE.KV_QUOTA.>", "$JS.API.CONSUMER.INFO.KV_QUOTA.>",
		"$JS.FC.KV_QUOTA.>",
	}},
	Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX_fetcher-kobis.>"}},
}

// Every way through the fetcher works with the least permissions: an answer, a
// job handed back and counted, a dead letter.
func TestWorksWithLeastPermissions(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, &server.Options{
		StoreDir: t.TempDir(), NoAuthUser: "operator",
		Users: []*server.User{
			{Username: "operator", Password: "operator-password"},
			{Username: "fetcher", Password: "fetcher-password", Permissions: leastPermissions},
		},
	})
	const spare = "fedcba9876543210fedcba9876543210"
	f := newFixtureOn(t, workertest.On(t, srv), kobis.Options{Keys: []string{testKey, spare}, Limits: traffic.Limits{DailyQuota: 3000}})
	f.Ensure()
	settings := map[string]string{"NATS_USER": "fetcher", "NATS_PASSWORD": "fetcher-password"}
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
	require.NotContains(t, f.logs.String(), "ermissions")
	require.NotContains(t, f.logs.String(), "\"level\":\"error\"")
}
