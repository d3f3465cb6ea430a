package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// Ripen makes what has become due eligible.
func (s Due) Ripen(ctx context.Context, now time.Time) error {
	return s.in(ctx, "releasing calls whose time has come", func(q *db.Queries) error {
		_, err := q.Ripen(ctx, now)
		return err
	})
}

// Candidates are the best calls of a workload, at most as many as given. Rows that are
// no job are taken out, and told: they would stand first for ever.
func (s Due) Candidates(ctx context.Context, workload policy.WorkloadID, most int, now time.Time) ([]policy.Due, error) {
	if most <= 0 {
		return nil, nil
	}
	for {
		rows, err := s.q.Candidates(ctx, db.CandidatesParams{Stage: string(workload), Now: now, Most: int32(most)})
		if err != nil {
			return nil, fmt.Errorf("reading candidates of stage %s: %w", workload, err)
		}
		due := make([]policy.Due, 0, len(rows))
		var odd []string
		for _, row := range rows {
			d, err := candidate(workload, row)
			if err != nil {
				s.notes.add("name", row.Subject, "it is not a job of stage %s: %s", workload, err)
				odd = append(odd, row.Subject)
				continue
			}
			due = append(due, d)
		}
		if len(odd) == 0 {
			return due, nil
		}
		if err := s.in(ctx, "taking out what is not a job", func(q *db.Queries) error { return q.DiscardDue(ctx, odd) }); err != nil {
			return due, err
		}
	}
}

func candidate(workload policy.WorkloadID, row db.CandidatesRow) (policy.Due, error) {
	name, err := messages.ParseName(row.Subject)
	if err != nil {
		return policy.Due{}, err
	}
	d := policy.Due{Name: name, Workload: workload, Rank: row.Rank}
	if row.Params != "" {
		if err := json.Unmarshal([]byte(row.Params), &d.Params); err != nil {
			return policy.Due{}, fmt.Errorf("reading its parameters: %w", err)
		}
	}
	return d, nil
}

// ReadyWorkloads tells which workloads have something due in ops.due.
func (s Due) ReadyWorkloads(ctx context.Context) (map[policy.WorkloadID]bool, error) {
	ids := make([]string, len(policy.Workloads))
	for i, workload := range policy.Workloads {
		ids[i] = string(workload.ID)
	}
	rows, err := s.q.ReadyStages(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("reading which stages have something due: %w", err)
	}
	ready := make(map[policy.WorkloadID]bool, len(rows))
	for _, id := range rows {
		ready[policy.WorkloadID(id)] = true
	}
	return ready, nil
}

// Held tells which of the names are not to be planned yet because they died.
func (s Due) Held(ctx context.Context, names []messages.Name, now time.Time) (map[string]bool, error) {
	if len(names) == 0 {
		return nil, nil
	}
	p := db.HeldNamesParams{Now: now}
	for _, name := range names {
		p.Names = append(p.Names, name.String())
	}
	held, err := s.q.HeldNames(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("reading dead names: %w", err)
	}
	return set(held), nil
}

// Ready counts the calls of each workload in ops.due that are due and can be asked
// for: neither outstanding nor dead.
func (s Due) Ready(ctx context.Context, now time.Time) (map[policy.WorkloadID]int, error) {
	return countReady(ctx, s.q, now)
}

func countReady(ctx context.Context, q *db.Queries, now time.Time) (map[policy.WorkloadID]int, error) {
	rows, err := q.ReadyByStage(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("counting what is due: %w", err)
	}
	counts := make(map[policy.WorkloadID]int, len(rows))
	for _, row := range rows {
		counts[policy.WorkloadID(row.Stage)] = int(row.Calls)
	}
	return counts, nil
}

// Unfinished reports whether entities are dirty or the loader has titles to derive.
func (s Due) Unfinished(ctx context.Context) (bool, error) {
	dirty, err := s.q.AnyMark(ctx)
	if err != nil {
		return false, fmt.Errorf("reading whether entities are dirty: %w", err)
	}
	deriving, err := s.q.Deriving(ctx)
	if err != nil {
		return false, fmt.Errorf("reading whether titles are to be derived: %w", err)
	}
	return dirty || deriving, nil
}

func set(names []string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, name := range names {
		m[name] = true
	}
	return m
}
