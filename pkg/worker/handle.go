package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
)

// mostKeys bounds how often one handling of a job goes on with another permit, so
// that it ends even while the source refuses one key after the other.
const mostKeys = 8

// handle brings one job to its outcome.
func (w *Worker) handle(ctx context.Context, q *queue, msg jetstream.Msg, permit *quota.Permit) {
	d, err := w.settler.receive(ctx, q, msg)
	d.permit = permit
	if err != nil { // the delivery can't be counted, so it must not be spent
		giveBack(d.permit)
		w.report(ctx, d, Wait, errors.Join(err, msg.NakWithDelay(w.cfg.Backoff.Base)))
		return
	}
	defer w.keepInProgress(d)()
	ctx, span := w.span(ctx, d)
	ctx, release := w.share(ctx)
	defer release()

	v := w.decide(ctx, d)
	giveBack(d.permit) // unless a call has settled it
	outcome, err := w.settler.carryOut(ctx, d, v)
	endSpan(span, outcome, v.failure)
	w.report(ctx, d, outcome, err)
}

// decide calls the handler, unless the delivery is past being called for.
func (w *Worker) decide(ctx context.Context, d *delivery) decision {
	switch {
	case errors.Is(d.malformed, messages.ErrForeign):
		return decision{Outcome: Foreign, failure: &Failure{Reason: "not a job", Err: d.malformed}}
	case d.malformed != nil:
		return decision{
			Outcome: Dead,
			failure: &Failure{Reason: "not a job that a fetcher can read: publish it as the planner does", Err: d.malformed},
		}
	case d.attempt > w.cfg.Backoff.Attempts:
		return decision{Outcome: Dead, failure: &Failure{Reason: fmt.Sprintf(
			"crash loop: taken %d times without an outcome; the process that takes it dies or loses it", d.attempt-1)}}
	}
	return w.caller.call(ctx, d)
}

// call runs the handler until it has an outcome other than Wait, going on with
// another permit as long as one can be had at once.
func (c *caller) call(ctx context.Context, d *delivery) decision {
	for range mostKeys {
		payload, failure := c.callOnce(ctx, d)
		switch {
		case failure == nil:
			return decision{Outcome: Done, payload: d.complete(ctx, payload)}
		case errors.Is(context.Cause(ctx), errShutdown):
			return decision{Outcome: Wait, failure: &Failure{Reason: errShutdown.Error(), Err: failure}}
		case failure.Outcome != Wait:
			return decision{Outcome: failure.Outcome, failure: failure}
		case failure.Later:
			return decision{Outcome: Wait, failure: failure, delay: c.cfg.Backoff.Max}
		}
		c.metrics.waited(failure.Permit)
		permit, err := c.another(ctx)
		switch {
		case isHalted(err):
			return decision{Outcome: Halt, failure: failure, delay: c.cfg.Backoff.Base}
		case err != nil:
			return decision{Outcome: Wait, failure: failure, delay: c.cfg.Backoff.Base}
		}
		d.permit = permit
	}
	return decision{Outcome: Wait, failure: &Failure{Reason: "one key after the other was refused"}, delay: c.cfg.Backoff.Base}
}

// callOnce calls the handler with the permit in hand and settles it as soon as the
// call is over: what follows must not hold on to it.
func (c *caller) callOnce(ctx context.Context, d *delivery) (messages.Payload, *Failure) {
	began := c.cfg.Now()
	payload, err := c.guard(ctx, d.job, d.permit)
	c.metrics.stage(stageCall, c.cfg.Now().Sub(began))
	how, failure := quota.Spent, (*Failure)(nil)
	if err != nil {
		failure = failureOf(err)
		how = failure.Permit
	}
	if d.permit.Settle(how) && how == quota.Invalid {
		c.cfg.Log.Error().Ctx(ctx).Err(failure).Str("key", d.permit.Fingerprint()).
			Msg("the source refuses this key: disabled until an operator enables or replaces it")
	}
	if failure == nil {
		c.answered(ctx)
		way := ""
		if payload.Outcome == messages.OutcomeNotFound {
			way = notFound
		}
		return payload, c.weigh(began, d.job, way)
	}
	switch {
	case failure.Outcome == Retry && context.Cause(ctx) == nil:
		c.failed(ctx, began, failure)
	case failure.Permit != quota.Cancelled: // even a refusal is an answer
		c.answered(ctx)
	}
	if failure.Refusal != "" {
		failure = cmp.Or(c.weigh(began, d.job, failure.Refusal), failure)
	}
	return messages.Payload{}, failure
}

func (c *caller) failed(ctx context.Context, began time.Time, failure *Failure) {
	if c.breaker.failure(began, failure.After) {
		c.metrics.failing.Set(1)
		c.trouble.set(&c.trouble.failing, failure.Error())
		c.cfg.Log.Warn().Ctx(ctx).Err(failure).Msg("the source is failing; sending one call at a time, with growing pauses")
	}
}

func (c *caller) answered(ctx context.Context) {
	if c.breaker.answer() {
		c.metrics.failing.Set(0)
		c.trouble.set(&c.trouble.failing, "")
		c.cfg.Log.Info().Ctx(ctx).Msg("the source answers again")
	}
}

// guard turns a panic of the handler into its error. Where it happened is logged:
// the retry that follows says no more than that.
func (c *caller) guard(ctx context.Context, job messages.Job, permit *quota.Permit) (payload messages.Payload, err error) {
	defer func() {
		if p := recover(); p != nil {
			c.cfg.Log.Error().Ctx(ctx).Stringer("job", job.Name).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("handler panicked")
			err = &Failure{
				Outcome: Retry, Permit: quota.Unknown, Reason: "the fetcher panicked on this job; its log has the stack",
				Err: fmt.Errorf("%w: %v", errPanic, p),
			}
		}
	}()
	return c.handler(ctx, job, permit)
}

// another acquires one more permit for a job that is already in hand, if one can
// be had at once.
func (c *caller) another(ctx context.Context) (*quota.Permit, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.cfg.Another, errors.New("no other permit at once"))
	defer cancel()
	permits, err := c.permits.Acquire(ctx, 1)
	if err != nil {
		return nil, fmt.Errorf("acquiring another permit: %w", err)
	}
	return permits[0], nil
}

// keepInProgress tells the queue, while a job takes long, that it is not lost.
func (w *Worker) keepInProgress(d *delivery) (stop func()) {
	stopped := make(chan struct{})
	ticker := time.NewTicker(d.queue.ackWait / 3)
	w.inFlight.Go(func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				// It fails on a closed connection only, where nothing can be told.
				_ = d.msg.InProgress()
			case <-stopped:
				return
			}
		}
	})
	return func() { close(stopped) }
}

// report counts the outcome. An acknowledgment that failed is logged.
func (w *Worker) report(ctx context.Context, d *delivery, outcome JobOutcome, err error) {
	w.metrics.outcome(cmp.Or(d.job.Kind, unreadable), outcome)
	if err != nil {
		w.cfg.Log.Warn().Ctx(ctx).Err(err).Str("job", d.msg.Subject()).Str("outcome", string(outcome)).
			Msg("acknowledging failed; the job will be redelivered")
	}
}
