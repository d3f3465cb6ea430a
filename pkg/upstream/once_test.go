package upstream_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/upstream"
)

// counting is a client that counts what it says it has sent.
func counting(t *testing.T, cfg upstream.Config) (*upstream.Client, *atomic.Int64) {
	t.Helper()
	var sent atomic.Int64
	cfg.Observe = func(o upstream.Observation) {
		if o.Sent {
			sent.Add(1)
		}
	}
	return newClient(t, cfg), &sent
}

func newClient(t *testing.T, cfg upstream.Config) *upstream.Client {
	t.Helper()
	if cfg.Source == "" {
		cfg.Source = "kobis"
	}
	client, err := upstream.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

var detail = upstream.Request{Kind: "movie-detail", Path: "/movie"}

// resetting answers the first request of each connection and resets it on the
// second, after having read it: the case in which net/http sends it again.
func resetting(conn *net.TCPConn, _ *http.Request, nth int) bool {
	if nth == 2 {
		reset(conn)
		return false
	}
	say(conn, fine)
	return true
}

// closing is resetting with an orderly end in place of the reset.
func closing(conn *net.TCPConn, _ *http.Request, nth int) bool {
	if nth == 1 {
		say(conn, fine)
	}
	return nth == 1
}

func TestAKeptAliveConnectionThatFailsIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]exchange{"reset": resetting, "closed": closing} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serveRaw(t, answer)
			client, sent := counting(t, upstream.Config{BaseURL: "http://" + server.addr})
			_, err := client.Get(t.Context(), detail)
			require.NoError(t, err)
			_, err = client.Get(t.Context(), detail)
			var failed *upstream.Error
			require.ErrorAs(t, err, &failed)
			require.True(t, failed.Sent)
			require.True(t, failed.Retryable)
			require.Equal(t, upstream.PhaseHeader, failed.Phase)
			require.Equal(t, 2, server.seen())
			require.EqualValues(t, 2, sent.Load())
		})
	}
}

// TestNetHTTPWouldTryAgain shows that the servers above provoke what the client
// prevents: without this, the test before it would prove nothing.
func TestNetHTTPWouldTryAgain(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]exchange{"reset": resetting, "closed": closing} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := serveRaw(t, answer)
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			for range 2 {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+server.addr, http.NoBody)
				require.NoError(t, err)
				resp, err := (&http.Client{Transport: transport}).Do(req)
				require.NoError(t, err)
				drain(t, resp)
			}
			require.Equal(t, 3, server.seen())
		})
	}
}

func TestEveryRequestThatArrivesIsCounted(t *testing.T) {
	t.Parallel()
	var turn atomic.Int64
	server := serveRaw(t, func(conn *net.TCPConn, _ *http.Request, _ int) bool {
		switch turn.Add(1) % 5 {
		case 0:
			reset(conn)
			return false
		case 1:
			return false
		case 2:
			say(conn, fine[:40])
			return false
		}
		say(conn, fine)
		return true
	})
	client, sent := counting(t, upstream.Config{BaseURL: "http://" + server.addr, MaxConns: 4})
	var running sync.WaitGroup
	var answered atomic.Int64
	for range 8 {
		running.Go(func() {
			for range 50 {
				if _, err := client.Get(t.Context(), detail); err == nil {
					answered.Add(1)
				}
			}
		})
	}
	running.Wait()
	require.Equal(t, 400, server.seen())
	require.EqualValues(t, 400, sent.Load())
	require.EqualValues(t, 160, answered.Load())
}

func TestARequestHasNoBodyOnTheWire(t *testing.T) {
	t.Parallel()
	server := serveRaw(t, func(conn *net.TCPConn, _ *http.Request, _ int) bool {
		say(conn, fine)
		return true
	})
	client := newClient(t, upstream.Config{BaseURL: "http://" + server.addr})
	_, err := client.Get(t.Context(), detail)
	require.NoError(t, err)
	require.Zero(t, server.last().ContentLength)
	require.Empty(t, server.last().TransferEncoding)
	require.Empty(t, server.last().Header.Values("Content-Length"))
}

func TestACallThatNeverLeftIsFree(t *testing.T) {
	t.Parallel()
	closed, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	plain := serveRaw(t, func(*net.TCPConn, *http.Request, int) bool { return false })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx   context.Context
		base  string
		req   upstream.Request
		phase upstream.Phase
		retry bool
	}{
		"connection refused": {t.Context(), "http://" + closed.Addr().String(), detail, upstream.PhaseDial, true},
		"no such host":       {t.Context(), "http://no-such-host.invalid", detail, upstream.PhaseDial, true},
		"no TLS there":       {t.Context(), "https://" + plain.addr, detail, upstream.PhaseTLS, true},
		"no such path":       {t.Context(), "http://" + plain.addr, upstream.Request{Kind: "x", Path: "movie"}, upstream.PhaseRequest, false},
		"caller has left":    {ended, "http://" + plain.addr, detail, upstream.PhaseRequest, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			client, sent := counting(t, upstream.Config{BaseURL: tt.base})
			_, err := client.Get(tt.ctx, tt.req)
			var failed *upstream.Error
			require.ErrorAs(t, err, &failed)
			require.False(t, failed.Sent, "%v", err)
			require.Equal(t, tt.retry, failed.Retryable)
			require.Equal(t, tt.phase, failed.Phase)
			require.Zero(t, sent.Load())
		})
	}
	require.Zero(t, plain.seen())
}

func TestOneConnectionOneRequest(t *testing.T) {
	t.Parallel()
	// A server that offers HTTP/2 is asked in HTTP/1.1.
	server := newTLSServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Proto", r.Proto)
	}))
	client := newClient(t, upstream.Config{BaseURL: server.URL})
	upstream.Trust(client, &tls.Config{RootCAs: server.pool, MinVersion: tls.VersionTLS12})
	for range 2 { // the second one on the kept-alive connection
		resp, err := client.Get(t.Context(), detail)
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1", resp.Header.Get("Proto"))
	}
}
