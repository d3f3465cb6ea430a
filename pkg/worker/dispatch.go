package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/quota"
)

// dispatch pulls jobs until ctx ends. Jobs are handled with working, which
// outlives ctx. Trouble with NATS or the gate is reported once when it begins and
// once when it ends, and waited out.
func (w *Worker) dispatch(ctx, working context.Context, q *queue) {
	delays, troubled := steady(), false
	for ctx.Err() == nil {
		err := w.round(ctx, working, q)
		switch {
		case ctx.Err() != nil:
			return
		case isHalted(err):
			err = w.waitRevived(ctx, err)
		case errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, nats.ErrNoResponders):
			q, err = w.rebind(ctx, q, err)
		}
		if err == nil {
			if troubled {
				w.cfg.Log.Info().Msg("jobs come again")
			}
			delays, troubled = steady(), false
			continue
		}
		if !troubled && ctx.Err() == nil {
			w.cfg.Log.Warn().Err(err).Msg("no jobs for now, trying again")
		}
		troubled = true
		pause(ctx, delays)
	}
}

// rebind waits until a consumer that went away is there again. The error that
// told of it is returned, so that even a consumer which is there all the time is
// asked with a delay.
func (w *Worker) rebind(ctx context.Context, old *queue, cause error) (*queue, error) {
	q, err := w.bind(ctx)
	if err != nil {
		return old, err
	}
	return q, cause
}

// round takes free slots, as many permits as it can get for them, and as many
// jobs as there are permits. With no job there it keeps one permit and waits.
func (w *Worker) round(ctx, working context.Context, q *queue) error {
	permits, err := w.permits(ctx)
	if err != nil {
		return err
	}
	jobs, err := w.pull(q, len(permits))
	for i, job := range jobs {
		w.start(working, q, job, permits[i])
	}
	permits = permits[len(jobs):]
	if len(jobs) > 0 || err != nil {
		w.unused(permits)
		return err
	}
	w.unused(permits[1:])
	job, err := w.poll(ctx, q)
	if job == nil {
		w.unused(permits[:1])
		return err
	}
	if ctx.Err() != nil { // arrived while the poll was being ended
		w.unused(permits[:1])
		return w.putBack(working, q, job)
	}
	w.start(working, q, job, permits[0])
	return err
}

// permits returns at least one permit, each with a slot taken for it.
func (w *Worker) permits(ctx context.Context) ([]*quota.Permit, error) {
	free, err := w.slots.take(ctx)
	if err != nil {
		return nil, err
	}
	admitted, err := w.breaker.admit(ctx, free)
	if err != nil {
		w.slots.give(free)
		return nil, err
	}
	began := w.cfg.Now()
	permits, err := w.gate.Acquire(ctx, admitted)
	w.slots.give(free - len(permits))
	w.metrics.stage(stagePermit, w.cfg.Now().Sub(began))
	if err != nil {
		return nil, fmt.Errorf("acquiring permits: %w", err)
	}
	return permits, nil
}

// unused returns permits that no call was made with, and their slots.
func (w *Worker) unused(permits []*quota.Permit) {
	for _, permit := range permits {
		permit.Settle(quota.Cancelled)
	}
	w.slots.give(len(permits))
}

// pull takes up to n jobs that are there now. Jobs may come with an error.
func (w *Worker) pull(consumer jetstream.Consumer, n int) ([]jetstream.Msg, error) {
	batch, err := consumer.FetchNoWait(n)
	if err != nil {
		return nil, fmt.Errorf("pulling jobs: %w", err)
	}
	jobs := make([]jetstream.Msg, 0, n)
	for job := range batch.Messages() {
		jobs = append(jobs, job)
	}
	if err := batch.Error(); err != nil {
		return jobs, fmt.Errorf("pulling jobs: %w", err)
	}
	return jobs, nil
}

// poll waits for one job. It is an iterator drained after its first message, and
// not a fetch that is cancelled: draining still delivers what the server has sent
// in the meantime, which would else be missed until its acknowledgement times out.
func (w *Worker) poll(ctx context.Context, consumer jetstream.Consumer) (jetstream.Msg, error) {
	it, err := consumer.Messages(jetstream.PullMaxMessages(1), jetstream.PullExpiry(w.cfg.Idle),
		jetstream.PullHeartbeat(min(w.cfg.Idle/2, 15*time.Second)))
	if err != nil {
		return nil, fmt.Errorf("polling for a job: %w", err)
	}
	job, err := it.Next(jetstream.NextContext(ctx))
	it.Drain()
	if job == nil {
		late, _ := it.Next(jetstream.NextMaxWait(lateWait)) // fails with ErrMsgIteratorClosed once drained
		job = late
	}
	if err != nil {
		return job, fmt.Errorf("polling for a job: %w", err)
	}
	return job, nil
}

// lateWait bounds the draining of a poll where the server can't be reached.
const lateWait = 2 * time.Second

// start handles a job on a goroutine of its own and frees its slot at the end.
func (w *Worker) start(working context.Context, q *queue, job jetstream.Msg, permit *quota.Permit) {
	w.metrics.inFlight.Inc()
	w.inFlight.Go(func() {
		defer w.slots.give(1)
		defer w.metrics.inFlight.Dec()
		w.handle(working, q, job, permit)
	})
}

// pause waits for the next delay, or for the end of ctx.
func pause(ctx context.Context, delays backoff.BackOff) {
	timer := time.NewTimer(delays.NextBackOff())
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
