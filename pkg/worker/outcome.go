package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/publish"
)

// Outcome is what becomes of a job.
type Outcome string

// The outcomes of a job. Their names are the values of the label "outcome".
const (
	Done  Outcome = "done"  // the answer is stored in RAW
	Retry Outcome = "retry" // tried again later; an attempt is spent
	Wait  Outcome = "wait"  // handed back, because no call can be made now; no attempt is spent
	Dead  Outcome = "dead"  // stored in DEAD: trying again is of no use
	Halt  Outcome = "halt"  // handed back like Wait, because the source refuses every key
	// Foreign is what nobody has published as a job: it is removed, and is no letter.
	Foreign Outcome = "foreign"
)

// unburied is how long a job waits that DEAD does not take.
const unburied = 15 * time.Minute

// verdict is the outcome of one delivery with what it takes to carry it out.
type verdict struct {
	Outcome
	payload messages.Payload // Done
	failure *Failure         // all others
	delay   time.Duration    // Wait, Halt: before the job is offered again
	spent   bool             // Wait: the queue would never offer it again
}

// settle decides by the count of attempts what a failure amounts to: a job that
// spent its last attempt is dead, and so is one that the server would deliver no
// more. One that waits for nothing of its own is then let go of.
func (w *Worker) settle(d *delivery, v verdict) verdict {
	f := v.failure
	switch {
	case v.Outcome == Retry && d.attempt >= limit(f.Attempts, w.cfg.Backoff.Attempts):
		return dead(f, fmt.Sprintf("gave up after %d attempts: %s", d.attempt, f.Reason))
	case v.Outcome == Wait && f.Later && d.last():
		v.spent = true
	case v.Outcome != Done && v.Outcome != Dead && v.Outcome != Foreign && d.last():
		return dead(f, fmt.Sprintf("delivered %d times, which is all the queue allows, %d of them without a call to make: %s", d.delivered, d.waits, f.Reason))
	}
	return v
}

func limit(own, general int) int {
	if own > 0 {
		return min(own, general)
	}
	return general
}

func dead(f *Failure, reason string) verdict {
	last := *f
	last.Outcome, last.Reason = Dead, reason
	return verdict{Outcome: Dead, failure: &last}
}

// carryOut is the table of outcomes: what each one does with the job. It returns
// the outcome that came about. An error says that the queue could not be told;
// the job is then delivered again when its acknowledgement is overdue.
func (w *Worker) carryOut(ctx context.Context, d *delivery, v verdict) (Outcome, error) {
	v = w.settle(d, v)
	switch v.Outcome {
	case Done: // stored first, then acknowledged
		if refusal := w.store(ctx, v.payload); refusal != nil {
			return w.carryOut(ctx, d, verdict{Outcome: refusal.Outcome, failure: refusal})
		}
		return Done, w.acknowledge(ctx, d)
	case Retry: // spends an attempt
		return Retry, d.msg.NakWithDelay(w.cfg.Backoff.Delay(d.attempt, v.failure.After))
	case Wait, Halt: // spends none
		if v.spent { // it is no dead letter: the planner plans it again, if it is still wanted
			return v.Outcome, w.terminate(ctx, d, v.failure.Reason)
		}
		return v.Outcome, w.handBack(ctx, d, v.delay)
	case Dead: // stored first, then terminated
		if err := w.bury(ctx, d, v.failure); errors.Is(err, publish.ErrRefused) {
			// Not even its reason alone: the stream is not what it should be.
			return Wait, errors.Join(err, w.handBack(ctx, d, unburied))
		} else if err != nil {
			return Wait, w.handBack(ctx, d, 0)
		}
		return Dead, w.terminate(ctx, d, v.failure.Reason)
	case Foreign:
		w.cfg.Log.Warn().Err(v.failure).Str("subject", d.msg.Subject()).Msg("what nobody has published as a job is removed from the queue: has a service been taken over?")
		return Foreign, w.terminate(ctx, d, v.failure.Reason)
	default:
		return Retry, fmt.Errorf("a handler returned the outcome %q", v.Outcome)
	}
}
