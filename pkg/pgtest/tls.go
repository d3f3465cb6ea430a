package pgtest

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/localpg"
)

// Address returns a loopback address of the test's own, so that a server may have
// its usual port on it.
func Address() string {
	const most = 254
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(most), 1+rand.IntN(most), 1+rand.IntN(most))
}

// OverTCP is Server on an address, too, where it asks for a password. With a
// certificate and its key, PEM, it takes nobody there without TLS; with none it has
// no TLS.
func OverTCP(tb testing.TB, address string, certificate, key []byte) *localpg.Server {
	tb.Helper()
	cfg := localpg.Config{Dir: tb.TempDir(), Volatile: true, Settings: map[string]string{"ssl": "off"}, Address: address}
	connections := "host"
	if certificate != nil {
		connections, cfg.Settings["ssl"] = "hostssl", "on"
	}
	// The files of a cluster belong to the user of the server: it writes them itself.
	draft := Server(tb, cfg.Dir)
	for name, content := range map[string][]byte{
		"server.crt": certificate, "server.key": key,
		"pg_hba.conf": []byte("local all all trust\n" + connections + " all all all scram-sha-256\n"),
	} {
		if err := write(tb.Context(), draft, name, content); err != nil {
			tb.Fatalf("writing %s of a server: %v", name, err)
		}
	}
	if err := draft.Stop(tb.Context()); err != nil {
		tb.Fatalf("stopping a server that was set up: %v", err)
	}
	return start(tb, cfg)
}

// write makes a file in the data folder, readable by the server's user alone.
func write(ctx context.Context, s *localpg.Server, name string, content []byte) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the outcome of the statement stands
	_, err = conn.Exec(ctx, fmt.Sprintf("COPY (SELECT '%s') TO PROGRAM 'umask 077; base64 -d >%s'",
		base64.StdEncoding.EncodeToString(content), name))
	return err
}
