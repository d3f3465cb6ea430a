package tick

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

const (
	// BacklogLimit is how many messages the loader may be behind before nothing
	// more is asked for.
	BacklogLimit = 5000
	// backlogShare is the part of RAW that may be waiting for the loader: what it
	// has not loaded must never be dropped because RAW is full.
	backlogShare = 4
	// AssumedPayload is taken for the size of an answer, in bytes, before there is one.
	AssumedPayload = 16 << 10
	// historyDays are the past days from which daily work is expected.
	historyDays = 14
)

// capacities weighs what each source can take.
type capacities struct {
	cfg     Config
	store   *store.Store
	binding *binding
	metrics *Metrics
}

// weigh adds how much each source can take. A source whose ledger cannot be read has
// no capacity.
func (c *capacities) weigh(ctx context.Context, run *steps, o *Observed, d Desired) {
	o.Quota, o.Capacity = map[messages.Source]quota.Snapshot{}, map[messages.Source]policy.Capacity{}
	for _, source := range Sources {
		run.try("room", source, func() error {
			snapshot, err := c.binding.snapshot(ctx, source, o.At)
			if err != nil {
				return err
			}
			c.metrics.ledger(snapshot)
			o.Quota[source] = snapshot
			capacity, err := c.capacity(ctx, o, d, snapshot, source)
			if err == nil {
				o.Capacity[source] = capacity
			}
			return err
		})
	}
}

// capacity is how much a source can take now.
func (c *capacities) capacity(
	ctx context.Context, o *Observed, d Desired, snapshot quota.Snapshot, source messages.Source,
) (_ policy.Capacity, err error) {
	capacity := policy.Capacity{
		Budget: snapshot.Remaining, Registered: snapshot.Known,
		HighWater: highWater(c.cfg, o.Streams), Outstanding: o.Streams.Outstanding[source],
	}
	if !snapshot.Known {
		// Fetchers may be scaled on what can run: without a first job there would
		// never be a first fetcher to register its keys.
		capacity.Budget = map[messages.Source]int{messages.KOBIS: c.cfg.KOBISDailyQuota, messages.TMDB: quota.Unlimited}[source]
	}
	for _, job := range o.Jobs.Outstanding {
		if job.Name.Source == source && job.Unconfirmed && !o.Streams.Jobs[job.Name.String()] && !job.Gone {
			capacity.Outstanding++
		}
	}
	if source == messages.KOBIS {
		capacity.KeptBack, err = c.keptBack(ctx, o, d)
	}
	return capacity, err
}

// highWater is how many jobs of a source may be out: never more than answers for
// which RAW has as much room again as may be waiting in it.
func highWater(cfg Config, v jobs.View) int {
	answers := uint64(cfg.Topology.RawMaxBytes) / backlogShare / cmp.Or(v.PayloadBytes, AssumedPayload)
	return min(cfg.HighWater, max(1, int(answers)/len(Sources)))
}

// keptBack is how many calls of KOBIS each workload leaves to others: what those
// typically need on a day, less what they had today. Towards the end of the day it
// goes to nothing, so that the budget is used up.
func (c *capacities) keptBack(ctx context.Context, o *Observed, d Desired) (map[policy.WorkloadID]int, error) {
	history, err := c.history(ctx, o.At)
	if err != nil {
		return nil, err
	}
	start, end := startOfDay(o.At, c.cfg.KOBISZone)
	left := float64(end.Sub(o.At)) / float64(end.Sub(start))
	return policy.KeepBack(history, messages.KOBIS, left, c.cfg.KOBISDailyQuota, policy.Landed(d.BoxOffice, o.At, policy.Seoul)), nil
}

// history is what was called today, and on the past days that tell what a day takes.
func (c *capacities) history(ctx context.Context, now time.Time) (policy.History, error) {
	today := policy.Date(now, c.cfg.KOBISZone)
	calls, err := c.store.Runs.Calls(ctx, today.AddDate(0, 0, -historyDays))
	if err != nil {
		return policy.History{}, err
	}
	h := policy.History{Today: map[policy.WorkloadID]int{}}
	past := map[time.Time]map[policy.WorkloadID]int{}
	for _, of := range calls {
		if of.Day.Equal(today) {
			h.Today[of.Workload] += of.Calls
			continue
		}
		if past[of.Day] == nil {
			past[of.Day] = map[policy.WorkloadID]int{}
			h.Past = append(h.Past, past[of.Day])
		}
		past[of.Day][of.Workload] += of.Calls
	}
	return h, nil
}

// blocked says why nothing may be published for now, if so.
func blocked(cfg Config, v jobs.View) string {
	switch {
	case v.Backlog > BacklogLimit:
		return fmt.Sprintf("the loader is %d messages behind, more than %d", v.Backlog, BacklogLimit)
	case v.BacklogBytes > uint64(cfg.Topology.RawMaxBytes)/backlogShare:
		return fmt.Sprintf("the loader is about %d bytes behind, more than a quarter of RAW", v.BacklogBytes)
	}
	return ""
}
