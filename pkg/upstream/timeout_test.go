package upstream_test

import (
	"context"
	"net"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/upstream"
)

// soon is a timeout that is meant to end; the servers here never answer. It leaves
// a busy machine the time to come to the phase that is to be timed out.
const soon = 500 * time.Millisecond

// deafServer is a socket whose queue of connections is full, so that one more
// hangs while it is dialled.
func deafServer(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Close(fd) })
	require.NoError(t, syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	require.NoError(t, syscall.Listen(fd, 0))
	bound, err := syscall.Getsockname(fd)
	require.NoError(t, err)
	addr := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: bound.(*syscall.SockaddrInet4).Port}
	for {
		conn, err := (&net.Dialer{Timeout: soon}).DialContext(t.Context(), "tcp", addr.String())
		if err != nil {
			return addr.String()
		}
		t.Cleanup(func() { _ = conn.Close() })
	}
}

func silent(*net.TCPConn, *http.Request, int) bool { return true }

// halfHeader and halfBody say the beginning and then nothing.
func halfHeader(conn *net.TCPConn, _ *http.Request, _ int) bool {
	say(conn, fine[:20])
	return true
}

func halfBody(conn *net.TCPConn, _ *http.Request, _ int) bool {
	say(conn, fine[:len(fine)-1])
	return true
}

// mute accepts connections and neither reads nor writes.
func mute(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

func TestEveryTimeoutHasAName(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		base     string
		timeouts upstream.Timeouts
		phase    upstream.Phase
		sent     bool
		status   int
		text     string
	}{
		"dial":   {"http://" + deafServer(t), upstream.Timeouts{Dial: soon}, upstream.PhaseDial, false, 0, "dialling: dial timeout of 500ms exceeded"},
		"TLS":    {"https://" + mute(t), upstream.Timeouts{TLS: soon}, upstream.PhaseTLS, false, 0, "TLS handshake: TLS timeout of 500ms exceeded"},
		"header": {"http://" + serveRaw(t, silent).addr, upstream.Timeouts{Header: soon}, upstream.PhaseHeader, true, 0, "waiting for the response header: response header timeout of 500ms exceeded"},
		"rest of header": {
			"http://" + serveRaw(t, halfHeader).addr,
			upstream.Timeouts{Header: soon},
			upstream.PhaseHeader, true, 0,
			"waiting for the response header: response header timeout of 500ms exceeded",
		},
		"whole call, header": {"http://" + serveRaw(t, silent).addr, upstream.Timeouts{Total: soon}, upstream.PhaseHeader, true, 0, "waiting for the response header: total timeout of 500ms exceeded"},
		"whole call, body":   {"http://" + serveRaw(t, halfBody).addr, upstream.Timeouts{Total: soon}, upstream.PhaseBody, true, 200, "reading the body: total timeout of 500ms exceeded"},
		"whole call, dial":   {"http://" + deafServer(t), upstream.Timeouts{Total: soon}, upstream.PhaseDial, false, 0, "dialling: total timeout of 500ms exceeded"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := newClient(t, upstream.Config{BaseURL: tt.base, Timeouts: tt.timeouts})
			_, err := client.Get(t.Context(), detail)
			var failed *upstream.Error
			require.ErrorAs(t, err, &failed)
			require.ErrorIs(t, err, upstream.ErrTimeout)
			require.EqualError(t, err, "kobis movie-detail: "+tt.text)
			require.Equal(t, tt.phase, failed.Phase)
			require.Equal(t, tt.sent, failed.Sent)
			require.Equal(t, tt.status, failed.Status)
			require.Equal(t, soon, failed.Timeout)
			require.True(t, failed.Retryable)
		})
	}
}

func TestWaitingForAConnectionSpendsNothing(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	server := serveRaw(t, func(*net.TCPConn, *http.Request, int) bool {
		close(arrived)
		return true
	})
	client, sent := counting(t, upstream.Config{BaseURL: "http://" + server.addr, MaxConns: 1})
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := client.Get(ctx, detail)
		first <- err
	}()
	<-arrived
	late, stop := context.WithTimeout(t.Context(), soon)
	defer stop()
	_, err := client.Get(late, detail)
	var failed *upstream.Error
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, upstream.ErrTimeout, "the caller's deadline is not ours")
	require.Equal(t, upstream.PhaseConn, failed.Phase)
	require.False(t, failed.Sent)

	cancel()
	err = <-first
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorAs(t, err, &failed)
	require.True(t, failed.Sent, "it was on its way when its caller left")
	require.EqualValues(t, 1, sent.Load())
	require.Equal(t, 1, server.seen())
}
