package worker

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/quota"
)

// dispatch pulls jobs until ctx ends. Jobs are handled with working, which
// outlives ctx. Trouble with NATS or the permits is reported once when it begins and
// once when it ends, named in /readyz when it lasts, and waited out.
func (w *Worker) dispatch(ctx, working context.Context, q *queue) {
	delays := steady()
	for ctx.Err() == nil {
		err := w.tick(ctx, working, q)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !isHalted(err) {
			w.jobless(err)
		}
		switch {
		case isHalted(err):
			err = w.waitRevived(ctx, err)
		case errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrConsumerNotFound),
			errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, nats.ErrNoResponders):
			q, err = w.rebind(ctx, q, err)
		}
		if err == nil {
			w.recovered()
			delays = steady()
			continue
		}
		pause(ctx, delays)
	}
}

// dry is while no jobs are to be had.
type dry struct {
	mu  sync.Mutex
	end func() // of its being named in /readyz; nil otherwise
}

// jobless tells that no jobs are to be had, once until they are again.
func (w *Worker) jobless(err error) {
	w.dry.mu.Lock()
	defer w.dry.mu.Unlock()
	if w.dry.end == nil {
		w.cfg.Log.Warn().Err(err).Msg("cannot pull jobs, retrying")
		w.dry.end = w.waiting.begin("take jobs: "+err.Error(), w.cfg.Now())
	}
}

func (w *Worker) recovered() {
	w.dry.mu.Lock()
	defer w.dry.mu.Unlock()
	if w.dry.end != nil {
		w.cfg.Log.Info().Msg("job consumer recovered")
		w.dry.end()
		w.dry.end = nil
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

// tick takes free slots, as many permits as it can get for them, and as many
// jobs as there are permits. Where no job is known to be there it keeps one permit
// and waits.
func (w *Worker) tick(ctx, working context.Context, q *queue) error {
	permits, err := w.acquire(ctx)
	if err != nil {
		return err
	}
	if err := q.count(ctx); err != nil {
		w.unused(permits)
		return err
	}
	// The queue is there when it goes on to say so; a job may be long in coming.
	well := time.AfterFunc(2*w.heartbeat()+time.Second, w.recovered)
	defer well.Stop()
	most, wait := int(min(q.pending, uint64(len(permits)))), burstWait
	if most == 0 {
		most, wait = 1, 0
	}
	w.unused(permits[most:])
	permits = permits[:most]
	jobs, err := w.pull(ctx, q, most, wait)
	if ctx.Err() != nil { // arrived while the pull was being ended
		w.unused(permits)
		for _, job := range jobs {
			err = errors.Join(err, w.settler.putBack(working, q, job))
		}
		return err
	}
	for i, job := range jobs {
		w.start(working, q, job, permits[i])
	}
	w.unused(permits[len(jobs):])
	return err
}

// acquire returns at least one permit, each with a slot taken for it.
func (w *Worker) acquire(ctx context.Context) ([]*quota.Permit, error) {
	free, err := w.slots.take(ctx)
	if err != nil {
		return nil, err
	}
	admitted, err := w.caller.breaker.admit(ctx, free)
	if err == nil {
		admitted, err = w.caller.doubts.probing.admit(ctx, admitted)
	}
	if err != nil {
		w.slots.give(free)
		return nil, err
	}
	began := w.cfg.Now()
	permits, err := w.caller.permits.Acquire(ctx, admitted)
	w.slots.give(free - len(permits))
	w.metrics.stage(stagePermit, w.cfg.Now().Sub(began))
	if err != nil {
		return nil, fmt.Errorf("acquiring permits: %w", err)
	}
	return permits, nil
}

// unused returns permits that no call was made with, and their slots.
func (w *Worker) unused(permits []*quota.Permit) {
	giveBack(permits...)
	w.slots.give(len(permits))
}

// giveBack gives permits back that no call was made with; those that one has settled
// stay as they are.
func giveBack(permits ...*quota.Permit) {
	for _, permit := range permits {
		permit.Settle(quota.Cancelled)
	}
}

// burstWait is how long a pull waits for a further job where the queue had more;
// lateWait bounds the draining of a pull where the server can't be reached.
const (
	burstWait = 250 * time.Millisecond
	lateWait  = 5 * time.Second
)

// heartbeat is how often the server says that a pull waits; without two of them it ends.
func (w *Worker) heartbeat() time.Duration { return min(w.cfg.Idle/2, 15*time.Second) }

// pull takes up to n jobs. It waits for the first as long as ctx lives, or for the
// given time, and then for what else comes. Jobs may come with an error.
//
// It is an iterator that is drained in the end, and not a fetch, which gives up on
// a server that is slow: draining still delivers what the server has sent in the
// meantime. That counts as delivered, and would else be missed until its
// acknowledgement times out, at the cost of an attempt.
func (w *Worker) pull(ctx context.Context, q *queue, n int, wait time.Duration) ([]jetstream.Msg, error) {
	it, err := q.Messages(jetstream.PullMaxMessages(n), jetstream.StopAfter(n), jetstream.PullExpiry(w.cfg.Idle),
		jetstream.PullHeartbeat(w.heartbeat()))
	if err != nil {
		return nil, fmt.Errorf("pulling jobs: %w", err)
	}
	jobs := make([]jetstream.Msg, 0, n)
	for len(jobs) < n {
		var job jetstream.Msg
		if job, err = next(ctx, it, wait); err != nil {
			break
		}
		jobs, wait = append(jobs, job), burstWait
	}
	if errors.Is(err, nats.ErrTimeout) {
		err = nil
	}
	jobs = drain(it, jobs, n)
	q.measure(jobs)
	if err != nil {
		return jobs, fmt.Errorf("pulling jobs: %w", err)
	}
	return jobs, nil
}

// drain ends a pull, and takes what was on its way.
func drain(it jetstream.MessagesContext, jobs []jetstream.Msg, n int) []jetstream.Msg {
	it.Drain()
	for len(jobs) < n {
		late, _ := it.Next(jetstream.NextMaxWait(lateWait)) // fails with ErrMsgIteratorClosed once drained
		if late == nil {
			break
		}
		jobs = append(jobs, late)
	}
	return jobs
}

// next waits for the next job until ctx ends; where wait is not 0, no longer than
// that, with nats.ErrTimeout.
func next(ctx context.Context, it jetstream.MessagesContext, wait time.Duration) (jetstream.Msg, error) {
	if wait > 0 {
		return it.Next(jetstream.NextMaxWait(wait))
	}
	return it.Next(jetstream.NextContext(ctx))
}

// count asks the queue how many jobs are waiting, unless some are known to.
func (q *queue) count(ctx context.Context) error {
	if q.pending > 0 {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, lookup, errSlowQueue)
	defer cancel()
	info, err := q.Info(ctx)
	if err != nil {
		return fmt.Errorf("counting the jobs that wait: %w", err)
	}
	q.pending = info.NumPending
	return nil
}

// measure reads off the last delivery how many jobs were waiting behind it.
func (q *queue) measure(jobs []jetstream.Msg) {
	q.pending = 0
	if len(jobs) > 0 {
		if meta, err := jobs[len(jobs)-1].Metadata(); err == nil {
			q.pending = meta.NumPending
		}
	}
}

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
