// Package tlstest makes certificates for tests of TLS with real servers. Each
// Authority is as good as any other, so that trusting the wrong one can be tried.
package tlstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Authority signs certificates of servers.
type Authority struct {
	File string // its certificate, PEM

	key         *ecdsa.PrivateKey
	certificate *x509.Certificate
}

// NewAuthority makes one that is valid for an hour.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{key: newKey(tb), certificate: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority of a test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}}
	der, err := x509.CreateCertificate(rand.Reader, a.certificate, a.certificate, &a.key.PublicKey, a.key)
	require.NoError(tb, err)
	a.File = filepath.Join(tb.TempDir(), "ca.crt")
	require.NoError(tb, os.WriteFile(a.File, block("CERTIFICATE", der), 0o600))
	return a
}

// Server makes a certificate and key, PEM, of a server that is reached by these IP
// addresses and is valid until then.
func (a *Authority) Server(tb testing.TB, until time.Time, addresses ...string) (certificate, key []byte) {
	tb.Helper()
	serverKey := newKey(tb)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: until.Add(-24 * time.Hour), NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, address := range addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &serverKey.PublicKey, a.key)
	require.NoError(tb, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(serverKey)
	require.NoError(tb, err)
	return block("CERTIFICATE", der), block("PRIVATE KEY", keyDER)
}

// Config is of a server with a certificate as Server makes it.
func (a *Authority) Config(tb testing.TB, until time.Time, addresses ...string) *tls.Config {
	tb.Helper()
	pair, err := tls.X509KeyPair(a.Server(tb, until, addresses...))
	require.NoError(tb, err)
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}
}

func newKey(tb testing.TB) *ecdsa.PrivateKey {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(tb, err)
	return key
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
