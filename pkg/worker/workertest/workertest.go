// Package workertest gives a test the streams that a fetcher works between, on a
// real nats-server of its own, and ways to put jobs in and to wait for what comes
// out.
//
// Waiting has no limit of its own: what never comes ends with the test binary's
// timeout, whose stacks show who waited.
package workertest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/topology"
)

// Queue is the topology on a server of the test's own.
type Queue struct {
	tb     testing.TB
	Server *server.Server
	Conn   *nats.Conn
	JS     jetstream.JetStream
}

// New starts a server and makes the topology on it.
func New(tb testing.TB) *Queue {
	tb.Helper()
	q := Bare(tb)
	q.Ensure()
	return q
}

// Bare starts a server without the topology.
func Bare(tb testing.TB) *Queue {
	tb.Helper()
	return On(tb, natstest.Start(tb))
}

// On uses a server that is running, as it is.
func On(tb testing.TB, srv *server.Server) *Queue {
	tb.Helper()
	q := &Queue{tb: tb, Server: srv, Conn: natstest.Connect(tb, srv)}
	var err error
	q.JS, err = jetstream.New(q.Conn)
	require.NoError(tb, err, "opening JetStream")
	return q
}

// Ensure makes the topology.
func (q *Queue) Ensure() {
	q.tb.Helper()
	diffs, err := topology.Ensure(q.tb.Context(), q.JS, topology.Config{Replicas: 1, RawMaxBytes: 1 << 30})
	require.NoError(q.tb, err, "making the topology")
	require.Empty(q.tb, diffs)
}

// URL is where the server listens.
func (q *Queue) URL() string { return q.Server.ClientURL() }

// SetAckWait changes when an unacknowledged job is delivered again, and how often
// at most; 0 keeps what is.
func (q *Queue) SetAckWait(source messages.Source, wait time.Duration, maxDeliver int) {
	q.tb.Helper()
	consumer, err := q.JS.Consumer(q.tb.Context(), topology.StreamJobs, topology.ConsumerFetcher(source))
	require.NoError(q.tb, err)
	cfg := consumer.CachedInfo().Config
	if wait > 0 {
		cfg.AckWait = wait
	}
	if maxDeliver != 0 {
		cfg.MaxDeliver = maxDeliver
	}
	_, err = q.JS.UpdateConsumer(q.tb.Context(), topology.StreamJobs, cfg)
	require.NoError(q.tb, err)
}

// Job is a job by the tail of its subject.
func Job(tail string) messages.Job {
	name, err := messages.ParseName(tail)
	if err != nil {
		panic(err)
	}
	return messages.Job{Name: name, RunID: "run-1"}
}

// Publish puts jobs into the queue.
func (q *Queue) Publish(jobs ...messages.Job) {
	q.tb.Helper()
	for _, job := range jobs {
		_, err := q.JS.PublishMsg(q.tb.Context(), job.Msg())
		require.NoError(q.tb, err, "publishing %s", job.Name)
	}
}

// Payload waits for the n-th answer to a job, from 1, and decodes it.
func (q *Queue) Payload(tail string, n int) messages.Payload {
	q.tb.Helper()
	msg := q.message(topology.StreamRaw, messages.PrefixRaw+tail, n)
	payload, err := messages.DecodePayload(msg.Subject(), msg.Headers(), msg.Data())
	require.NoError(q.tb, err)
	return payload
}

// DeadLetter waits for the dead letter of a job and decodes it.
func (q *Queue) DeadLetter(tail string) messages.DeadLetter {
	q.tb.Helper()
	msg := q.message(topology.StreamDead, messages.DeadSubject(messages.PrefixJobs+tail), 1)
	letter, err := messages.DecodeDeadLetter(msg.Subject(), msg.Headers(), msg.Data())
	require.NoError(q.tb, err)
	return letter
}

func (q *Queue) message(stream, subject string, n int) jetstream.Msg {
	q.tb.Helper()
	consumer, err := q.JS.OrderedConsumer(q.tb.Context(), stream, jetstream.OrderedConsumerConfig{FilterSubjects: []string{subject}})
	require.NoError(q.tb, err)
	it, err := consumer.Messages()
	require.NoError(q.tb, err)
	defer it.Stop()
	for {
		msg, err := it.Next(jetstream.NextContext(q.tb.Context()))
		require.NoError(q.tb, err, "waiting for %s", subject)
		if n--; n == 0 {
			return msg
		}
	}
}

// Count is how many messages a stream holds under a subject, wildcards included.
func (q *Queue) Count(stream, subject string) int {
	q.tb.Helper()
	s, err := q.JS.Stream(q.tb.Context(), stream)
	require.NoError(q.tb, err)
	info, err := s.Info(q.tb.Context(), jetstream.WithSubjectFilter(subject))
	require.NoError(q.tb, err)
	n := 0
	for _, count := range info.State.Subjects {
		n += int(count)
	}
	return n
}

// Drained waits until no job is left.
func (q *Queue) Drained() {
	q.tb.Helper()
	q.Until("the queue is empty", func() bool { return q.Count(topology.StreamJobs, ">") == 0 })
}

// patience is far above what a busy machine takes.
const patience = 5 * time.Minute

// Until waits for a state of the server that nothing tells of.
func (q *Queue) Until(what string, holds func() bool) {
	q.tb.Helper()
	require.Eventually(q.tb, holds, patience, 40*time.Millisecond, what)
}

// Spy records what is published under a subject from now on.
func (q *Queue) Spy(subject string) *Spy {
	q.tb.Helper()
	spy := &Spy{seen: make(chan *nats.Msg, 1024)}
	sub, err := q.Conn.Subscribe(subject, func(msg *nats.Msg) {
		spy.mu.Lock()
		spy.all = append(spy.all, msg)
		spy.mu.Unlock()
		spy.seen <- msg
	})
	require.NoError(q.tb, err)
	require.NoError(q.tb, q.Conn.Flush())
	q.tb.Cleanup(func() { _ = sub.Unsubscribe() })
	return spy
}

// Spy is a record of messages.
type Spy struct {
	mu   sync.Mutex
	all  []*nats.Msg
	seen chan *nats.Msg
}

// Next waits for the next message.
func (s *Spy) Next(ctx context.Context) *nats.Msg {
	select {
	case msg := <-s.seen:
		return msg
	case <-ctx.Done():
		return nil
	}
}

// All is what has been seen.
func (s *Spy) All() []*nats.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*nats.Msg(nil), s.all...)
}
