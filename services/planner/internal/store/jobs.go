package store

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Jobs are the jobs that are planned and not yet answered in the tables (ops.jobs).
type Jobs struct {
	*tables
	letters Letters
}

// Outstanding lists the jobs that are planned and not yet answered in the tables.
func (s Jobs) Outstanding(ctx context.Context) ([]jobs.Outstanding, error) {
	recorded, err := records(ctx, s.q)
	if err != nil {
		return nil, err
	}
	list := make([]jobs.Outstanding, 0, len(recorded))
	for _, job := range recorded {
		name, err := messages.ParseName(job.Name)
		if err != nil {
			continue // of another version: it goes when it is answered or lost
		}
		list = append(list, jobs.Outstanding{
			Name: name, Workload: job.Workload, RunID: job.RunID, JobID: job.JobID, Unconfirmed: job.JobID == 0, Gone: job.GoneAt != nil,
		})
	}
	return list, nil
}

func records(ctx context.Context, q *db.Queries) ([]jobs.Record, error) {
	rows, err := q.Jobs(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading jobs: %w", err)
	}
	list := make([]jobs.Record, len(rows))
	for i, row := range rows {
		list[i] = jobs.Record{Name: row.Subject, Workload: row.Stage, RunID: row.RunID, JobID: uint64(row.JobID)}
		if row.GoneRawSeq != nil {
			seq := uint64(*row.GoneRawSeq)
			list[i].GoneAt = &seq
		}
	}
	return list, nil
}

// Settle brings ops.jobs and ops.dead_letters in line with what the view shows
// and the tables know.
func (s Jobs) Settle(ctx context.Context, v jobs.View, now time.Time) (jobs.Settlement, error) {
	var out jobs.Settlement
	err := s.inParts(ctx, "settling outstanding jobs", func(q *db.Queries, part apart) error {
		recorded, err := s.letters.recordAll(ctx, part, v.Dead, now)
		if err != nil {
			return err
		}
		if err := q.ResolveLoaded(ctx, now); err != nil {
			return fmt.Errorf("resolving dead letters that were loaded: %w", err)
		}
		planned, err := records(ctx, q)
		if err != nil {
			return err
		}
		names, err := q.AnsweredJobs(ctx)
		if err != nil {
			return fmt.Errorf("reading answers: %w", err)
		}
		v.Dead, v.AllDead = recorded, v.AllDead && len(recorded) == len(v.Dead)
		out = jobs.Settle(planned, names, v)
		return settle(ctx, q, out.Changes, v.LastSeq, now)
	})
	return out, err
}

func settle(ctx context.Context, q *db.Queries, c jobs.Changes, lastSeq uint64, now time.Time) error {
	if len(c.Gone) > 0 {
		if err := q.MarkJobsGone(ctx, db.MarkJobsGoneParams{RawSeq: int64(lastSeq), Subjects: c.Gone}); err != nil {
			return fmt.Errorf("marking jobs as gone: %w", err)
		}
	}
	if len(c.Back) > 0 {
		if err := q.MarkJobsBack(ctx, c.Back); err != nil {
			return fmt.Errorf("marking jobs as back: %w", err)
		}
	}
	if len(c.Answered) > 0 {
		if err := answered(ctx, q, c.Answered, now); err != nil {
			return err
		}
	}
	return remove(ctx, q, c)
}

func answered(ctx context.Context, q *db.Queries, names []string, now time.Time) error {
	if err := q.ResolveDead(ctx, db.ResolveDeadParams{Names: names, Now: now}); err != nil {
		return fmt.Errorf("resolving dead letters: %w", err)
	}
	if err := q.HoldDue(ctx, db.HoldDueParams{Subjects: names, Until: now.Add(policy.AnsweredHold)}); err != nil {
		return fmt.Errorf("holding answered calls: %w", err)
	}
	return nil
}

func remove(ctx context.Context, q *db.Queries, c jobs.Changes) error {
	counts := newRunCounts()
	for _, group := range []struct {
		names []string
		count func(*runCount)
	}{
		{c.Answered, func(c *runCount) { c.answered++ }},
		{c.Dead, func(c *runCount) { c.failed++ }},
		{c.Lost, func(*runCount) {}},
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

// Lose drops jobs whose answers RAW does not hold, after the dead letters were
// read: those whose answers the tables don't have either. It tells how many.
func (s Jobs) Lose(ctx context.Context, names []messages.Name) (lost int, err error) {
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
		return remove(ctx, q, jobs.Changes{Lost: unanswered})
	})
	return lost, err
}

// Confirm takes over jobs as JOBS has them, no matter who planned them.
func (s Jobs) Confirm(ctx context.Context, found []jobs.Found, now time.Time) error {
	if len(found) == 0 {
		return nil
	}
	p := db.ConfirmJobsParams{PlannedAt: now}
	for _, job := range found {
		p.Subjects = append(p.Subjects, job.Name.String())
		p.Sources = append(p.Sources, string(job.Name.Source))
		p.JobIds = append(p.JobIds, int64(job.Seq))
		p.RunIds = append(p.RunIds, job.RunID)
	}
	return s.in(ctx, "recording jobs of JOBS", func(q *db.Queries) error { return q.ConfirmJobs(ctx, p) })
}

// Refuse drops a job that can't be published, and holds its call.
func (s Jobs) Refuse(ctx context.Context, name messages.Name, why error, now time.Time) error {
	s.notes.add("job", name.String(), "NATS refuses it: %s", why)
	return s.in(ctx, "dropping a job that can't be published", func(q *db.Queries) error {
		if err := q.HoldDue(ctx, db.HoldDueParams{Subjects: []string{name.String()}, Until: now.Add(policy.RefusedHold)}); err != nil {
			return err
		}
		return remove(ctx, q, jobs.Changes{Lost: []string{name.String()}})
	})
}
