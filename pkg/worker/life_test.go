package worker_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker"
	"github.com/cledit/pipeline/pkg/worker/workertest"
)

// pulls is where a fetcher asks for jobs.
const pulls = "$JS.API.CONSUMER.MSG.NEXT.JOBS.fetcher-kobis"

// blocking makes a handler that tells when it is called and answers when told.
type blocking struct {
	called  chan context.Context
	release chan struct{}
	calls   atomic.Int64
}

func newBlocking() *blocking {
	return &blocking{called: make(chan context.Context, 100), release: make(chan struct{})}
}

func (h *blocking) handle(ctx context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
	if err := permit.Start(); err != nil {
		return messages.Payload{}, err
	}
	h.calls.Add(1)
	h.called <- ctx
	select {
	case <-h.release:
		return answer(`{}`), nil
	case <-ctx.Done():
		return messages.Payload{}, &worker.Failure{Outcome: worker.Retry, Permit: quota.Unknown, Reason: "given up", Err: ctx.Err()}
	}
}

func TestShutdownFinishesWhatIsInFlight(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	handler := newBlocking()
	r := b.run(b.ledger(), handler.handle, func(c *worker.Config) { c.Drain = time.Hour })
	<-handler.called
	stopped := make(chan struct{})
	go func() {
		r.stop()
		close(stopped)
	}()
	b.Until("the worker stops", func() bool { return strings.Contains(b.logs.String(), "finishing what is in flight") })
	b.Publish(workertest.Job("kobis.movie-detail.20190325"))
	close(handler.release)
	<-stopped
	require.Equal(t, 1, b.Count(topology.StreamRaw, ">"))
	require.Equal(t, 1, b.Count(topology.StreamJobs, ">"), "what came after the stop is left")
	require.EqualValues(t, 1, handler.calls.Load())
}

func TestShutdownHandsBackWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	ledger := b.ledger()
	slow := newBlocking()
	r := b.run(ledger, slow.handle, func(c *worker.Config) { c.Drain = time.Millisecond })
	<-slow.called
	r.stop()
	// The job's acknowledgement is due in minutes: only a job handed back comes now.
	b.run(ledger, (&answers{list: []error{nil}}).handle, another)
	require.Equal(t, 1, b.Payload(tail, 1).Attempt)
}

// A replica dies after its answer was stored and before the job was acknowledged:
// the job runs again, and RAW keeps one row.
func TestAbandonedAfterStoringIsStoredOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SetAckWait(messages.KOBIS, time.Second, 0)
	b.Publish(workertest.Job(tail))
	ledger := b.ledger()

	dying := b.run(ledger, (&answers{list: []error{nil}}).handle, func(c *worker.Config) { c.Drain = time.Millisecond })
	acks := b.Spy("$JS.ACK.JOBS.>")
	b.Payload(tail, 1)
	dying.conn.Close()
	dying.stop()
	died := len(acks.All()) == 0 // else it was acknowledged in time, as it may be

	handler := &answers{list: []error{nil}}
	b.run(ledger, handler.handle, another)
	b.Drained()
	require.Equal(t, 1, b.Count(topology.StreamRaw, ">"))
	if died {
		require.EqualValues(t, 1, handler.calls.Load())
	}
}

// The same with certainty: the answer is stored by hand under the id that the
// worker would give it.
func TestAnswerStoredBeforeIsNotStoredAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	jobs, err := b.JS.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	job, err := jobs.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	payload := answer(`{"from":"the one that died"}`)
	payload.Name, payload.JobID, payload.JobTime = workertest.Job(tail).Name, 1, job.Time
	msg, err := payload.Msg()
	require.NoError(t, err)
	_, err = b.JS.PublishMsg(t.Context(), msg)
	require.NoError(t, err)

	b.run(b.ledger(), (&answers{list: []error{nil}}).handle)
	b.Drained()
	require.Equal(t, 1, b.Count(topology.StreamRaw, ">"))
	require.Contains(t, string(b.Payload(tail, 1).Body), "the one that died")
}

// A replica that dies while calling has spent an attempt.
func TestAbandonedCallSpendsAnAttempt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SetAckWait(messages.KOBIS, time.Second, 0)
	b.Publish(workertest.Job(tail))
	ledger := b.ledger()
	dying := newBlocking()
	r := b.run(ledger, dying.handle, func(c *worker.Config) { c.Drain = time.Millisecond })
	<-dying.called
	r.conn.Close()
	r.stop()
	b.run(ledger, (&answers{list: []error{nil}}).handle, another)
	require.Equal(t, 2, b.Payload(tail, 1).Attempt)
}

func TestLongHandlingKeepsItsJob(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SetAckWait(messages.KOBIS, time.Second, 0)
	b.Publish(workertest.Job(tail))
	acks := b.Spy("$JS.ACK.JOBS.>")
	handler := newBlocking()
	b.run(b.ledger(), handler.handle)
	<-handler.called
	for range 5 { // the acknowledgement would have been overdue by then
		require.Equal(t, "+WPI", string(acks.Next(t.Context()).Data))
	}
	close(handler.release)
	require.Equal(t, 1, b.Payload(tail, 1).Attempt)
	b.Drained()
	require.EqualValues(t, 1, handler.calls.Load())
}

// An idle replica asks once at its start and then holds one long poll; each job
// that comes costs it two more requests.
func TestIdleWorkerMakesFewRequests(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asked := b.Spy(pulls)
	b.run(b.ledger(), (&answers{list: []error{nil}}).handle)
	require.Contains(t, string(asked.Next(t.Context()).Data), `"batch":1`)
	for n := range 3 {
		job := fmt.Sprintf("kobis.movie-list.all.%d", n+1)
		b.Publish(workertest.Job(job))
		b.Payload(job, 1)
		asked.Next(t.Context())
	}
	require.Len(t, asked.All(), 1+3)
}

// counting tells how many permits were granted and are in use.
type counting struct {
	*quota.Ledger
	granted atomic.Int64
}

func (c *counting) Acquire(ctx context.Context, most int) ([]*quota.Permit, error) {
	permits, err := c.Ledger.Acquire(ctx, most)
	c.granted.Add(int64(len(permits)))
	return permits, err
}

func TestPullsAsManyJobsAsItHasPermits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for page := range 10 {
		b.Publish(workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", page+1)))
	}
	handler := newBlocking()
	supply := newStingy(b.ledger(), 3)
	b.run(supply, handler.handle, func(c *worker.Config) { c.Concurrency = 8 })
	for range 3 {
		<-handler.called
	}
	consumer, err := b.JS.Consumer(t.Context(), topology.StreamJobs, topology.ConsumerFetcher(messages.KOBIS))
	require.NoError(t, err)
	info, err := consumer.Info(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, info.NumAckPending)
	require.EqualValues(t, 3, info.Delivered.Consumer, "without permits nothing is pulled")
	supply.allow(20)
	close(handler.release)
	b.Drained()
}

func TestKeepsToItsConcurrency(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for page := range 10 {
		b.Publish(workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", page+1)))
	}
	handler := newBlocking()
	supply := &counting{Ledger: b.ledger()}
	b.run(supply, handler.handle, func(c *worker.Config) { c.Concurrency = 2 })
	<-handler.called
	<-handler.called
	require.EqualValues(t, 2, supply.granted.Load(), "no permit is taken without a free slot")
	close(handler.release)
	b.Drained()
}

func TestReplicasShareTheJobs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const jobs = 100
	for page := range jobs {
		b.Publish(workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", page+1)))
	}
	handler := &answers{list: []error{nil}}
	for range 3 {
		b.run(b.ledger(), handler.handle, another)
	}
	b.Drained()
	require.Equal(t, jobs, b.Count(topology.StreamRaw, ">"))
	require.EqualValues(t, jobs, handler.calls.Load(), "no job is called for twice")
}

func TestWaitsForTheTopology(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ledger := b.ledger()
	require.NoError(t, b.JS.DeleteStream(t.Context(), topology.StreamJobs))
	b.run(ledger, (&answers{list: []error{nil}}).handle)
	b.Until("the worker says that it waits", func() bool { return strings.Contains(b.logs.String(), "waiting for the planner") })
	b.Ensure()
	b.Publish(workertest.Job(tail))
	b.Payload(tail, 1)
}

func TestComesBackWhenTheQueueIsMadeAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asked := b.Spy(pulls)
	b.run(b.ledger(), (&answers{list: []error{nil}}).handle)
	asked.Next(t.Context()) // the long poll
	require.NoError(t, b.JS.DeleteStream(t.Context(), topology.StreamJobs))
	b.Ensure()
	b.Publish(workertest.Job(tail))
	b.Payload(tail, 1)
}

// A replica without a queue says so once that lasts, at its start and later.
func TestReadinessNamesAQueueThatIsGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.NoError(t, b.JS.DeleteStream(t.Context(), topology.StreamJobs))
	var ahead atomic.Int64
	asked := b.Spy(pulls)
	r := b.run(b.ledger(), (&answers{list: []error{nil}}).handle, func(cfg *worker.Config) {
		cfg.Idle = time.Second
		cfg.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Add(int64(time.Minute)))) } // a minute for each check
	})
	named := func(words string) func() bool {
		return func() bool { err := r.Working(t.Context()); return err != nil && strings.Contains(err.Error(), words) }
	}
	well := func() bool { return r.Working(t.Context()) == nil }
	b.Until("it is said at the start", named("which the planner makes"))
	b.Ensure()
	b.Until("it is well", well)
	asked.Next(t.Context()) // the long poll
	require.NoError(t, b.JS.DeleteStream(t.Context(), topology.StreamJobs))
	b.Until("it is said later", named("take jobs: "))
	b.Ensure()
	b.Until("it is well again, also without a job", well)
	b.Publish(workertest.Job(tail))
	b.Payload(tail, 1)
}

// RAW is away: the answer was paid for and is held until it can be stored.
func TestHoldsAnAnswerUntilRawIsThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	require.NoError(t, b.JS.DeleteStream(t.Context(), topology.StreamRaw))
	b.Publish(workertest.Job(tail))
	handler := &answers{list: []error{nil}}
	b.run(b.ledger(), handler.handle)
	b.Until("storing is tried", func() bool { return strings.Contains(b.logs.String(), "cannot publish to JetStream, retrying") })
	require.Equal(t, 1, b.Count(topology.StreamJobs, ">"))
	b.Ensure()
	b.Payload(tail, 1)
	b.Drained()
	require.EqualValues(t, 1, handler.calls.Load())
}

func TestSurvivesARestartOfNATS(t *testing.T) {
	t.Parallel()
	opts := &server.Options{StoreDir: t.TempDir()}
	q := workertest.On(t, natstest.StartWith(t, opts))
	q.Ensure()
	b := newBenchOn(t, q)
	asked := b.Spy(pulls)
	b.run(b.ledger(), (&answers{list: []error{nil}}).handle)
	asked.Next(t.Context()) // the long poll
	opts.Port = b.Server.Addr().(*net.TCPAddr).Port
	b.Server.Shutdown()
	b.Server.WaitForShutdown()
	again := workertest.On(t, natstest.StartWith(t, opts))
	again.Publish(workertest.Job(tail))
	again.Payload(tail, 1)
	again.Drained()
}

func TestEndsBeforeTheTopologyIsThere(t *testing.T) {
	t.Parallel()
	q := workertest.Bare(t)
	b := newBenchOn(t, q)
	r := b.run(nil, nil)
	b.Until("the worker says that it waits", func() bool { return strings.Contains(b.logs.String(), "waiting for the planner") })
	r.stop()
}

// An outage of the source costs a few calls, not the budget, and ends by itself.
func TestOutageIsProbedOneCallAtATime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const jobs = 30
	for page := range jobs {
		b.Publish(workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", page+1)))
	}
	var down atomic.Bool
	down.Store(true)
	var calls atomic.Int64
	handler := func(_ context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
		if err := permit.Start(); err != nil {
			return messages.Payload{}, &worker.Failure{Outcome: worker.Wait, Permit: quota.Cancelled, Reason: "lapsed", Err: err}
		}
		calls.Add(1)
		if down.Load() {
			return messages.Payload{}, retry()
		}
		return answer(`{}`), nil
	}
	b.run(b.ledger(), handler, func(c *worker.Config) { c.Backoff.Attempts = 100 })
	b.Until("the outage is noticed", func() bool { return strings.Contains(b.logs.String(), "the source is failing") })
	down.Store(false)
	for page := range jobs {
		b.Payload(fmt.Sprintf("kobis.movie-list.all.%d", page+1), 1)
	}
	b.Drained()
	require.Equal(t, 1, strings.Count(b.logs.String(), "the source answers again"))
	require.Zero(t, b.outcomes(worker.Dead))
}
