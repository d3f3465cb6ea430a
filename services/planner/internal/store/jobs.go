package store

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

// holdAnswered is how long a call is held that was answered and is still due.
// Its answer changed no fact that it depends on, so repeating it at once would
// only spend quota.
const holdAnswered = time.Hour

// deathHolds are the times for which a name is not planned again after its first,
// second and further deaths.
var deathHolds = []time.Duration{
	time.Hour, 4 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 4 * 24 * time.Hour, 7 * 24 * time.Hour,
}

// Outstanding is a job that is planned and not yet answered in the tables.
type Outstanding struct {
	Name     messages.Name
	Workload string
	RunID    string
	JobID    uint64 // its sequence in JOBS; 0 where that is not known
	// Unconfirmed is true until JOBS is known to have stored the job.
	Unconfirmed bool
	// Gone is true once it was not in JOBS any more.
	Gone bool
}

// Settled is what a reconciliation found out.
type Settled struct {
	Outstanding []Outstanding // what remains
	// Unrecorded are names in JOBS of which it is not known, or not for certain,
	// who planned them.
	Unrecorded []messages.Name
	// Stuck are jobs that JOBS has and no fetcher gets any more, by their sequence.
	Stuck []uint64
	// AllDead is true when every letter that there is is written down.
	AllDead bool
	// Recorded are the dead letters that are written down.
	Recorded []streams.Letter
	Counts
}

// Outstanding lists the jobs that are planned and not yet answered in the tables.
func (s *Store) Outstanding(ctx context.Context) ([]Outstanding, error) {
	rows, err := s.q.Jobs(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading jobs: %w", err)
	}
	list := make([]Outstanding, 0, len(rows))
	for _, row := range rows {
		name, err := messages.ParseName(row.Subject)
		if err != nil {
			continue // of another version: it goes when it is answered or lost
		}
		list = append(list, Outstanding{
			Name: name, Workload: row.Stage, RunID: row.RunID, JobID: uint64(row.JobID), Unconfirmed: row.JobID == 0, Gone: row.GoneRawSeq != nil,
		})
	}
	return list, nil
}

// Counts is how many jobs were answered, lost, and buried as dead letters.
type Counts struct{ Answered, Lost, Buried int }

// Settle brings ops.jobs and ops.dead_letters in line with what the view shows
// and the tables know.
func (s *Store) Settle(ctx context.Context, v streams.View, now time.Time) (Settled, error) {
	var out Settled
	err := s.inParts(ctx, "settling outstanding jobs", func(q *db.Queries, part apart) error {
		recorded, err := s.recordAll(ctx, part, v.Dead, now)
		if err != nil {
			return err
		}
		if err := q.ResolveLoaded(ctx, now); err != nil {
			return fmt.Errorf("resolving dead letters that were loaded: %w", err)
		}
		jobs, err := q.Jobs(ctx)
		if err != nil {
			return fmt.Errorf("reading jobs: %w", err)
		}
		names, err := q.AnsweredJobs(ctx)
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		v.Dead, v.AllDead = recorded, v.AllDead && len(recorded) == len(v.Dead)
		verdict := judge(jobs, names, v)
		out = verdict.Settled
		out.Recorded, out.AllDead = recorded, v.AllDead
		return verdict.write(ctx, q, v, now)
	})
	return out, err
}

// verdict is what becomes of the jobs.
type verdict struct {
	Settled
	answered, lost, dead []string
	gone, back           []string
}

func judge(jobs []db.JobsRow, answeredNames []string, v streams.View) verdict {
	var out verdict
	answered, dead := set(answeredNames), map[string]bool{}
	for _, letter := range v.Dead {
		dead[letter.Name] = true
	}
	known := make(map[string]bool, len(jobs))
	for _, job := range jobs {
		known[job.Subject] = true
		here := v.Jobs[job.Subject]
		switch {
		case answered[job.Subject]:
			out.answered = append(out.answered, job.Subject)
			continue
		case dead[job.Subject] && !here:
			out.dead = append(out.dead, job.Subject)
			continue
		case here && job.GoneRawSeq != nil:
			out.back = append(out.back, job.Subject)
		case !here && lost(job, v):
			out.lost = append(out.lost, job.Subject)
			continue
		case !here && (job.GoneRawSeq == nil || uint64(*job.GoneRawSeq) > v.LastSeq):
			out.gone = append(out.gone, job.Subject)
		}
		out.keep(job, here, v)
	}
	for subject := range v.Jobs {
		if name, err := messages.ParseName(subject); err == nil && !known[subject] {
			out.Unrecorded = append(out.Unrecorded, name)
		}
	}
	out.Counts = Counts{len(out.answered), len(out.lost), len(v.Dead)}
	return out
}

// lost reports whether the loader has passed all that RAW held when the job was
// already gone from JOBS. The answers were read after the view was taken, so one
// that exists has been seen; the same goes for dead letters, unless there are
// more of them than the view holds.
func lost(job db.JobsRow, v streams.View) bool {
	end := v.LastSeq
	if job.GoneRawSeq != nil && uint64(*job.GoneRawSeq) <= v.LastSeq {
		end = uint64(*job.GoneRawSeq)
	}
	return v.AllDead && v.Loaded >= end
}

func (out *verdict) keep(job db.JobsRow, here bool, v streams.View) {
	name, err := messages.ParseName(job.Subject)
	if err != nil { // of another version: it goes when it is answered or lost
		return
	}
	out.Outstanding = append(out.Outstanding, Outstanding{
		Name: name, Workload: job.Stage, RunID: job.RunID, JobID: uint64(job.JobID), Unconfirmed: job.JobID == 0, Gone: !here,
	})
	if here && job.JobID > 0 && uint64(job.JobID) <= v.AckFloor[name.Source] {
		out.Stuck = append(out.Stuck, uint64(job.JobID))
	}
	if here && job.JobID == 0 {
		out.Unrecorded = append(out.Unrecorded, name)
	}
}

func (out verdict) write(ctx context.Context, q *db.Queries, v streams.View, now time.Time) error {
	if len(out.gone) > 0 {
		if err := q.MarkJobsGone(ctx, db.MarkJobsGoneParams{RawSeq: int64(v.LastSeq), Subjects: out.gone}); err != nil {
			return fmt.Errorf("marking jobs as gone: %w", err)
		}
	}
	if len(out.back) > 0 {
		if err := q.MarkJobsBack(ctx, out.back); err != nil {
			return fmt.Errorf("marking jobs as back: %w", err)
		}
	}
	if len(out.answered) > 0 {
		if err := answered(ctx, q, out.answered, now); err != nil {
			return err
		}
	}
	return out.remove(ctx, q)
}

func answered(ctx context.Context, q *db.Queries, names []string, now time.Time) error {
	if err := q.ResolveDead(ctx, db.ResolveDeadParams{Names: names, Now: now}); err != nil {
		return fmt.Errorf("resolving dead letters: %w", err)
	}
	if err := q.HoldDue(ctx, db.HoldDueParams{Subjects: names, Until: now.Add(holdAnswered)}); err != nil {
		return fmt.Errorf("holding answered calls: %w", err)
	}
	return nil
}

func (out verdict) remove(ctx context.Context, q *db.Queries) error {
	counts := newRunCounts()
	for _, group := range []struct {
		names []string
		count func(*runCount)
	}{
		{out.answered, func(c *runCount) { c.answered++ }},
		{out.dead, func(c *runCount) { c.failed++ }},
		{out.lost, func(*runCount) {}},
	} {
		if len(group.names) == 0 {
			continue
		}
		removed, err := q.RemoveJobs(ctx, group.names)
		if err != nil {
			return fmt.Errorf("removing settled jobs: %w", err)
		}
		for _, row := range removed {
			group.count(counts.of(row.RunID))
		}
	}
	return counts.write(ctx, q)
}

// Waiting are the jobs that are gone from JOBS and not known to be answered, by
// their names.
func (s Settled) Waiting() map[messages.Name]Outstanding {
	waiting := map[messages.Name]Outstanding{}
	for _, job := range s.Outstanding {
		if job.Gone {
			waiting[job.Name] = job
		}
	}
	return waiting
}

// Lose drops jobs whose answers RAW does not hold, after the dead letters were
// looked at: those whose answers the tables don't have either. It tells how many.
func (s *Store) Lose(ctx context.Context, names []messages.Name) (lost int, err error) {
	if len(names) == 0 {
		return 0, nil
	}
	subjects := make([]string, len(names))
	for i, name := range names {
		subjects[i] = name.String()
	}
	err = s.in(ctx, "dropping lost jobs", func(q *db.Queries) error {
		unanswered, err := q.Unanswered(ctx, subjects)
		if err != nil {
			return err
		}
		lost = len(unanswered)
		return verdict{lost: unanswered}.remove(ctx, q)
	})
	return lost, err
}

// Confirm takes over jobs as JOBS has them, whoever planned them.
func (s *Store) Confirm(ctx context.Context, jobs []streams.Found, now time.Time) error {
	if len(jobs) == 0 {
		return nil
	}
	p := db.ConfirmJobsParams{PlannedAt: now}
	for _, job := range jobs {
		p.Subjects = append(p.Subjects, job.Name.String())
		p.Sources = append(p.Sources, string(job.Name.Source))
		p.JobIds = append(p.JobIds, int64(job.Seq))
		p.RunIds = append(p.RunIds, job.RunID)
	}
	return s.in(ctx, "recording jobs of JOBS", func(q *db.Queries) error { return q.ConfirmJobs(ctx, p) })
}

// refusedHold is how long a call is held that NATS refuses for what it is.
const refusedHold = 24 * time.Hour

// Refuse drops a job that can't be published, and holds its call.
func (s *Store) Refuse(ctx context.Context, name messages.Name, why error, now time.Time) error {
	s.notes.add("job", name.String(), "NATS refuses it: %s", why)
	return s.in(ctx, "dropping a job that can't be published", func(q *db.Queries) error {
		if err := q.HoldDue(ctx, db.HoldDueParams{Subjects: []string{name.String()}, Until: now.Add(refusedHold)}); err != nil {
			return err
		}
		return verdict{lost: []string{name.String()}}.remove(ctx, q)
	})
}

func set(names []string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}
