package e2e_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/e2e/harness"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/tlstest"
	"github.com/cledit/pipeline/pkg/topology"
)

// secured are NATS and Postgres that take nobody without TLS, with the users,
// logins and permissions of a deployment.
type secured struct {
	nats     *server.Server
	database string // address of Postgres
	conn     *pgx.Conn
}

func newSecured(t *testing.T, ca *tlstest.Authority) *secured {
	t.Helper()
	hour := time.Now().Add(time.Hour)
	options := natstest.Deployed(t)
	options.NoAuthUser, options.TLSConfig, options.TLSTimeout = "", ca.Config(t, hour, "127.0.0.1"), 10
	address := pgtest.Address()
	certificate, key := ca.Server(t, hour, address)
	postgres := pgtest.OverTCP(t, address, certificate, key)
	_, err := schema.Migrate(t.Context(), postgres.URL("postgres"))
	require.NoError(t, err)
	s := &secured{nats: natstest.StartWith(t, options), database: address, conn: harness.Connect(t, postgres.URL("postgres"))}
	for _, role := range []string{"planner", "loader"} {
		_, err := s.conn.Exec(t.Context(), "CREATE ROLE cledit_"+role+" LOGIN PASSWORD 'password' IN ROLE "+role)
		require.NoError(t, err)
	}
	return s
}

// env is what a service is told; the files hold the authorities that it trusts.
func (s *secured) env(service, natsCA, postgresCA string) map[string]string {
	database := url.URL{
		Scheme: "postgres", User: url.UserPassword("cledit_"+service, "password"), Host: s.database, Path: "/postgres",
		RawQuery: url.Values{"sslmode": {"verify-full"}, "sslrootcert": {postgresCA}}.Encode(),
	}
	return map[string]string{
		"NATS_URL": "tls://" + s.nats.Addr().String(), "NATS_CA_FILE": natsCA, "NATS_USER": service, "NATS_PASSWORD": service,
		"DATABASE_URL": database.String(), "HTTP_ADDR": "127.0.0.1:0", "PLANNER_INTERVAL": "200ms",
	}
}

func TestThePipelineOverTLS(t *testing.T) {
	t.Parallel()
	ca, other := tlstest.NewAuthority(t), tlstest.NewAuthority(t)
	s := newSecured(t, ca)
	for _, service := range []string{"planner", "loader"} {
		wrong := harness.StartProcess(t, service, s.env(service, ca.File, other.File))
		require.Equal(t, 1, wrong.Wait(), service)
		require.Contains(t, wrong.Log(), "set sslrootcert in DATABASE_URL to a file with the certificates that sign the server's")
		wrong = harness.StartProcess(t, service, s.env(service, other.File, ca.File))
		require.Equal(t, 1, wrong.Wait(), service)
		require.Contains(t, wrong.Log(), "set NATS_CA_FILE to a file with the certificates that sign the server's")
	}

	planner := harness.StartProcess(t, "planner", s.env("planner", ca.File, ca.File))
	loader := harness.StartProcess(t, "loader", s.env("loader", ca.File, ca.File))
	nc := natstest.Connect(t, s.nats, nats.UserInfo(natstest.Operator, natstest.Operator), nats.RootCAs(ca.File))
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = topology.Consumer(t.Context(), js, topology.StreamRaw, topology.ConsumerLoader, nil)
	require.NoError(t, err)
	msg, err := detail("20190324", "기생충").Msg()
	require.NoError(t, err)
	_, err = js.PublishMsg(t.Context(), msg)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		var titles, plain int
		err := s.conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM production.titles),
			(SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename ~ '^cledit_' AND NOT ssl)`).Scan(&titles, &plain)
		return err == nil && titles == 1 && plain == 0
	}, time.Minute, 50*time.Millisecond)
	require.Zero(t, planner.Stop())
	require.Zero(t, loader.Stop())
}
