package tick

import (
	"context"
	"time"
)

// release brings jobs to DEAD that were delivered as often as JOBS allows: each
// blocks its subject, and nobody would ever hear of it.
func (r *Reconciler) release(ctx context.Context, stuck []uint64) error {
	since := make(map[uint64]time.Time, len(stuck))
	for _, seq := range stuck {
		first, seen := r.memory.stuck[seq]
		if !seen {
			first = time.Now()
		}
		since[seq] = first
		if time.Since(first) < r.cfg.StuckAfter {
			continue
		}
		released, err := r.streams.Release(ctx, seq)
		if err != nil {
			return err
		}
		if released {
			r.metrics.stuck.Inc()
			r.log.Error().Uint64("job", seq).Msg("job reached its delivery limit without an outcome; moved to DEAD")
		}
	}
	r.memory.stuck = since
	return nil
}
