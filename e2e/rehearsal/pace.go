package rehearsal

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner"
)

const (
	// hangs is when an hour's work, which takes seconds on a free machine, is taken to stand still.
	hangs = 10 * time.Minute
	// endless is how often it may have moved within that, when it is taken to have no end.
	endless = 12
)

// Quiet waits until nothing more can be done at the present hour: nothing to
// publish, nothing that a running fetcher could answer within its budget, nothing
// to load and nothing to derive.
func (s *Stage) Quiet() {
	s.tb.Helper()
	s.until(s.idle)
}

// Until lets the pipeline work until it reports a status that is newer than the
// call, shows what is waited for.
func (s *Stage) Until(met func(planner.Status) bool) {
	s.tb.Helper()
	s.until(met)
}

func (s *Stage) until(met func(planner.Status) bool) {
	s.tb.Helper()
	from := s.Clock.Now()
	guard := time.NewTicker(hangs)
	defer guard.Stop()
	moved := s.moved()
	for left := endless; ; {
		select {
		case err := <-s.ended:
			require.NoError(s.tb, err)
		case <-guard.C:
			before := moved
			if moved, left = s.moved(), left-1; moved != before && left > 0 {
				continue
			}
			require.Fail(s.tb, "no end of the work", "at %s: %+v", s.Clock.Now(), s.statuses.get())
		case <-s.statuses.news:
			status := s.statuses.get()
			if status.At.After(from) && met(status) {
				return
			}
		}
	}
}

// idle looks three times, so that nothing is on its way between two rooms: at
// what the planner saw, at the tables, and at what the planner sees after that.
func (s *Stage) idle(status planner.Status) bool {
	if !s.still(status) || s.deriving() {
		return false
	}
	requests, looked := s.requests(), s.Clock.Now()
	for status = s.statuses.get(); !status.At.After(looked); status = s.statuses.get() {
		select {
		case <-s.statuses.news:
		case err := <-s.ended:
			require.NoError(s.tb, err)
		}
	}
	return s.still(status) && s.requests() == requests
}

// still reports whether the planner saw nothing that moves.
func (s *Stage) still(status planner.Status) bool {
	if status.Published > 0 || status.Backlog > 0 || status.Unread {
		return false
	}
	for _, source := range status.Sources {
		fetcher := map[messages.Source]string{messages.KOBIS: KOBIS, messages.TMDB: TMDB}[source.Source]
		if s.running[fetcher] != nil && source.Runnable > 0 {
			return false
		}
	}
	return true
}

func (s *Stage) deriving() bool { return s.underived() > 0 }

func (s *Stage) underived() int {
	return s.Count(`SELECT (SELECT count(*) FROM ops.stale_titles WHERE blocked_until IS NULL) + (SELECT count(*) FROM ops.plan_marks)`)
}

// moved is what changes while work is done.
func (s *Stage) moved() [3]int { return [3]int{s.requests(), s.statuses.get().Backlog, s.underived()} }

func (s *Stage) requests() int {
	stats := s.Sim.Stats()
	return stats.KOBIS.Requests + stats.TMDB.Requests
}

// WindOn winds the clock to the next half past a multiple of so many hours, in
// UTC: never into the minute around midnight in which nothing may be called.
func (s *Stage) WindOn(hours int) {
	step := time.Duration(hours) * time.Hour
	next := s.Clock.Now().Truncate(step).Add(30 * time.Minute)
	for !next.After(s.Clock.Now()) {
		next = next.Add(step)
	}
	s.Clock.WindTo(next)
}
