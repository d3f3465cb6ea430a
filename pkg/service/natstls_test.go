package service_test

import (
	"crypto/tls"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/tlstest"
)

func tlsServer(t *testing.T, config *tls.Config) *server.Server {
	t.Helper()
	return natstest.StartWith(t, &server.Options{StoreDir: t.TempDir(), TLSTimeout: 10, TLSConfig: config})
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

func TestTLSWithAnAuthorityOfOnesOwn(t *testing.T) {
	t.Parallel()
	ca := tlstest.NewAuthority(t)
	srv := tlsServer(t, ca.Config(t, inAnHour(), "127.0.0.1"))
	for _, scheme := range []string{"tls://", "nats://"} {
		cfg, _ := config(t, scheme+srv.Addr().String())
		cfg.NATSCAFile = ca.File
		rt := start(t, cfg)
		state, err := rt.NATS.TLSConnectionState()
		require.NoError(t, err)
		require.True(t, state.HandshakeComplete)
	}
}

func TestWithoutTLSAsConfiguredAServiceEndsAtStart(t *testing.T) {
	t.Parallel()
	ca, other := tlstest.NewAuthority(t), tlstest.NewAuthority(t)
	for name, c := range map[string]struct {
		server *server.Server
		scheme string
		caFile string
		remedy string
	}{
		"no authority is configured": {
			tlsServer(t, ca.Config(t, inAnHour(), "127.0.0.1")), "tls://", "", "set NATS_CA_FILE to a file with the certificates that sign the server's",
		},
		"TLS is the server's wish": {
			tlsServer(t, ca.Config(t, inAnHour(), "127.0.0.1")), "nats://", "", "set NATS_CA_FILE to a file with the certificates that sign the server's",
		},
		"another authority": {
			tlsServer(t, ca.Config(t, inAnHour(), "127.0.0.1")), "tls://", other.File, "set NATS_CA_FILE to a file with the certificates that sign the server's",
		},
		"a certificate for elsewhere": {
			tlsServer(t, ca.Config(t, inAnHour(), "192.0.2.1")), "tls://", ca.File, "connect by a name that the server's certificate has, or give it one for 127.0.0.1",
		},
		"a certificate that is out of date": {
			tlsServer(t, ca.Config(t, time.Now().Add(-time.Minute), "127.0.0.1")), "tls://", ca.File, "give the server a certificate that is valid now",
		},
		"a server without TLS": {
			natstest.Start(t), "tls://", "", "the server has no TLS: give it a certificate, or ask for none",
		},
		"a server without TLS where an authority is configured": {
			natstest.Start(t), "nats://", ca.File, "the server has no TLS: give it a certificate, or ask for none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, _ := config(t, c.scheme+c.server.Addr().String())
			cfg.NATSCAFile = c.caFile
			_, err := service.Start(t.Context(), "planner", cfg)
			require.ErrorIs(t, err, service.ErrNATSTLS)
			require.ErrorContains(t, err, c.remedy)
		})
	}
}
