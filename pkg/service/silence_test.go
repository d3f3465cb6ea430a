package service_test

import (
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
)

// wire passes bytes on to a server until it is cut: then it takes them and drops
// them, as a network does that is gone.
type wire struct {
	net.Listener
	cut atomic.Bool
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &wire{Listener: listener}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			here, err := listener.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", server)
			if err != nil {
				_ = here.Close()
				return
			}
			go w.pass(here, there)
			go w.pass(there, here)
		}
	}()
	return w
}

func (w *wire) pass(from, to net.Conn) {
	defer func() { _ = to.Close() }()
	_, _ = io.Copy(writer(func(p []byte) (int, error) {
		if w.cut.Load() {
			return len(p), nil
		}
		return to.Write(p)
	}), from)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// A network that drops everything makes no failure of a service that ends.
func TestCloseWhereNATSDoesNotAnswer(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	w := newWire(t, strings.TrimPrefix(srv.ClientURL(), "nats://"))
	cfg, _ := config(t, "nats://"+w.Addr().String())
	rt := start(t, cfg)
	_, err := rt.NATS.Subscribe("work", func(*nats.Msg) {})
	require.NoError(t, err)
	require.NoError(t, rt.NATS.Flush())
	w.cut.Store(true)
	require.True(t, rt.NATS.IsConnected(), "it does not know yet")
	require.NoError(t, rt.Close(t.Context()))
	require.True(t, rt.NATS.IsClosed())
}
