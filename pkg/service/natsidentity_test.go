package service_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/service"
)

// A service with the user of another would wait for ever: every answer goes to an
// inbox that the user may not read.
func TestAnotherServicesUserIsFatalAtStart(t *testing.T) {
	t.Parallel()
	srv := natstest.StartWith(t, natstest.Deployed(t))
	for _, name := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader"} {
		for _, user := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader"} {
			cfg, _ := config(t, srv.ClientURL())
			cfg.NATSUser, cfg.NATSPassword = user, user
			rt, err := service.Start(t.Context(), name, cfg)
			if user == name {
				require.NoError(t, err)
				require.NoError(t, rt.Close(t.Context()))
				continue
			}
			require.ErrorIs(t, err, service.ErrNATSRefused, "%s as %s", name, user)
			require.ErrorContains(t, err, "this user is another service's")
		}
	}
}

func TestTLSWithACertificateAuthorityOfOnesOwn(t *testing.T) {
	t.Parallel()
	certificate, caFile := selfSigned(t)
	srv := natstest.StartWith(t, &server.Options{
		StoreDir: t.TempDir(), TLSTimeout: 10, TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS13},
	})
	cfg, log := config(t, "tls://"+srv.Addr().String())
	cfg.NATSCAFile = caFile
	require.True(t, start(t, cfg).NATS.IsConnected())

	cfg.NATSCAFile = ""
	failed := make(chan error, 1)
	go func() {
		_, err := service.Start(t.Context(), "planner", cfg)
		failed <- err
	}()
	log.await("unknown authority")
}

func TestACAFileMustHoldCertificates(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ca.crt")
	cfg := service.NATSConfig{NATSCAFile: path}
	require.ErrorContains(t, cfg.Validate()[0], "a file that can be read")
	require.NoError(t, os.WriteFile(path, []byte("no certificate"), 0o600))
	require.ErrorContains(t, cfg.Validate()[0], "certificates in PEM")
}

// selfSigned makes a certificate for 127.0.0.1 that signs itself, and its file.
func selfSigned(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}
