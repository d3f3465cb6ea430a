package worker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/publish"
)

const (
	// releaseTime bounds what is still told to NATS after the jobs in flight were
	// given up at shutdown.
	releaseTime = 2 * time.Second
	// confirmWait bounds one attempt to have an acknowledgement confirmed.
	confirmWait = 3 * time.Second
	// confirmTries is how often an acknowledgement is sent before it is left to
	// the next delivery, whose answer RAW would recognise.
	confirmTries = 3
)

var errSlowAck = errors.New("the queue did not confirm in time")

// store puts an answer into RAW and returns nil once it is there. It does not
// give up while ctx lives. What RAW can never take comes back as Dead, and the end
// of ctx as Wait.
func (s *settler) store(ctx context.Context, p messages.Payload) *Failure {
	began := s.cfg.Now()
	defer func() { s.metrics.stage(stageStore, s.cfg.Now().Sub(began)) }()
	msg, err := p.Msg()
	if err == nil {
		err = s.publisher.Store(ctx, msg)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, messages.ErrTooLarge), errors.Is(err, nats.ErrMaxPayload):
		return &Failure{Outcome: Dead, Reason: "the answer is too large for a message", Err: err, Answer: p.Body, ContentType: p.ContentType}
	case errors.Is(err, publish.ErrRefused):
		return &Failure{Outcome: Dead, Reason: "RAW does not take the answer", Err: err, Answer: p.Body, ContentType: p.ContentType}
	default:
		return &Failure{Outcome: Wait, Reason: "the answer could not be stored before the shutdown", Err: err}
	}
}

// acknowledge removes an answered job from the queue, and waits until the queue
// has confirmed it. It tries once even after ctx has ended: the answer is stored,
// and the job would be called for once more.
func (s *settler) acknowledge(ctx context.Context, d *delivery) error {
	err := backoff.Retry(func() error {
		attempt, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), confirmWait, errSlowAck)
		defer cancel()
		err := d.msg.DoubleAck(attempt)
		if err != nil && ctx.Err() != nil {
			return backoff.Permanent(err)
		}
		return err
	}, backoff.WithMaxRetries(steady(), confirmTries-1))
	if err != nil {
		return fmt.Errorf("acknowledging: %w", err)
	}
	s.forget(ctx, d)
	return nil
}

// terminate removes a dead job from the queue.
func (s *settler) terminate(ctx context.Context, d *delivery, reason string) error {
	if err := d.msg.TermWithReason(reason); err != nil {
		return fmt.Errorf("terminating: %w", err)
	}
	s.forget(ctx, d)
	return nil
}

// handBack offers a job again after the delay and notes that no attempt was
// spent. The note comes first: without it the next delivery would count. It works
// for a moment even after ctx has ended, because that is when most jobs are handed
// back.
func (s *settler) handBack(ctx context.Context, d *delivery, delay time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), releaseTime, errSlowBucket)
	defer cancel()
	err := d.noteWait(ctx)
	if delay > 0 {
		return errors.Join(err, d.msg.NakWithDelay(delay))
	}
	return errors.Join(err, d.msg.Nak())
}

// putBack hands back a job that came when no more were wanted.
func (s *settler) putBack(ctx context.Context, q *queue, msg jetstream.Msg) error {
	d, err := s.receive(ctx, q, msg)
	if err != nil {
		return errors.Join(err, msg.Nak())
	}
	return s.handBack(ctx, d, 0)
}

// bury puts a job into DEAD: the job's headers, and the last bad answer as its
// body. What the job had as its body travels in a header.
func (s *settler) bury(ctx context.Context, d *delivery, f *Failure) error {
	letter := messages.DeadLetter{Subject: d.msg.Subject(), Header: nats.Header{}, Reason: f.Reason}
	maps.Copy(letter.Header, d.msg.Headers())
	if d.malformed != nil {
		letter.Body = d.msg.Data()
	} else {
		letter.Body = f.Answer
		d.describe(letter.Header, f)
	}
	letter.Body = letter.Body[:min(len(letter.Body), messages.MaxDeadJobBody)]
	if f.Err != nil {
		letter.Error = f.Err.Error()
	}
	if err := s.publisher.Bury(ctx, letter); err != nil {
		return fmt.Errorf("storing the dead letter of %s: %w", d.msg.Subject(), err)
	}
	return nil
}

// describe says in a dead letter's header what was asked for and how often.
func (d *delivery) describe(h nats.Header, f *Failure) {
	h.Set(messages.HeaderJob, strconv.FormatUint(d.meta.Sequence.Stream, 10))
	h.Set(messages.HeaderAttempt, strconv.Itoa(d.attempt))
	if len(d.job.Params) > 0 {
		h.Set(messages.HeaderRequest, messages.Request(d.job.Params))
	}
	if f.ContentType != "" {
		h.Set(messages.HeaderContentType, f.ContentType)
	}
}
