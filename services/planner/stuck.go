package planner

import (
	"context"
	"time"
)

// stuckFor is how long a job must have been seen as stuck: an acknowledgement
// takes a moment to remove it.
const stuckFor = 10 * time.Second

// release brings jobs to DEAD that were delivered as often as JOBS allows: each
// blocks its subject, and nobody would ever hear of it.
func (p *Planner) release(ctx context.Context, stuck []uint64) error {
	since := make(map[uint64]time.Time, len(stuck))
	for _, seq := range stuck {
		first, seen := p.stuck[seq]
		if !seen {
			first = time.Now()
		}
		since[seq] = first
		if time.Since(first) < p.stuckFor {
			continue
		}
		released, err := p.streams.Release(ctx, seq)
		if err != nil {
			return err
		}
		if released {
			p.metrics.stuck.Inc()
			p.log.Error().Uint64("job", seq).Msg("a job was delivered as often as JOBS allows without an end; it stands in DEAD now")
		}
	}
	p.stuck = since
	return nil
}
