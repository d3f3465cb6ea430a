// Package natstest gives a test a real nats-server with JetStream on disk, in
// the test's own process and folder.
//
// A server that does not come up fails the test at once; it is stopped, and its
// folder removed, when the test ends.
package natstest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/topology"
)

// Patience bounds what a server takes for its start, which is about 30 ms where the machine
// is free, for a connection and for an answer: a busy machine is slow, and not wrong.
const Patience = 5 * time.Minute

// Start runs a server on a free loopback port until the test ends.
func Start(tb testing.TB) *server.Server {
	tb.Helper()
	return StartWith(tb, &server.Options{StoreDir: tb.TempDir()})
}

// StartWith is Start with options of the test's own: a fixed port and store for
// a restart, accounts, a cluster. JetStream and loopback are set here.
func StartWith(tb testing.TB, opts *server.Options) *server.Server {
	tb.Helper()
	opts.Host, opts.JetStream, opts.NoSigs = "127.0.0.1", true, true
	if opts.AuthTimeout == 0 {
		opts.AuthTimeout = Patience.Seconds() // a client of a busy machine is slow, and not wrong
	}
	if opts.Port == 0 {
		opts.Port = server.RANDOM_PORT
	}
	srv, err := server.NewServer(opts)
	require.NoError(tb, err, "making a nats-server")
	srv.Start()
	tb.Cleanup(func() {
		srv.Shutdown()
		srv.WaitForShutdown()
	})
	require.True(tb, srv.ReadyForConnections(Patience), "nats-server is not ready for connections")
	return srv
}

// Connect opens a connection that ends with the test.
func Connect(tb testing.TB, srv *server.Server, opts ...nats.Option) *nats.Conn {
	tb.Helper()
	nc, err := nats.Connect(srv.ClientURL(), append([]nats.Option{nats.Timeout(Patience)}, opts...)...)
	require.NoError(tb, err, "connecting to the nats-server")
	tb.Cleanup(nc.Close)
	return nc
}

// JetStream starts a server and returns a JetStream context on it.
func JetStream(tb testing.TB) jetstream.JetStream {
	tb.Helper()
	js, err := jetstream.New(Connect(tb, Start(tb)))
	require.NoError(tb, err, "opening JetStream")
	return js
}

// Drained reports whether a consumer of a whole stream has acknowledged all that the
// stream took. Its count of what is pending does not tell that alone: a consumer
// counts a stored message a moment after the stream does.
func Drained(ctx context.Context, js jetstream.JetStream, stream, consumer string) (bool, error) {
	c, err := js.Consumer(ctx, stream, consumer)
	if err != nil {
		return false, fmt.Errorf("looking at consumer %s of %s: %w", consumer, stream, err)
	}
	s, err := js.Stream(ctx, stream) // after the consumer: what comes in between is not drained
	if err != nil {
		return false, fmt.Errorf("looking at stream %s: %w", stream, err)
	}
	return topology.Unacknowledged(s.CachedInfo().State, c.CachedInfo()) == 0, nil
}
