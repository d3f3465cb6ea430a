package tick

import (
	"context"
	"time"
)

// release brings jobs to DEAD that were delivered as often as JOBS allows: each
// blocks its subject, and nobody would ever hear of it.
func (k *housekeeping) release(ctx context.Context, stuck []uint64, now time.Time) error {
	since := make(map[uint64]time.Time, len(stuck))
	for _, seq := range stuck {
		first, seen := k.stuck[seq]
		if !seen || first.After(now) { // the clock was set back
			first = now
		}
		since[seq] = first
		if now.Sub(first) < k.cfg.StuckAfter {
			continue
		}
		released, err := k.streams.Release(ctx, seq)
		if err != nil {
			return err
		}
		if released {
			k.metrics.stuck.Inc()
			k.cfg.Log.Error().Uint64("job", seq).Msg("job reached its delivery limit without an outcome; moved to DEAD")
		}
	}
	k.stuck = since
	return nil
}
