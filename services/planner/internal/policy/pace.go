package policy

import (
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// How often one name is asked for. A page of the catalogue is read twice or three
// times in an hour at most, and a few jobs may be lost.
const (
	paceSpan = time.Hour
	paceMost = 10
)

// Pace bounds what is asked for again and again. Whether an answer is newer than
// what is known is told by the fetchers' clocks: one that is behind answers, and
// its answer changes nothing, so that the same call is due at the next tick, and
// the day's budget would go into it. The zero value has seen nothing.
type Pace struct {
	asked map[messages.Name][]time.Time
}

// Ask notes that a name is asked for, and reports whether it was asked for so often
// that it has to wait from now on.
func (p *Pace) Ask(name messages.Name, now time.Time) (waits bool) {
	if p.asked == nil {
		p.asked = map[messages.Name][]time.Time{}
	}
	p.asked[name] = append(p.asked[name], now)
	return p.Waits(name, now)
}

// Waits reports whether a name was asked for too often in the last hour.
func (p *Pace) Waits(name messages.Name, now time.Time) bool {
	return len(p.recent(name, now)) >= paceMost
}

// Until is when a name that waits may be asked for again.
func (p *Pace) Until(name messages.Name, now time.Time) time.Time {
	times := p.recent(name, now)
	if len(times) < paceMost {
		return now
	}
	return times[len(times)-paceMost].Add(paceSpan)
}

// Forget drops what is no longer of interest.
func (p *Pace) Forget(now time.Time) {
	for name := range p.asked {
		if len(p.recent(name, now)) == 0 {
			delete(p.asked, name)
		}
	}
}

func (p *Pace) recent(name messages.Name, now time.Time) []time.Time {
	times := p.asked[name]
	from := slices.IndexFunc(times, func(t time.Time) bool { return now.Sub(t) < paceSpan })
	if from < 0 {
		return nil
	}
	return times[from:]
}
