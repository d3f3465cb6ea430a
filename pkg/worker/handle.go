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
	d, err := w.receive(ctx, q, msg)
	d.permit = permit
	if err != nil { // the delivery can't be counted, so it must not be spent
		giveBack(d.permit)
		w.report(d, Wait, errors.Join(err, msg.NakWithDelay(w.cfg.Backoff.Base)))
		return
	}
	defer w.keepInProgress(d)()
	ctx, span := w.span(ctx, d)
	ctx, release := w.share(ctx)
	defer release()

	v := w.decide(ctx, d)
	giveBack(d.permit) // unless a call has settled it
	outcome, err := w.carryOut(ctx, d, v)
	endSpan(span, outcome, v.failure)
	w.report(d, outcome, err)
}

// decide calls the handler, unless the delivery is past being called for.
func (w *Worker) decide(ctx context.Context, d *delivery) decision {
	switch {
	case errors.Is(d.malformed, messages.ErrForeign):
		return decision{Outcome: Foreign, failure: &Failure{Reason: "not a job", Err: d.malformed}}
	case d.malformed != nil:
		return decision{Outcome: Dead, failure: &Failure{Reason: "not a job that a fetcher can read: publish it as the planner does", Err: d.malformed}}
	case d.attempt > w.cfg.Backoff.Attempts:
		return decision{Outcome: Dead, failure: &Failure{Reason: fmt.Sprintf(
			"crash loop: taken %d times without an outcome; the process that takes it dies or loses it", d.attempt-1)}}
	}
	return w.call(ctx, d)
}

// call runs the handler until it has an outcome other than Wait, going on with
// another permit as long as one can be had at once.
func (w *Worker) call(ctx context.Context, d *delivery) decision {
	for range mostKeys {
		payload, failure := w.callOnce(ctx, d)
		switch {
		case failure == nil:
			return decision{Outcome: Done, payload: d.complete(ctx, payload)}
		case errors.Is(context.Cause(ctx), errShutdown):
			return decision{Outcome: Wait, failure: &Failure{Reason: errShutdown.Error(), Err: failure}}
		case failure.Outcome != Wait:
			return decision{Outcome: failure.Outcome, failure: failure}
		case failure.Later:
			return decision{Outcome: Wait, failure: failure, delay: w.cfg.Backoff.Max}
		}
		w.metrics.waited(failure.Permit)
		permit, err := w.another(ctx)
		switch {
		case isHalted(err):
			return decision{Outcome: Halt, failure: failure, delay: w.cfg.Backoff.Base}
		case err != nil:
			return decision{Outcome: Wait, failure: failure, delay: w.cfg.Backoff.Base}
		}
		d.permit = permit
	}
	return decision{Outcome: Wait, failure: &Failure{Reason: "one key after the other was refused"}, delay: w.cfg.Backoff.Base}
}

// callOnce calls the handler with the permit in hand and settles it as soon as the
// call is over: what follows must not hold on to it.
func (w *Worker) callOnce(ctx context.Context, d *delivery) (messages.Payload, *Failure) {
	began := w.cfg.Now()
	payload, err := w.guard(ctx, d.job, d.permit)
	w.metrics.stage(stageCall, w.cfg.Now().Sub(began))
	how, failure := quota.Spent, (*Failure)(nil)
	if err != nil {
		failure = failureOf(err)
		how = failure.Permit
	}
	if d.permit.Settle(how) && how == quota.Invalid {
		w.cfg.Log.Error().Err(failure).Str("key", d.permit.Fingerprint()).
			Msg("the source refuses this key: disabled until an operator enables or replaces it")
	}
	if failure == nil {
		w.sourceAnswered()
		way := ""
		if payload.Outcome == messages.OutcomeNotFound {
			way = notFound
		}
		return payload, w.weigh(began, d.job, way)
	}
	switch {
	case failure.Outcome == Retry && context.Cause(ctx) == nil:
		w.sourceFailed(began, failure)
	case failure.Permit != quota.Cancelled: // even a refusal is an answer
		w.sourceAnswered()
	}
	if failure.Refusal != "" {
		failure = cmp.Or(w.weigh(began, d.job, failure.Refusal), failure)
	}
	return messages.Payload{}, failure
}

func (w *Worker) sourceFailed(began time.Time, failure *Failure) {
	if w.breaker.failure(began, failure.After) {
		w.metrics.failing.Set(1)
		w.trouble.set(&w.trouble.failing, failure.Error())
		w.cfg.Log.Warn().Err(failure).Msg("the source fails: one call at a time from now on, after growing pauses")
	}
}

func (w *Worker) sourceAnswered() {
	if w.breaker.answer() {
		w.metrics.failing.Set(0)
		w.trouble.set(&w.trouble.failing, "")
		w.cfg.Log.Info().Msg("the source answers again")
	}
}

// guard turns a panic of the handler into its error. Where it happened is logged:
// the retry that follows says no more than that.
func (w *Worker) guard(ctx context.Context, job messages.Job, permit *quota.Permit) (payload messages.Payload, err error) {
	defer func() {
		if p := recover(); p != nil {
			w.cfg.Log.Error().Stringer("job", job.Name).Str("panic", fmt.Sprint(p)).Bytes("stack", debug.Stack()).Msg("handler panicked")
			err = &Failure{Outcome: Retry, Permit: quota.Unknown, Reason: "the fetcher panicked on this job; its log has the stack", Err: fmt.Errorf("%w: %v", errPanic, p)}
		}
	}()
	return w.handler(ctx, job, permit)
}

// another acquires one more permit for a job that is already in hand, if one can
// be had at once.
func (w *Worker) another(ctx context.Context) (*quota.Permit, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.cfg.Another, errors.New("no other permit at once"))
	defer cancel()
	permits, err := w.permits.Acquire(ctx, 1)
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
func (w *Worker) report(d *delivery, outcome JobOutcome, err error) {
	w.metrics.outcome(cmp.Or(d.job.Kind, unreadable), outcome)
	if err != nil {
		w.cfg.Log.Warn().Err(err).Str("job", d.msg.Subject()).Str("outcome", string(outcome)).
			Msg("acknowledging failed; the job will be redelivered")
	}
}
