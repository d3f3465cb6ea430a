package worker_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/worker"
	"github.com/cledit/pipeline/pkg/worker/workertest"
)

// slowly listens for connections to the server at the address and brings what it
// says late, everything by the same delay.
func slowly(t *testing.T, address string, delay time.Duration) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", address)
			if err != nil {
				_ = client.Close()
				return
			}
			go func() {
				_, _ = io.Copy(server, client)
				_ = server.Close()
			}()
			go late(client, server, delay)
		}
	}()
	return "nats://" + listener.Addr().String()
}

// late copies everything that is read, each piece the delay after it was read.
func late(to io.WriteCloser, from io.Reader, delay time.Duration) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 1<<12)
	go func() {
		defer close(pieces)
		for {
			data := make([]byte, 64<<10)
			n, err := from.Read(data)
			if n > 0 {
				pieces <- piece{data[:n], time.Now().Add(delay)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range pieces {
		<-time.After(time.Until(p.due))
		if _, err := to.Write(p.data); err != nil {
			break
		}
	}
	for range pieces { // what nobody takes any more
	}
	_ = to.Close()
}

// A server that takes longer than a second to say something loses no job on the
// way and costs no attempt.
func TestSlowNATSCostsNoAttempt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const jobs, delay = 40, 1200 * time.Millisecond
	b.SetAckWait(messages.KOBIS, 6*time.Second, 20)
	for n := range jobs {
		b.Publish(workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", n+1)))
	}
	conn, err := nats.Connect(slowly(t, b.Server.Addr().String(), delay), nats.Timeout(10*time.Second))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	handler := &answers{list: []error{nil}}
	cfg := b.config()
	cfg.Concurrency, cfg.Registry = 20, prometheus.NewRegistry()
	w, err := worker.New(js, b.ledger(), handler.handle, cfg)
	require.NoError(t, err)
	runReplica(t, w)
	for n := range jobs {
		require.Equal(t, 1, b.Payload(fmt.Sprintf("kobis.movie-list.all.%d", n+1), 1).Attempt)
	}
	b.Drained()
	require.EqualValues(t, jobs, handler.calls.Load())
	require.Zero(t, b.Count("DEAD", ">"))
}
