package schema_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/localpg"
	"github.com/cledit/pipeline/pkg/pgtest"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/tlstest"
)

// overTCP runs a migrated server with a login of the loader's.
func overTCP(t *testing.T, address string, certificate, key []byte) *localpg.Server {
	t.Helper()
	s := pgtest.OverTCP(t, address, certificate, key)
	_, err := schema.Migrate(t.Context(), s.URL("postgres"))
	require.NoError(t, err)
	_, err = connect(t, s.URL("postgres")).Exec(t.Context(), "CREATE ROLE cledit_loader LOGIN PASSWORD 'password' IN ROLE loader")
	require.NoError(t, err)
	return s
}

func admit(t *testing.T, address, mode, caFile string) error {
	t.Helper()
	query := url.Values{"sslmode": {mode}}
	if caFile != "" {
		query.Set("sslrootcert", caFile)
	}
	cfg, err := pgx.ParseConfig("postgres://cledit_loader:password@" + address + "/postgres?" + query.Encode())
	require.NoError(t, err)
	return schema.Admit(t.Context(), cfg, "loader")
}

func TestADatabaseIsReachedOverTLSAsConfigured(t *testing.T) {
	t.Parallel()
	ca, other := tlstest.NewAuthority(t), tlstest.NewAuthority(t)
	secured, plain := pgtest.Address(), pgtest.Address()
	certificate, key := ca.Server(t, time.Now().Add(time.Hour), secured)
	server := overTCP(t, secured, certificate, key)
	overTCP(t, plain, nil, nil)

	require.NoError(t, admit(t, secured, "verify-full", ca.File))
	require.NoError(t, admit(t, plain, "disable", ""))
	requireRemedy(t, admit(t, secured, "verify-full", other.File), "set sslrootcert in DATABASE_URL to a file with the certificates that sign the server's")
	requireRemedy(t, admit(t, secured, "verify-full", ""), "set sslrootcert in DATABASE_URL")
	requireRemedy(t, admit(t, secured, "disable", ""), "write sslmode=verify-full and sslrootcert in DATABASE_URL")
	requireRemedy(t, admit(t, plain, "verify-full", ca.File), "the server has no TLS: give it a certificate, or write sslmode=disable")

	var encrypted bool
	conn := connect(t, "postgres://cledit_loader:password@"+secured+"/postgres?sslmode=verify-full&sslrootcert="+url.QueryEscape(ca.File))
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").Scan(&encrypted))
	require.True(t, encrypted)
	require.NoError(t, server.Err())
}

// Neither a wrong password nor a login of nobody is taken for a matter of TLS.
func TestOverTLSAWrongPasswordIsRefused(t *testing.T) {
	t.Parallel()
	ca, address := tlstest.NewAuthority(t), pgtest.Address()
	certificate, key := ca.Server(t, time.Now().Add(time.Hour), "192.0.2.1")
	overTCP(t, address, certificate, key)
	requireRemedy(t, admit(t, address, "verify-full", ca.File), "connect by a name that the server's certificate has, or give it one for "+address)
	// verify-ca takes a certificate of any name.
	require.NoError(t, admit(t, address, "verify-ca", ca.File))
	cfg, err := pgx.ParseConfig("postgres://cledit_loader:wrong@" + address + "/postgres?sslmode=verify-ca&sslrootcert=" + url.QueryEscape(ca.File))
	require.NoError(t, err)
	require.ErrorIs(t, schema.Admit(t.Context(), cfg, "loader"), schema.ErrRefused)
}

func requireRemedy(t *testing.T, err error, remedy string) {
	t.Helper()
	require.ErrorIs(t, err, schema.ErrTLS)
	require.ErrorContains(t, err, remedy)
	require.NotContains(t, err.Error(), "password@")
}
