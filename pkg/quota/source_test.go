package quota

import (
	"slices"
	"sync"
	"time"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
)

// source is the judge: it counts what arrives, by its own clock.
type source struct {
	world *world
	cal   budget.Calendar
	quota int

	mu       sync.Mutex
	arrivals []time.Time
	days     map[string]int // answered calls, by key and day
	refused  int
	foreign  map[string]int // calls of another program, by key and day
	invalid  map[string]bool
	silent   float64 // share of requests that get no answer
	latency  [2]time.Duration
}

// call is one request: it arrives after a part of the latency, and is given up at
// the deadline. The outcome is what the client learns.
func (s *source) call(key string, deadline time.Duration) Settlement {
	w := s.world
	there := w.between(s.latency[0]/2, s.latency[1]/2)
	back := w.between(s.latency[0]/2, s.latency[1]/2)
	s.mu.Lock()
	silent := s.silent
	s.mu.Unlock()
	if w.chance(silent) {
		// It may be given up at once, and arrive long after.
		late := w.between(0, deadline)
		w.background.Go(func() {
			elapse(late)
			s.arrive(key)
		})
		elapse(w.between(0, deadline))
		return Unknown
	}
	elapse(there)
	outcome := s.arrive(key)
	elapse(back)
	return outcome
}

func (s *source) arrive(key string) Settlement {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.arrivals = append(s.arrivals, now)
	day := key + " " + s.cal.Day(now).Name
	switch {
	case s.invalid[key]:
		return Invalid
	case s.quota > 0 && s.days[day]+s.foreign[day] >= s.quota:
		s.refused++
		return Exhausted
	}
	s.days[day]++
	return Spent
}

// audit returns the requests beyond the rate in any window.
func audit(arrivals []time.Time, r Rate) int {
	sorted := slices.Clone(arrivals)
	slices.SortFunc(sorted, func(a, b time.Time) int { return a.Compare(b) })
	violations := 0
	for i := r.N; i < len(sorted); i++ {
		if sorted[i].Sub(sorted[i-r.N]) < r.Per {
			violations++
		}
	}
	return violations
}

// silence sets the share of requests that get no answer.
func (s *source) silence(share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.silent = share
}

func (s *source) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.arrivals)
}

func (s *source) violations(r Rate) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return audit(s.arrivals, r)
}

// after is what has arrived from t on.
func (s *source) after(t time.Time) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	var later []time.Time
	for _, at := range s.arrivals {
		if !at.Before(t) {
			later = append(later, at)
		}
	}
	return later
}

func (s *source) since(t time.Time) int { return len(s.after(t)) }
