package natstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
)

var (
	users   = []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader"}
	streams = []string{"JOBS", "RAW", "DEAD", "KV_QUOTA", "OTHER"}
	durable = []string{"fetcher-kobis", "fetcher-tmdb", "loader", "planner", "mine"}
)

// publishes are all kinds of subjects that somebody might publish to: the
// pipeline's own, and the requests that a server with JetStream answers.
func publishes() []string {
	subjects := []string{
		"$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST", "$JS.API.META.LEADER.STEPDOWN", "$JS.API.SERVER.REMOVE",
		"$JS.API.ACCOUNT.PURGE.CLEDIT", "$SYS.REQ.SERVER.PING", "$SYS.REQ.USER.INFO", "other",
		"jobs.other.movie-list.1", "raw.other.movie-list.1", "$KV.QUOTA.other.gate", "$KV.QUOTA.gate", "$KV.OTHER.kobis.gate",
		"$JS.API.CONSUMER.CREATE.JOBS.fetcher-kobis.jobs.kobis.>", "$JS.API.CONSUMER.CREATE.JOBS.fetcher-tmdb.jobs.tmdb.>",
		"$JS.API.CONSUMER.CREATE.JOBS.fetcher-kobis.jobs.>", "$JS.API.CONSUMER.CREATE.RAW.mine.raw.kobis.>",
	}
	for _, source := range []string{"kobis", "tmdb"} {
		subjects = append(subjects, "jobs."+source+".movie-detail.1", "raw."+source+".movie-detail.1",
			"dead.jobs."+source+".movie-detail.1", "dead.raw."+source+".movie-detail.1", "$KV.QUOTA."+source+".gate")
	}
	for _, user := range append(slices.Clone(users), "operator") {
		subjects = append(subjects, "_INBOX_"+user+".x")
	}
	for _, stream := range streams {
		for _, verb := range []string{"CREATE", "UPDATE", "INFO", "DELETE", "PURGE", "SNAPSHOT", "RESTORE", "MSG.GET", "MSG.DELETE", "PEER.REMOVE", "LEADER.STEPDOWN"} {
			subjects = append(subjects, "$JS.API.STREAM."+verb+"."+stream)
		}
		subjects = append(subjects, "$JS.API.DIRECT.GET."+stream, "$JS.API.DIRECT.GET."+stream+".x", "$JS.API.CONSUMER.CREATE."+stream,
			"$JS.API.CONSUMER.NAMES."+stream, "$JS.API.CONSUMER.LIST."+stream, "$JS.FC."+stream+".mine.x")
		for _, consumer := range durable {
			for _, verb := range []string{"CREATE", "DURABLE.CREATE", "INFO", "DELETE", "PAUSE", "RESET", "UNPIN", "MSG.NEXT", "LEADER.STEPDOWN"} {
				subjects = append(subjects, "$JS.API.CONSUMER."+verb+"."+stream+"."+consumer)
			}
			subjects = append(subjects, "$JS.ACK."+stream+"."+consumer+".1.1.1.1.0", "$JS.ACK._.A."+stream+"."+consumer+".1.1.1.1.0")
		}
	}
	return subjects
}

// ledger is what whoever reads the quota ledger and watches it needs.
func ledger(consumers ...string) []string {
	subjects := []string{"$JS.API.STREAM.INFO.KV_QUOTA", "$JS.API.DIRECT.GET.KV_QUOTA.x", "$JS.FC.KV_QUOTA.mine.x"}
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
	return slices.Concat(reads("JOBS", "fetcher-"+source), ledger(durable...),
		[]string{"raw." + source + ".movie-detail.1", "dead.jobs." + source + ".movie-detail.1", "$KV.QUOTA." + source + ".gate"})
}

// may is what each user may publish to; everything else is denied.
var may = map[string][]string{
	"fetcher-kobis": fetches("kobis"),
	"fetcher-tmdb":  fetches("tmdb"),
	"loader":        append(reads("RAW", "loader"), "dead.raw.kobis.movie-detail.1", "dead.raw.tmdb.movie-detail.1"),
	"planner": slices.Concat(ledger(durable...), reads("DEAD", "planner"), []string{
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
	for _, user := range append(slices.Clone(users), "operator") {
		subjects = append(subjects, "_INBOX_"+user+".>", "_INBOX_"+user+".x")
	}
	return subjects
}

// Every user does what it may and nothing else, by the file that is deployed.
func TestDeployedPermissionsAreExact(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	all := publishes()
	for _, user := range users {
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

// denied tells whether the server has refused what was just done with the subject.
func denied(t *testing.T, nc *nats.Conn, subject string) bool {
	t.Helper()
	require.NoError(t, nc.Flush()) // a refusal comes before the answer
	err := nc.LastError()
	return err != nil && strings.Contains(err.Error(), `"`+subject+`"`)
}
