package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/publish"
)

// JobOutcome is what becomes of a job.
type JobOutcome string

// The outcomes of a job. Their names are the values of the label "outcome".
const (
	Done  JobOutcome = "done"  // the answer is stored in RAW
	Retry JobOutcome = "retry" // tried again later; an attempt is spent
	Wait  JobOutcome = "wait"  // handed back, because no call can be made now; no attempt is spent
	Dead  JobOutcome = "dead"  // stored in DEAD: trying again is of no use
	Halt  JobOutcome = "halt"  // handed back like Wait, because the source refuses every key
	// Foreign is what nobody has published as a job: it is removed, and is not a letter.
	Foreign JobOutcome = "foreign"
)

// unburied is how long a job waits that DEAD does not take.
const unburied = 15 * time.Minute

// decision is the outcome of one delivery with what it takes to carry it out.
type decision struct {
	Outcome JobOutcome
	payload messages.Payload // Done
	failure *Failure         // all others
	delay   time.Duration    // Wait, Halt: before the job is offered again
	spent   bool             // Wait: the queue would never offer it again
}

// settle decides by the count of attempts what a failure amounts to: a job that
// spent its last attempt is dead, and so is one that the server would deliver no
// more. One that waits for nothing of its own is then let go of.
func (s *settler) settle(d *delivery, v decision) decision {
	f := v.failure
	switch {
	case v.Outcome == Retry && d.attempt >= limit(f.Attempts, s.cfg.Backoff.Attempts):
		return dead(f, fmt.Sprintf("gave up after %d attempts: %s", d.attempt, f.Reason))
	case v.Outcome == Wait && f.Later && d.last():
		v.spent = true
	case v.Outcome != Done && v.Outcome != Dead && v.Outcome != Foreign && d.last():
		return dead(
			f,
			fmt.Sprintf("delivered %d times, which is all the queue allows, %d of them without a call to make: %s", d.delivered, d.waits, f.Reason),
		)
	}
	return v
}

func limit(own, general int) int {
	if own > 0 {
		return min(own, general)
	}
	return general
}

func dead(f *Failure, reason string) decision {
	last := *f
	last.Outcome, last.Reason = Dead, reason
	return decision{Outcome: Dead, failure: &last}
}

// carryOut is the table of outcomes: what each one does with the job. It returns
// the outcome that came about. An error says that acknowledging failed: the
// job is then delivered again when its acknowledgment is overdue.
func (s *settler) carryOut(ctx context.Context, d *delivery, v decision) (JobOutcome, error) {
	v = s.settle(d, v)
	switch v.Outcome {
	case Done: // stored first, then acknowledged
		if refusal := s.store(ctx, v.payload); refusal != nil {
			return s.carryOut(ctx, d, decision{Outcome: refusal.Outcome, failure: refusal})
		}
		return Done, s.acknowledge(ctx, d)
	case Retry: // spends an attempt
		return Retry, d.msg.NakWithDelay(s.cfg.Backoff.delay(d.attempt, v.failure.After))
	case Wait, Halt: // spends none
		if v.spent { // it is not a dead letter: the planner plans it again, if it is still wanted
			return v.Outcome, s.terminate(ctx, d, v.failure.Reason)
		}
		return v.Outcome, s.handBack(ctx, d, v.delay)
	case Dead: // stored first, then terminated
		if err := s.bury(ctx, d, v.failure); errors.Is(err, publish.ErrRefused) {
			// Not even its reason alone: the stream is not what it should be.
			return Wait, errors.Join(err, s.handBack(ctx, d, unburied))
		} else if err != nil {
			return Wait, s.handBack(ctx, d, 0)
		}
		return Dead, s.terminate(ctx, d, v.failure.Reason)
	case Foreign:
		s.cfg.Log.Warn().Ctx(ctx).Err(v.failure).Str("subject", d.msg.Subject()).
			Msg("removed a message of JOBS that no service published as a job; is a service compromised?")
		return Foreign, s.terminate(ctx, d, v.failure.Reason)
	default:
		return Retry, fmt.Errorf("a handler returned the outcome %q", v.Outcome)
	}
}
