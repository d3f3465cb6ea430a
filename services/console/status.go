package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/console/internal/db"
	"github.com/cledit/pipeline/services/console/lang"
)

// overview is what the leading planner wrote last, ops.status. Unknown fields are of a
// newer planner, and are left alone.
type overview struct {
	At        time.Time  `json:"at"`
	Planner   *reason    `json:"planner"`
	Sources   []source   `json:"sources"`
	Datasets  []dataset  `json:"datasets"`
	Workloads []workload `json:"workloads"`
	Problems  []problem  `json:"problems"`
	Backlog   int        `json:"backlog"`
}

type source struct {
	Source      string     `json:"source"`
	Why         reason     `json:"why"`
	Left        *int       `json:"left"`
	ResetAt     *time.Time `json:"reset_at"`
	Outstanding int        `json:"outstanding"`
	Due         int        `json:"due"`
}

type dataset struct {
	Set            string     `json:"dataset"`
	Word           string     `json:"word"`
	OverdueSeconds int64      `json:"overdue_seconds"`
	LandedAt       *time.Time `json:"landed_at"`
	Deadline       *time.Time `json:"deadline"`
	Until          *time.Time `json:"until"`
}

type workload struct {
	Stage       string     `json:"stage"`
	Source      string     `json:"source"`
	Due         int        `json:"due"`
	Outstanding int        `json:"outstanding"`
	DoneAt      *time.Time `json:"done_at"`
}

type problem struct {
	Code    string `json:"code"`
	Source  string `json:"source"`
	Count   int    `json:"count"`
	Detail  string `json:"detail"`
	Runbook string `json:"runbook"`
}

// reason is why a source does what it does; its codes are the planner's.
type reason struct {
	Code      string     `json:"code"`
	Source    string     `json:"source"`
	Calls     int        `json:"calls"`
	Out       int        `json:"out"`
	Limit     int        `json:"limit"`
	Kept      int        `json:"kept"`
	Page      int        `json:"page"`
	Pages     int        `json:"pages"`
	PerSecond float64    `json:"per_second"`
	Since     *time.Time `json:"since"`
	Until     *time.Time `json:"until"`
	Detail    string     `json:"detail"`
	Next      []struct {
		What string    `json:"what"`
		At   time.Time `json:"at"`
	} `json:"next"`
}

// What the console says otherwise than the planner words it.
const (
	codeNoLeader   = "no-leader"
	codeNothingDue = "nothing-due"
)

// leadLostAfter is how old a status may be before nobody is believed to lead: at rest
// it is written every ten seconds.
const leadLostAfter = time.Minute

// readStatus reads the status; without one, or with an old one, nobody leads.
func (s *pages) readStatus(ctx context.Context, now time.Time) (o overview, err error) {
	row, err := s.db.Status(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return overview{At: now, Planner: &reason{Code: codeNoLeader}}, nil
	}
	if err != nil {
		return o, fmt.Errorf("reading ops.status: %w", err)
	}
	return parseStatus(row, now)
}

func parseStatus(row db.StatusRow, now time.Time) (o overview, err error) {
	if err := json.Unmarshal(row.Body, &o); err != nil {
		return o, fmt.Errorf("reading the status of %s: %w", row.At.Format(time.RFC3339), err)
	}
	if now.Sub(row.At) > leadLostAfter {
		o.Planner = &reason{Code: codeNoLeader, Since: &row.At}
	}
	return o, nil
}

func (o overview) due() (n int) {
	for _, w := range o.Workloads {
		n += w.Due
	}
	return n
}

func (o overview) outstanding() (n int) {
	for _, s := range o.Sources {
		n += s.Outstanding
	}
	return n
}

// sentence says a reason.
func sentence(l *lang.Language, r reason, now time.Time) string {
	key := "why." + r.Code
	switch {
	case !l.Has(key): // of a newer planner
		return r.Code
	case r.Code == codeNoLeader && r.Since == nil:
		return l.T("why.no-leader.never")
	case r.Code == codeNothingDue:
		return l.T(key) + upcoming(l, r, now)
	}
	return l.T(key, r.arguments(l, now)...)
}

// arguments are what the sentence of a reason has places for.
func (r reason) arguments(l *lang.Language, now time.Time) []any {
	at := func(t *time.Time) string {
		if t == nil {
			return l.T("unknown-time")
		}
		return lang.Clock(*t, now)
	}
	name := l.Or("source.", r.Source)
	switch r.Code {
	case codeNoLeader:
		return []any{at(r.Since)}
	case "nats-away", "tick-fails":
		return []any{at(r.Since), r.Detail}
	case "spent":
		if r.Until == nil {
			return []any{r.Calls, l.T("unknown-time")}
		}
		return []any{r.Calls, l.T("in", r.Until.Sub(now))}
	case "after-catalogue":
		return []any{r.Calls, r.Page, r.Pages}
	case "kept-back":
		return []any{r.Kept, r.Calls}
	case "working":
		return []any{r.Out, r.Calls}
	case "blocked":
		return []any{r.Calls, r.Limit}
	case "high-water":
		return []any{r.Calls, name, fmt.Sprintf("%.3g", r.PerSecond)}
	}
	return []any{name, r.Calls, at(r.Until), r.Detail}
}

// upcoming says what is called next, and when.
func upcoming(l *lang.Language, r reason, now time.Time) string {
	if len(r.Next) == 0 {
		return ""
	}
	calls := make([]string, len(r.Next))
	for i, next := range r.Next {
		calls[i] = l.T("next.at", l.Or("next.", next.What), lang.Clock(next.At, now))
	}
	return " " + l.T("next") + " " + strings.Join(calls, ", ")
}
