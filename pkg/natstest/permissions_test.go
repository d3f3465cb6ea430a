package natstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
)

// ledger is what a client that reads the quota ledger and watches it needs.
func ledger(consumers ...string) []string {
	subjects := []string{"$JS.API.STREAM.INFO.KV_QUOTA", "$JS.API.STREAM.MSG.GET.KV_QUOTA", "$JS.FC.KV_QUOTA.mine.x"}
	for _, consumer := range consumers {
		for _, verb := range []string{"CREATE", "INFO", "DELETE"} {
			subjects = append(subjects, "$JS.API.CONSUMER."+verb+".KV_QUOTA."+consumer)
		}
	}
	return subjects
}

func reads(stream, consumer string) []string {
	return []string{
		"$JS.API.CONSUMER.INFO." + stream + "." + consumer, "$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer,
		"$JS.ACK." + stream + "." + consumer + ".1.1.1.1.0", "$JS.ACK._.A." + stream + "." + consumer + ".1.1.1.1.0",
	}
}

func fetches(source string) []string {
	return slices.Concat(reads("JOBS", "fetcher-"+source), ledger(natstest.Durables...),
		[]string{"raw." + source + ".movie-detail.1", "dead.jobs." + source + ".movie-detail.1", "$KV.QUOTA." + source + ".gate"})
}

// may is what each user may publish to; everything else is denied.
var may = map[string][]string{
	"fetcher-kobis": fetches("kobis"),
	"fetcher-tmdb":  fetches("tmdb"),
	"loader":        append(reads("RAW", "loader"), "dead.raw.kobis.movie-detail.1", "dead.raw.tmdb.movie-detail.1"),
	"console": {
		"$JS.API.STREAM.INFO.JOBS", "$JS.API.STREAM.INFO.RAW", "$JS.API.STREAM.INFO.DEAD", "$JS.API.STREAM.INFO.KV_QUOTA", "$JS.API.STREAM.MSG.GET.KV_QUOTA",
		"$JS.API.CONSUMER.INFO.JOBS.fetcher-kobis", "$JS.API.CONSUMER.INFO.JOBS.fetcher-tmdb",
		"$JS.API.CONSUMER.INFO.RAW.loader", "$JS.API.CONSUMER.INFO.DEAD.planner",
	},
	"planner": slices.Concat(ledger(natstest.Durables...), reads("DEAD", "planner"), []string{
		"jobs.kobis.movie-detail.1", "jobs.tmdb.movie-detail.1", "jobs.other.movie-list.1", "dead.jobs.kobis.movie-detail.1", "dead.jobs.tmdb.movie-detail.1",
		"$JS.API.STREAM.CREATE.JOBS", "$JS.API.STREAM.CREATE.RAW", "$JS.API.STREAM.CREATE.DEAD", "$JS.API.STREAM.CREATE.KV_QUOTA",
		"$JS.API.STREAM.INFO.JOBS", "$JS.API.STREAM.INFO.RAW", "$JS.API.STREAM.INFO.DEAD",
		"$JS.API.STREAM.MSG.GET.JOBS", "$JS.API.STREAM.MSG.GET.RAW", "$JS.API.STREAM.MSG.GET.DEAD", "$JS.API.STREAM.MSG.DELETE.JOBS",
		"$JS.API.CONSUMER.CREATE.JOBS.fetcher-kobis.jobs.kobis.>", "$JS.API.CONSUMER.CREATE.JOBS.fetcher-tmdb.jobs.tmdb.>",
		"$JS.API.CONSUMER.CREATE.RAW.loader", "$JS.API.CONSUMER.CREATE.DEAD.planner",
		"$JS.API.CONSUMER.INFO.JOBS.fetcher-kobis", "$JS.API.CONSUMER.INFO.JOBS.fetcher-tmdb", "$JS.API.CONSUMER.INFO.RAW.loader",
	}),
}

// hears is what each user may subscribe to, beside its inbox.
var hears = map[string][]string{"planner": {"raw.kobis.movie-list.all.1"}}

func subscriptions() []string {
	subjects := []string{
		">", "*", "*.>", "raw.>", "raw.kobis.>", "raw.tmdb.>", "raw.kobis.movie-list.all.1", "raw.kobis.movie-list.>", "raw.kobis.movie-detail.1",
		"jobs.>", "jobs.kobis.>", "jobs.tmdb.>", "dead.>", "dead.raw.>", "dead.jobs.>", "$KV.>", "$KV.QUOTA.>", "$KV.QUOTA.kobis.>", "$KV.QUOTA.tmdb.>",
		"$JS.>", "$JS.API.>", "$JS.ACK.>", "$JS.EVENT.ADVISORY.>", "$SYS.>", "_INBOX.>", "_INBOX.x",
	}
	for _, user := range append(slices.Clone(natstest.Users), "operator") {
		subjects = append(subjects, "_INBOX_"+user+".>", "_INBOX_"+user+".x")
	}
	return subjects
}

// Every user does what it may and nothing else, by the file that is deployed.
func TestDeployedPermissionsAreExact(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	all := natstest.Requests()
	for _, user := range natstest.Users {
		for _, subject := range may[user] {
			require.Contains(t, all, subject, "what %s may is tried", user)
		}
		nc := natstest.Connect(t, srv, nats.UserInfo(user, user), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		for _, subject := range all {
			require.NoError(t, nc.Publish(subject, nil))
			require.Equal(t, !slices.Contains(may[user], subject), denied(t, nc, subject), "%s publishes %s", user, subject)
		}
		for _, subject := range subscriptions() {
			own := strings.HasPrefix(subject, "_INBOX_"+user+".")
			sub, err := nc.SubscribeSync(subject)
			require.NoError(t, err)
			require.Equal(t, !own && !slices.Contains(hears[user], subject), denied(t, nc, subject), "%s hears %s", user, subject)
			_ = sub.Unsubscribe() // one that was denied is gone
		}
	}
}

// denied reports whether the server has refused what was just done with the subject.
func denied(t *testing.T, nc *nats.Conn, subject string) bool {
	t.Helper()
	require.NoError(t, nc.Flush()) // a refusal comes before the answer
	err := nc.LastError()
	return err != nil && strings.Contains(err.Error(), `"`+subject+`"`)
}
