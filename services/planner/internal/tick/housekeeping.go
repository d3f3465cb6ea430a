package tick

import (
	"context"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/runs"
	"github.com/cledit/pipeline/services/planner/internal/store"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

const (
	// countEvery is the time between two counts of the open dead letters.
	countEvery = time.Minute
	// endRunsEvery is the time between two checks for runs that have ended.
	endRunsEvery = 5 * time.Minute
)

// housekeeping clears what no fetcher and no loader will: jobs that are stuck or lost, and
// runs that have ended.
type housekeeping struct {
	cfg     Config
	store   *store.Store
	streams *streams.Client
	metrics *Metrics

	stuck     map[uint64]time.Time        // jobs that no fetcher gets any more, since when
	waiting   map[messages.Name]time.Time // jobs that are gone from JOBS and not answered, since when
	countedAt time.Time                   // the open dead letters
	endedAt   time.Time                   // runs
}

// countLetters counts the open dead letters.
func (k *housekeeping) countLetters(ctx context.Context, now time.Time) error {
	if !passed(countEvery, k.countedAt, now) {
		return nil
	}
	open, err := k.store.Letters.CountOpen(ctx)
	if err != nil {
		return err
	}
	k.metrics.letters(open)
	k.countedAt = now
	return nil
}

// endRuns closes runs from time to time.
func (k *housekeeping) endRuns(ctx context.Context, t Result) error {
	now := t.Observed.At
	if !passed(endRunsEvery, k.endedAt, now) {
		return nil
	}
	k.endedAt = now
	return k.store.Runs.End(ctx, runs.Current(t.Desired.Offer, t.Observed.Catalogue.Read(), now), now)
}

// passed reports whether so much time has passed since then. A clock that was set back
// says nothing of that, so what waits for it is done.
func passed(d time.Duration, since, now time.Time) bool {
	age := now.Sub(since)
	return age >= d || age < 0
}
