package natstest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
)

// What each user must not do, beside what it may do next to it: the denials are
// those of the file that is deployed.
func TestDeployedPermissionsDeny(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	for user, rights := range map[string]struct{ may, mayNot, mayNotHear []string }{
		"planner": {
			may: []string{"jobs.kobis.movie-list.all.1", "$JS.API.STREAM.INFO.RAW"},
			mayNot: []string{
				"raw.kobis.movie-list.all.1", "dead.raw.kobis.x", "$KV.QUOTA.kobis.gate", "$JS.API.STREAM.DELETE.RAW",
				"$JS.API.STREAM.PURGE.RAW", "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.UPDATE.RAW", "$JS.API.CONSUMER.CREATE.RAW.mine",
				"$JS.API.CONSUMER.DELETE.RAW.loader", "$JS.API.CONSUMER.MSG.NEXT.RAW.loader", "$JS.ACK.RAW.loader.1.1.1.1.0",
			},
			mayNotHear: []string{"raw.tmdb.>", "jobs.>", "_INBOX_loader.x", "$KV.QUOTA.>", ">"},
		},
		"fetcher-kobis": {
			may: []string{"raw.kobis.movie-list.all.1", "$KV.QUOTA.kobis.gate", "$JS.API.CONSUMER.MSG.NEXT.JOBS.fetcher-kobis"},
			mayNot: []string{
				"raw.tmdb.series-detail.1", "jobs.kobis.movie-list.all.1", "$KV.QUOTA.tmdb.gate", "dead.jobs.tmdb.x", "dead.raw.kobis.x",
				"$JS.API.CONSUMER.MSG.NEXT.JOBS.fetcher-tmdb", "$JS.ACK.JOBS.fetcher-tmdb.1.1.1.1.0", "$JS.API.STREAM.MSG.GET.RAW",
				"$JS.API.CONSUMER.CREATE.RAW.mine", "$JS.API.CONSUMER.MSG.NEXT.RAW.loader", "$JS.API.DIRECT.GET.RAW.raw.kobis.x",
				"$JS.API.STREAM.PURGE.KV_QUOTA", "$JS.API.STREAM.DELETE.JOBS", "$JS.API.STREAM.MSG.DELETE.JOBS",
			},
			mayNotHear: []string{"raw.kobis.>", "jobs.>", "_INBOX_fetcher-tmdb.x", "_INBOX.x", "$KV.QUOTA.tmdb.>"},
		},
		"fetcher-tmdb": {
			may:        []string{"raw.tmdb.series-detail.1", "$KV.QUOTA.tmdb.gate"},
			mayNot:     []string{"raw.kobis.movie-list.all.1", "$KV.QUOTA.kobis.gate", "$JS.API.CONSUMER.MSG.NEXT.JOBS.fetcher-kobis", "$JS.API.STREAM.MSG.GET.RAW"},
			mayNotHear: []string{"raw.tmdb.>", "_INBOX_fetcher-kobis.x"},
		},
		"loader": {
			may: []string{"dead.raw.kobis.x", "$JS.API.CONSUMER.MSG.NEXT.RAW.loader"},
			mayNot: []string{
				"raw.kobis.movie-list.all.1", "jobs.kobis.movie-list.all.1", "$KV.QUOTA.kobis.gate", "$JS.API.DIRECT.GET.KV_QUOTA.x",
				"$JS.API.STREAM.PURGE.RAW", "$JS.API.CONSUMER.CREATE.RAW.loader", "$JS.API.CONSUMER.DELETE.RAW.loader", "dead.jobs.kobis.x",
			},
			mayNotHear: []string{"raw.>", "jobs.>", "_INBOX_planner.x", "$KV.QUOTA.>"},
		},
	} {
		for _, subject := range rights.may {
			require.NoError(t, publish(t, srv.ClientURL(), user, subject), "%s publishes %s", user, subject)
		}
		require.NoError(t, listen(t, srv.ClientURL(), user, "_INBOX_"+user+".x"))
		for _, subject := range rights.mayNot {
			require.ErrorIs(t, publish(t, srv.ClientURL(), user, subject), nats.ErrPermissionViolation, "%s publishes %s", user, subject)
		}
		for _, subject := range rights.mayNotHear {
			require.ErrorIs(t, listen(t, srv.ClientURL(), user, subject), nats.ErrPermissionViolation, "%s hears %s", user, subject)
		}
	}
}

func TestDeployedUsersHavePasswords(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	for _, user := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader", natstest.Operator} {
		_, err := nats.Connect(srv.ClientURL(), nats.UserInfo(user, "wrong"))
		require.ErrorIs(t, err, nats.ErrAuthorization, user)
	}
}

// publish returns what the server says to a message on the subject.
func publish(t *testing.T, url, user, subject string) error {
	return as(t, url, user, func(nc *nats.Conn) error { return nc.Publish(subject, nil) })
}

func listen(t *testing.T, url, user, subject string) error {
	return as(t, url, user, func(nc *nats.Conn) error {
		_, err := nc.SubscribeSync(subject)
		return err
	})
}

func as(t *testing.T, url, user string, do func(*nats.Conn) error) error {
	t.Helper()
	nc, err := nats.Connect(url, nats.UserInfo(user, user), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	require.NoError(t, err)
	defer nc.Close()
	require.NoError(t, do(nc))
	require.NoError(t, nc.Flush()) // a refusal comes before the answer
	return nc.LastError()
}

// The files are what a server takes; the cluster's without its certificates, which
// only a cluster has.
func TestDeployedConfigurationsAreRead(t *testing.T) {
	t.Setenv("POD_NAME", "nats-0")
	tls := regexp.MustCompile(`(?s)\btls \{.*?\}`)
	for name, clustered := range map[string]bool{"nats.conf": false, "cluster.conf": true} {
		dir := t.TempDir()
		for _, file := range []string{name, "accounts.conf"} {
			content, err := os.ReadFile(filepath.Join("..", "..", "deploy", "nats", file))
			require.NoError(t, err)
			content = tls.ReplaceAll(content, nil)
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), content, 0o600))
		}
		passwords := "PLANNER_PASSWORD: a\nFETCHER_KOBIS_PASSWORD: b\nFETCHER_TMDB_PASSWORD: c\nLOADER_PASSWORD: d\nOPERATOR_PASSWORD: e\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, "passwords.conf"), []byte(passwords), 0o600))
		opts, err := server.ProcessConfigFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, clustered, opts.Cluster.Name == "cledit")
		require.Equal(t, 8222, opts.HTTPPort)
		require.Equal(t, "/data", opts.StoreDir)
		require.Equal(t, !clustered, opts.SyncAlways, "one server alone flushes every write")
		require.Len(t, opts.Users, 5)
	}
}
