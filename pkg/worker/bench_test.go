package worker_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker"
	"github.com/cledit/pipeline/pkg/worker/workertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	tail     = "kobis.movie-detail.20190324"
	firstKey = "first-secret-of-the-test"
	otherKey = "other-secret-of-the-test"
)

// bench runs workers on a queue.
type bench struct {
	*workertest.Queue
	t        *testing.T
	logs     *workertest.Logs
	registry *prometheus.Registry
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return newBenchOn(t, workertest.New(t))
}

func newBenchOn(t *testing.T, q *workertest.Queue) *bench {
	t.Helper()
	return &bench{Queue: q, t: t, logs: &workertest.Logs{}, registry: prometheus.NewRegistry()}
}

// config is quick where the real one is slow.
func (b *bench) config() worker.Config {
	return worker.Config{
		Source: messages.KOBIS, Concurrency: 4,
		Backoff: worker.Backoff{Base: 5 * time.Millisecond, Max: 20 * time.Millisecond, Attempts: 8},
		Log:     zerolog.New(b.logs), Registry: b.registry, Tracer: noop.NewTracerProvider(), Now: time.Now,
	}
}

// ledger is a real one in the bench's bucket.
func (b *bench) ledger(keys ...string) *quota.Ledger {
	b.t.Helper()
	if len(keys) == 0 {
		keys = []string{firstKey}
	}
	bucket, err := topology.Bucket(b.t.Context(), b.JS, nil)
	require.NoError(b.t, err)
	ledger, err := quota.Open(b.t.Context(), bucket, quota.Config{
		Source: string(messages.KOBIS), Replica: "test", Keys: keys, DailyQuota: 3000,
		Rate: quota.Rate{N: 100, Per: time.Second}, Deadline: time.Second,
	})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = ledger.Close() }) // fails where the test has stopped the server
	return ledger
}

// replica is a running worker with a connection of its own.
type replica struct {
	*worker.Worker
	conn *nats.Conn
	stop func() // ends it in order and waits
}

// run starts a worker. It is stopped at the end of the test at the latest.
func (b *bench) run(supply worker.Permits, handler worker.Handler, change ...func(*worker.Config)) *replica {
	b.t.Helper()
	cfg := b.config()
	for _, c := range change {
		c(&cfg)
	}
	conn := natstest.Connect(b.t, b.Server, nats.ReconnectWait(10*time.Millisecond), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1))
	js, err := jetstream.New(conn)
	require.NoError(b.t, err)
	w, err := worker.New(js, supply, handler, cfg)
	require.NoError(b.t, err)
	return &replica{Worker: w, conn: conn, stop: runReplica(b.t, w)}
}

// runReplica runs a worker until the returned function ends it in order, which the
// end of the test does at the latest.
func runReplica(t *testing.T, w *worker.Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			require.NoError(t, err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// another gives further workers on the bench a registry of their own.
func another(cfg *worker.Config) { cfg.Registry = prometheus.NewRegistry() }

// answer is a handler's answer as a fetcher would give it.
func answer(body string) messages.Payload {
	return messages.Payload{
		Outcome: messages.OutcomeOK, FetchedAt: time.Date(2026, 11, 22, 1, 2, 3, 0, time.UTC),
		ContentType: "application/json", Request: map[string]string{"movieCd": "20190324"}, Body: []byte(body),
	}
}

// answers sends a job's outcomes one after the other, the last one for ever.
type answers struct {
	calls atomic.Int64
	list  []error // nil is an answer
}

func (a *answers) handle(_ context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
	n := int(a.calls.Add(1)) - 1
	if err := permit.Start(); err != nil {
		return messages.Payload{}, &worker.Failure{Outcome: worker.Wait, Permit: quota.Cancelled, Reason: "lapsed", Err: err}
	}
	if err := a.list[min(n, len(a.list)-1)]; err != nil {
		return messages.Payload{}, err
	}
	return answer(`{"ok":true}`), nil
}

func retry() error {
	return &worker.Failure{Outcome: worker.Retry, Permit: quota.Spent, Reason: "the source is tired", Answer: []byte("<html>"), ContentType: "text/html"}
}

func wait() error {
	return &worker.Failure{Outcome: worker.Wait, Permit: quota.Cancelled, Reason: "no call can be made"}
}

// stingy grants what its ledger grants, but nothing to a job in hand: the test
// says how many times Acquire may succeed.
type stingy struct {
	*quota.Ledger
	tokens chan struct{}
}

func newStingy(ledger *quota.Ledger, grants int) *stingy {
	s := &stingy{Ledger: ledger, tokens: make(chan struct{}, 1000)}
	s.allow(grants)
	return s
}

func (s *stingy) allow(n int) {
	for range n {
		s.tokens <- struct{}{}
	}
}

func (s *stingy) Acquire(ctx context.Context, _ int) ([]*quota.Permit, error) {
	if ctx.Err() != nil { // a select would choose at random
		return nil, ctx.Err()
	}
	select {
	case <-s.tokens:
		return s.Ledger.Acquire(ctx, 1)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
