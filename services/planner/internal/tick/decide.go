package tick

import (
	"maps"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Decision is what of the desired is published.
type Decision struct {
	Blocked string // why nothing is; empty when nothing is in the way
	Chosen  []policy.Due
	// Capacity is what each source can take once the chosen are out.
	Capacity map[messages.Source]policy.Capacity
	Full     bool // a high-water mark kept jobs from being published
	// Paced is what is due, was asked for too often in the last hour, and waits.
	Paced     map[messages.Source]Paced
	Published int // of the chosen, how many JOBS accepted
}

// Paced are calls that wait.
type Paced struct {
	Calls int
	Until *time.Time // when the first is asked for again
}

// decide takes the best of the offer that there is capacity for, but for names that were
// asked for too often.
func decide(cfg Config, pace *policy.Pace, o *Observed, d Desired) Decision {
	decision := Decision{Blocked: blocked(cfg, o.Streams), Capacity: maps.Clone(o.Capacity), Paced: map[messages.Source]Paced{}}
	if decision.Blocked != "" {
		return decision
	}
	decision.Chosen = policy.Choose(o.Capacity, d.Offer, func(name messages.Name) bool {
		switch {
		case o.Out[name]:
			return true
		case !pace.Waits(name, o.At):
			return false
		}
		paced, until := decision.Paced[name.Source], pace.Until(name, o.At)
		if paced.Calls++; paced.Until == nil || until.Before(*paced.Until) {
			paced.Until = &until
		}
		decision.Paced[name.Source] = paced
		return true
	})
	decision.Full = fill(decision.Capacity, decision.Chosen)
	return decision
}

// OfSource are the calls of a source.
func OfSource(calls []policy.Due, source messages.Source) []policy.Due {
	return slices.DeleteFunc(slices.Clone(calls), func(d policy.Due) bool { return d.Name.Source != source })
}

// fill counts the chosen jobs as outstanding and reports whether they reach the
// high-water mark of a source.
func fill(capacities map[messages.Source]policy.Capacity, chosen []policy.Due) (full bool) {
	for _, due := range chosen {
		capacity := capacities[due.Name.Source]
		capacity.Outstanding++
		capacities[due.Name.Source] = capacity
		full = full || capacity.Outstanding >= capacity.HighWater
	}
	return full
}
