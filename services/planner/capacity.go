package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

const (
	// backlogLimit is how many messages the loader may be behind before nothing
	// more is asked for.
	backlogLimit = 5000
	// backlogShare is the part of RAW that may be waiting for the loader: what it
	// has not loaded must never be dropped because RAW is full.
	backlogShare = 4
	// assumedPayload is taken for the size of an answer, in bytes, before there is one.
	assumedPayload = 16 << 10
	// historyDays are the past days from which daily work is expected.
	historyDays = 14
)

// snapshot reads the ledger of a source; without a ledger nothing is known.
func (p *Planner) snapshot(ctx context.Context, source messages.Source, now time.Time) (quota.Snapshot, error) {
	if p.ledger == nil {
		return quota.Snapshot{Source: string(source)}, nil
	}
	snapshot, err := quota.Read(ctx, p.ledger, string(source), now)
	if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrStreamNotFound) {
		p.ledger = nil // nobody serves the bucket: the next look makes it where it is gone
	}
	if err != nil {
		return quota.Snapshot{}, fmt.Errorf("reading the quota of %s: %w", source, err)
	}
	return snapshot, nil
}

// room is how much a source can take now.
func (p *Planner) capacity(ctx context.Context, pic picture, source messages.Source) (policy.Capacity, error) {
	snapshot, err := p.snapshot(ctx, source, pic.now)
	if err != nil {
		return policy.Capacity{}, err
	}
	p.metrics.ledger(snapshot)
	capacity := policy.Capacity{Budget: snapshot.Remaining, Registered: snapshot.Known, HighWater: p.highWater(pic.view), Outstanding: pic.view.Outstanding[source]}
	if !snapshot.Known {
		// Fetchers may be scaled on what can run: without a first job there would
		// never be a first fetcher to register its keys.
		capacity.Budget = map[messages.Source]int{messages.KOBIS: p.cfg.KOBISDailyQuota, messages.TMDB: quota.Unlimited}[source]
	}
	for _, job := range pic.settled.Outstanding {
		if job.Name.Source == source && job.Unconfirmed && !pic.view.Jobs[job.Name.String()] && !job.Gone {
			capacity.Outstanding++
		}
	}
	if source == messages.KOBIS {
		capacity.KeptBack, err = p.keptBack(ctx, pic)
	}
	return capacity, err
}

// highWater is how many jobs of a source may be out: never more than answers for
// which RAW has as much room again as may be waiting in it.
func (p *Planner) highWater(v streams.View) int {
	answers := uint64(p.cfg.RawMaxBytes) / backlogShare / cmp.Or(v.PayloadBytes, assumedPayload)
	return min(p.cfg.HighWater, max(1, int(answers)/len(sources)))
}

// keptBack is how many calls of KOBIS each workload leaves to others: what those
// typically need on a day, less what they had today. Towards the end of the day it
// goes to nothing, so that the budget is used up.
func (p *Planner) keptBack(ctx context.Context, pic picture) (map[policy.WorkloadID]int, error) {
	now := pic.now
	history, err := p.history(ctx, now)
	if err != nil {
		return nil, err
	}
	y, m, d := now.In(p.cfg.KOBISZone.Location).Date()
	start := time.Date(y, m, d, 0, 0, 0, 0, p.cfg.KOBISZone.Location)
	end := time.Date(y, m, d+1, 0, 0, 0, 0, p.cfg.KOBISZone.Location)
	left := float64(end.Sub(now)) / float64(end.Sub(start))
	return policy.KeepBack(history, messages.KOBIS, left, p.cfg.KOBISDailyQuota, policy.Landed(pic.days, now, Seoul)), nil
}

// history is what was called today, and on the past days that tell what a day takes.
func (p *Planner) history(ctx context.Context, now time.Time) (policy.History, error) {
	today := policy.Date(now, p.cfg.KOBISZone.Location)
	calls, err := p.store.Calls(ctx, today.AddDate(0, 0, -historyDays))
	if err != nil {
		return policy.History{}, err
	}
	h := policy.History{Today: map[policy.WorkloadID]int{}}
	past := map[time.Time]map[policy.WorkloadID]int{}
	for _, c := range calls {
		if c.Day.Equal(today) {
			h.Today[c.Workload] += c.Calls
			continue
		}
		if past[c.Day] == nil {
			past[c.Day] = map[policy.WorkloadID]int{}
			h.Past = append(h.Past, past[c.Day])
		}
		past[c.Day][c.Workload] += c.Calls
	}
	return h, nil
}

// blocked says why nothing may be published for now, if so.
func (p *Planner) blocked(v streams.View) string {
	switch {
	case v.Backlog > backlogLimit:
		return fmt.Sprintf("the loader is %d messages behind, more than %d", v.Backlog, backlogLimit)
	case v.BacklogBytes > uint64(p.cfg.RawMaxBytes)/backlogShare:
		return fmt.Sprintf("the loader is about %d bytes behind, more than a quarter of RAW", v.BacklogBytes)
	}
	return ""
}
