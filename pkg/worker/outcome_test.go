package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker"
	"github.com/cledit/pipeline/pkg/worker/workertest"
)

// outcomes is how often jobs of the kind ended so.
func (b *bench) outcomes(outcome worker.JobOutcome) (count float64) {
	b.t.Helper()
	families, err := b.registry.Gather()
	require.NoError(b.t, err)
	for _, family := range families {
		if family.GetName() != "cledit_worker_jobs_total" {
			continue
		}
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if label.GetName() == "outcome" && label.GetValue() == string(outcome) {
					count += metric.GetCounter().GetValue()
				}
			}
		}
	}
	return count
}

func TestDone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	stored := b.Spy(messages.PrefixRaw + ">")
	b.run(b.ledger(), (&answers{list: []error{nil}}).handle)

	payload := b.Payload(tail, 1)
	require.Equal(t, tail, payload.Name.String())
	require.Equal(t, 1, payload.Attempt)
	require.EqualValues(t, 1, payload.JobID)
	require.Equal(t, "run-1", payload.RunID)
	require.JSONEq(t, `{"ok":true}`, string(payload.Body))
	require.Contains(t, stored.Next(t.Context()).Header.Get(nats.MsgIdHdr), tail+"@")
	b.Drained()
	b.Until("the outcome is counted", func() bool { return b.outcomes(worker.Done) == 1 })
}

func TestRetryIsDelayedAndCounted(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	naks := b.Spy("$JS.ACK.JOBS.>")
	b.run(b.ledger(), (&answers{list: []error{retry(), retry(), nil}}).handle)

	require.Equal(t, 3, b.Payload(tail, 1).Attempt)
	b.Drained()
	for range 2 {
		require.Contains(t, string(naks.Next(t.Context()).Data), `-NAK {"delay"`)
	}
	b.Until("the outcomes are counted", func() bool { return b.outcomes(worker.Retry) == 2 && b.outcomes(worker.Done) == 1 })
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	naks := b.Spy("$JS.ACK.JOBS.>")
	later := &worker.Failure{Outcome: worker.Retry, Permit: quota.Spent, Reason: "slow down", After: time.Hour}
	b.run(b.ledger(), (&answers{list: []error{later}}).handle)
	require.JSONEq(t, `{"delay": 3600000000000}`, strings.TrimPrefix(string(naks.Next(t.Context()).Data), "-NAK"))
}

func TestDeadAfterTheLastAttempt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	job := workertest.Job("tmdb.movie-search.20190324.ko")
	job.Params = map[string]string{"query": "기생충"}
	job.Name.Source = messages.TMDB
	b.Publish(job)
	handler := &answers{list: []error{retry()}}
	b.run(b.ledger(), handler.handle, func(c *worker.Config) {
		c.Source, c.Backoff.Attempts = messages.TMDB, 3
	})

	letter := b.DeadLetter(job.Name.String())
	b.Drained()
	require.EqualValues(t, 3, handler.calls.Load())
	require.Equal(t, "gave up after 3 attempts: the source is tired", letter.Reason)
	require.Equal(t, "<html>", string(letter.Body))
	require.Equal(t, "text/html", letter.Header.Get(messages.HeaderContentType))
	require.Equal(t, "3", letter.Header.Get(messages.HeaderAttempt))
	require.JSONEq(t, `{"query":"기생충"}`, letter.Header.Get(messages.HeaderRequest))
	require.Zero(t, b.Count(topology.StreamRaw, ">"))
}

func TestFailureMayHaveFewerAttempts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	handler := &answers{list: []error{&worker.Failure{Outcome: worker.Retry, Permit: quota.Spent, Reason: "odd", Attempts: 2}}}
	b.run(b.ledger(), handler.handle)
	require.Contains(t, b.DeadLetter(tail).Reason, "gave up after 2 attempts")
	require.EqualValues(t, 2, handler.calls.Load())
}

func TestDeadAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	terms := b.Spy("$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>")
	long := strings.Repeat("x", messages.MaxDeadJobBody+1)
	handler := &answers{list: []error{&worker.Failure{Outcome: worker.Dead, Permit: quota.Spent, Reason: "no such day", Err: errors.New("why"), Answer: []byte(long)}}}
	b.run(b.ledger(), handler.handle)

	letter := b.DeadLetter(tail)
	require.Equal(t, "no such day", letter.Reason)
	require.Equal(t, "why", letter.Error)
	require.Len(t, letter.Body, messages.MaxDeadJobBody)
	require.Contains(t, string(terms.Next(t.Context()).Data), "no such day")
	b.Drained()
	require.EqualValues(t, 1, handler.calls.Load())
}

func TestPlainErrorIsARetry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	b.run(b.ledger(), (&answers{list: []error{errors.New("some bug"), nil}}).handle)
	require.Equal(t, 2, b.Payload(tail, 1).Attempt)
}

func TestPanicIsARetryWithItsStackLogged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	handler := &answers{list: []error{nil}}
	first := true
	b.run(b.ledger(), func(ctx context.Context, job messages.Job, permit *quota.Permit) (messages.Payload, error) {
		if first {
			first = false
			panic("a nil film")
		}
		return handler.handle(ctx, job, permit)
	})
	require.Equal(t, 2, b.Payload(tail, 1).Attempt)
	require.Contains(t, b.logs.String(), "a nil film")
	require.Contains(t, b.logs.String(), "outcome_test.go")
}

func TestTooLargeIsDead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	noise := make([]byte, 2<<20)
	for i, state := 0, uint32(1); i < len(noise); i++ {
		state = state*1664525 + 1013904223
		noise[i] = byte(state >> 24)
	}
	b.run(b.ledger(), func(_ context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
		return answer(string(noise)), permit.Start()
	})
	letter := b.DeadLetter(tail)
	require.Equal(t, "the answer is too large for a message", letter.Reason)
	require.Equal(t, noise[:messages.MaxDeadJobBody], letter.Body)
	b.Drained()
}

func TestUnreadableJobIsDeadUncalled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.JS.Publish(t.Context(), "jobs.kobis.no-such-kind.1", []byte("what is this"))
	require.NoError(t, err)
	handler := &answers{list: []error{nil}}
	b.run(b.ledger(), handler.handle)
	letter := b.DeadLetter("kobis.no-such-kind.1")
	require.Contains(t, letter.Reason, "not a job that a fetcher can read")
	require.Equal(t, "what is this", string(letter.Body))
	b.Drained()
	require.Zero(t, handler.calls.Load())
}

// A job that was delivered again and again without any outcome has killed every process that
// took it.
func TestCrashLoopIsDeadUncalled(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	b.takeAndDrop(3)
	handler := &answers{list: []error{nil}}
	b.run(b.ledger(), handler.handle, func(c *worker.Config) { c.Backoff.Attempts = 3 })
	require.Contains(t, b.DeadLetter(tail).Reason, "crash loop: taken 3 times without an outcome")
	b.Drained()
	require.Zero(t, handler.calls.Load())
}

// takeAndDrop delivers the one job so many times without an outcome.
func (b *bench) takeAndDrop(times int) {
	b.t.Helper()
	consumer, err := topology.Consumer(b.t.Context(), b.JS, topology.StreamJobs, topology.ConsumerFetcher(messages.KOBIS), nil)
	require.NoError(b.t, err)
	for range times {
		msg, err := consumer.Next(jetstream.FetchContext(b.t.Context()))
		require.NoError(b.t, err)
		require.NoError(b.t, msg.Nak())
	}
}

func TestLastDeliveryIsNeverParkedUnseen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SetAckWait(messages.KOBIS, 0, 3)
	b.Publish(workertest.Job(tail))
	supply := newStingy(b.ledger(), 3) // one for each delivery, none for a job in hand
	b.run(supply, (&answers{list: []error{wait()}}).handle, impatient)
	require.Contains(t, b.DeadLetter(tail).Reason, "delivered 3 times, which is all the queue allows, 2 of them without a call to make")
	b.Drained()
}

// A job of a doubted source is let go of before the queue would offer it no more,
// and is not a dead letter: the planner plans it again.
func TestDoubtKillsNoJob(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SetAckWait(messages.KOBIS, 0, 3)
	for i := range 21 {
		job := workertest.Job(fmt.Sprintf("kobis.movie-detail.201903%02d", i))
		job.Known = true
		b.Publish(job)
	}
	gone := func(_ context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
		payload := answer(`{}`)
		payload.Outcome = messages.OutcomeNotFound
		return payload, permit.Start()
	}
	b.run(b.ledger(), gone)
	b.Drained()
	require.Equal(t, 19, b.Count(topology.StreamRaw, ">"), "the twentieth in a row begins the doubt")
	require.Zero(t, b.Count(topology.StreamDead, ">"))
}

// impatient gives up at once on another permit for a job in hand.
func impatient(c *worker.Config) { c.Another = time.Nanosecond }

func TestMetricsAreWellFormed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(workertest.Job(tail))
	b.run(b.ledger(), (&answers{list: []error{retry(), nil}}).handle)
	b.Drained()
	b.Until("the outcome is counted", func() bool { return b.outcomes(worker.Done) == 1 })
	problems, err := testutil.GatherAndLint(b.registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}

// Headers that JetStream would refuse for good cost neither the answer nor a slot.
func TestHugeHeadersOfASourceHoldNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	huge := strings.Repeat("x", 70_000)
	for page := range 4 {
		job := workertest.Job(fmt.Sprintf("kobis.movie-list.all.%d", page+1))
		job.Params = map[string]string{"query": huge}
		b.Publish(job)
	}
	var calls atomic.Int64
	b.run(b.ledger(), func(_ context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
		if err := permit.Start(); err != nil {
			return messages.Payload{}, err
		}
		if calls.Add(1)%2 == 0 {
			return messages.Payload{}, &worker.Failure{Outcome: worker.Dead, Permit: quota.Spent, Reason: huge, Err: errors.New(huge), ContentType: huge}
		}
		payload := answer(`{}`)
		payload.ContentType, payload.Request = huge, map[string]string{huge: huge}
		return payload, nil
	}, func(c *worker.Config) { c.Concurrency = 1 })
	b.Drained()
	require.Equal(t, 2, b.Count(topology.StreamRaw, ">"))
	require.Equal(t, 2, b.Count(topology.StreamDead, ">"))
}

// What RAW never takes goes to DEAD instead of being tried for ever.
func TestAnswerThatRAWRefusesIsDead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	raw, err := b.JS.Stream(t.Context(), topology.StreamRaw)
	require.NoError(t, err)
	cfg := raw.CachedInfo().Config
	cfg.MaxMsgSize = 600
	_, err = b.JS.UpdateStream(t.Context(), cfg)
	require.NoError(t, err)
	b.Publish(workertest.Job(tail))
	body := strings.Repeat("a", 1000)
	b.run(b.ledger(), func(_ context.Context, _ messages.Job, permit *quota.Permit) (messages.Payload, error) {
		return answer(body), permit.Start()
	})
	letter := b.DeadLetter(tail)
	require.Equal(t, "RAW does not take the answer", letter.Reason)
	require.Equal(t, body, string(letter.Body))
	b.Drained()
}
