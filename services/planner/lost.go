package planner

import (
	"context"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

const (
	// lostAfter is how long a job must have been gone from JOBS before RAW is asked
	// for its answer: most are loaded long before.
	lostAfter = 10 * time.Minute
	// lostMost is how many answers RAW is asked for at a tick.
	lostMost = 100
)

// lose finds jobs that are lost while the loader's floor stands still: one message
// that it never acknowledges would hold it for ever. Such a job is gone from JOBS,
// RAW holds no answer to it, no letter tells of it, and neither do the tables. RAW
// and DEAD have stored before a job leaves JOBS, so no clock decides this.
func (p *Planner) lose(ctx context.Context, pic picture) error {
	waiting := pic.settled.Waiting()
	since := make(map[messages.Name]time.Time, len(waiting))
	var lost []messages.Name
	asked := 0
	for name, job := range waiting {
		first, seen := p.waiting[name]
		if !seen {
			first = pic.now
		}
		since[name] = first
		if !pic.settled.AllDead || asked == lostMost || pic.now.Sub(first) < lostAfter {
			continue
		}
		asked++
		answered, err := p.streams.Answered(ctx, name, job.JobID)
		if err != nil {
			return err
		}
		since[name] = pic.now // and again after a while
		if !answered {
			lost = append(lost, name)
		}
	}
	p.waiting = since
	n, err := p.store.Lose(ctx, lost)
	p.metrics.lost.Add(float64(n))
	return err
}
