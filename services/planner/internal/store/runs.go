package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/runs"
)

// How long small history is kept.
const (
	runsKept = 400 * 24 * time.Hour
	daysKept = 60 * 24 * time.Hour
	// tmdbEditsKept is longer than an answer of TMDB may be kept.
	tmdbEditsKept = 200 * 24 * time.Hour
)

// Runs is what was planned, by run and by day of the quota zone.
type Runs struct{ *tables }

type runCount struct{ planned, answered, failed int64 }

type runCounts map[string]*runCount

func newRunCounts() runCounts { return runCounts{} }

func (c runCounts) of(run string) *runCount {
	if c[run] == nil {
		c[run] = &runCount{}
	}
	return c[run]
}

func (c runCounts) write(ctx context.Context, q *db.Queries) error {
	var p db.CountRunsParams
	for _, id := range slices.Sorted(maps.Keys(c)) {
		p.RunIds = append(p.RunIds, id)
		p.Planned = append(p.Planned, c[id].planned)
		p.Answered = append(p.Answered, c[id].answered)
		p.Failed = append(p.Failed, c[id].failed)
	}
	if len(p.RunIds) == 0 {
		return nil
	}
	if err := q.CountRuns(ctx, p); err != nil {
		return fmt.Errorf("counting runs: %w", err)
	}
	return nil
}

// Plan records calls before they are published: should the planner die in
// between, the next tick sees in JOBS which of them are there.
func (s Jobs) Plan(ctx context.Context, calls []runs.Call, opened []runs.Run, day, now time.Time) error {
	return s.in(ctx, "recording planned jobs", func(q *db.Queries) error {
		open := db.OpenRunsParams{Now: now}
		for _, run := range opened {
			open.RunIds, open.Reasons = append(open.RunIds, run.ID), append(open.Reasons, run.Reason)
		}
		if err := q.OpenRuns(ctx, open); err != nil {
			return fmt.Errorf("opening runs: %w", err)
		}
		jobs := db.PlanJobsParams{PlannedAt: now}
		counts, workloads := newRunCounts(), map[string]int64{}
		for _, call := range calls {
			jobs.Subjects = append(jobs.Subjects, call.Name.String())
			jobs.Sources = append(jobs.Sources, string(call.Name.Source))
			jobs.Stages = append(jobs.Stages, string(call.Workload))
			jobs.RunIds = append(jobs.RunIds, call.RunID)
			counts.of(call.RunID).planned++
			workloads[string(call.Workload)]++
		}
		if err := q.PlanJobs(ctx, jobs); err != nil {
			return fmt.Errorf("recording jobs: %w", err)
		}
		if err := counts.write(ctx, q); err != nil {
			return err
		}
		return countDay(ctx, q, workloads, day)
	})
}

func countDay(ctx context.Context, q *db.Queries, workloads map[string]int64, day time.Time) error {
	p := db.CountDayParams{Day: day}
	for _, workload := range slices.Sorted(maps.Keys(workloads)) {
		p.Stages, p.Planned = append(p.Stages, workload), append(p.Planned, workloads[workload])
	}
	if err := q.CountDay(ctx, p); err != nil {
		return fmt.Errorf("counting the day's calls: %w", err)
	}
	return nil
}

// End closes the runs that have nothing outstanding, other than the current
// ones, and forgets what is old.
func (s Runs) End(ctx context.Context, current []string, now time.Time) error {
	return s.in(ctx, "ending runs", func(q *db.Queries) error {
		if err := q.EndRuns(ctx, db.EndRunsParams{Now: now, Current: current}); err != nil {
			return err
		}
		if err := q.ForgetRuns(ctx, now.Add(-runsKept)); err != nil {
			return err
		}
		if err := q.ForgetEdits(ctx, now.Add(-daysKept)); err != nil {
			return err
		}
		if err := q.ForgetTMDBEdits(ctx, now.Add(-tmdbEditsKept)); err != nil {
			return err
		}
		return q.ForgetDays(ctx, now.Add(-daysKept))
	})
}

// DayCalls is how many calls of a workload were planned on a day of the quota zone.
type DayCalls struct {
	Day      time.Time
	Workload policy.WorkloadID
	Calls    int
}

// Calls lists what was planned since a day.
func (s Runs) Calls(ctx context.Context, since time.Time) ([]DayCalls, error) {
	rows, err := s.q.DaysCalls(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("reading the calls of past days: %w", err)
	}
	calls := make([]DayCalls, 0, len(rows))
	for _, row := range rows {
		calls = append(calls, DayCalls{row.Day, policy.WorkloadID(row.Stage), int(row.Planned)})
	}
	return calls, nil
}
