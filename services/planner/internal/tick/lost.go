package tick

import (
	"context"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

const (
	// LostAfter is how long a job must have been gone from JOBS before RAW is asked
	// for its answer: most are loaded long before.
	LostAfter = 10 * time.Minute
	// LostMost is how many answers RAW is asked for at a tick.
	LostMost = 100
)

// lose finds jobs that are lost while the loader's floor stands still: one message
// that it never acknowledges would hold it for ever. Such a job is gone from JOBS,
// RAW holds no answer to it, no dead letter names it, and the tables have no answer
// either. RAW and DEAD have stored before a job leaves JOBS, so no clock decides this.
func (k *housekeeping) lose(ctx context.Context, o *Observed) error {
	waiting := o.Jobs.Waiting()
	since := make(map[messages.Name]time.Time, len(waiting))
	var lost []messages.Name
	asked := 0
	for name, job := range waiting {
		first, seen := k.waiting[name]
		if !seen {
			first = o.At
		}
		since[name] = first
		if !o.Jobs.AllDead || asked == LostMost || o.At.Sub(first) < LostAfter {
			continue
		}
		asked++
		answered, err := k.streams.Answered(ctx, name, job.JobID)
		if err != nil {
			return err
		}
		since[name] = o.At // and again after a while
		if !answered {
			lost = append(lost, name)
		}
	}
	k.waiting = since
	n, err := k.store.Jobs.Lose(ctx, lost)
	k.metrics.lost.Add(float64(n))
	return err
}
