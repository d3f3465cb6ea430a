package service_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// nobody is an address that refuses connections.
const nobody = "127.0.0.1:1"

// gate is a network between a client and a server: open it passes everything on,
// shut it ends every connection, old and new. Unlike a server that stops and
// starts, it keeps its port.
type gate struct {
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	target string // empty while shut
	conns  map[net.Conn]struct{}
}

func newGate(t *testing.T) *gate {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{listener: listener, conns: make(map[net.Conn]struct{})}
	g.running.Go(g.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		g.shut()
		g.running.Wait()
	})
	return g
}

// url is where NATS clients find the gate.
func (g *gate) url() string {
	return "nats://" + g.listener.Addr().String()
}

func (g *gate) accept() {
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			return
		}
		g.running.Go(func() { g.pass(conn) })
	}
}

func (g *gate) pass(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // either side may have closed it
	server, ok := g.dial(conn)
	if !ok {
		return
	}
	g.running.Go(func() {
		_, _ = io.Copy(server, conn)
		_ = server.Close()
	})
	_, _ = io.Copy(conn, server)
	_ = server.Close()
}

func (g *gate) dial(conn net.Conn) (net.Conn, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.target == "" {
		return nil, false
	}
	server, err := new(net.Dialer).Dial("tcp", g.target)
	if err != nil {
		return nil, false
	}
	g.conns[conn], g.conns[server] = struct{}{}, struct{}{}
	return server, true
}

func (g *gate) open(addr net.Addr) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.target = addr.String()
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.target = ""
	for conn := range g.conns {
		_ = conn.Close()
	}
	clear(g.conns)
}
