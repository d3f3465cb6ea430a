package upstream_test

import (
	"bufio"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// rawServer is a TCP server that does to a connection what no HTTP server would,
// and counts the requests that it read.
type rawServer struct {
	addr string

	mu       sync.Mutex
	requests []*http.Request
	conns    map[net.Conn]struct{}
	stopped  bool
}

// exchange answers one request, the nth of its connection counted from 1; false
// closes the connection.
type exchange func(conn *net.TCPConn, req *http.Request, nth int) bool

// serveRaw runs a server until the test ends.
func serveRaw(tb testing.TB, answer exchange) *rawServer {
	tb.Helper()
	listener, err := new(net.ListenConfig).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	s := &rawServer{addr: listener.Addr().String(), conns: make(map[net.Conn]struct{})}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { s.serve(conn.(*net.TCPConn), answer) })
		}
	})
	tb.Cleanup(func() {
		_ = listener.Close()
		s.closeAll()
		running.Wait()
	})
	return s
}

func (s *rawServer) serve(conn *net.TCPConn, answer exchange) {
	if !s.track(conn) {
		return
	}
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	for nth := 1; ; nth++ {
		req, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, req)
		s.mu.Unlock()
		if !answer(conn, req, nth) {
			return
		}
	}
}

func (s *rawServer) track(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		_ = conn.Close()
		return false
	}
	s.conns[conn] = struct{}{}
	return true
}

func (s *rawServer) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	for conn := range s.conns {
		_ = conn.Close()
	}
}

// seen is the number of requests that arrived.
func (s *rawServer) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

func (s *rawServer) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[len(s.requests)-1]
}

// reset closes a connection so that the other side gets a reset, not an end.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}

// say writes raw bytes; a client that has gone is part of the test.
func say(conn net.Conn, text string) {
	_, _ = conn.Write([]byte(text))
}

const fine = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
