package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/services/planner/freshness"
)

// Print writes the overview for a person, or as JSON.
func (v Overview) Print(w io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(v)
	}
	width := screen.Width(w)
	parts := []string{v.sentences(), v.sets(width)}
	if len(v.Workloads) > 0 {
		parts = append(parts, v.work(width))
	}
	parts = append(parts, v.problems())
	_, err := fmt.Fprintln(w, screen.Fold(strings.Join(parts, "\n\n"), width))
	return err
}

func (v Overview) sentences() string {
	var lines []string
	if v.Planner != nil {
		lines = append(lines, English(*v.Planner, v.At))
	}
	for _, s := range v.Sources {
		lines = append(lines, fmt.Sprintf("%s: %s", source(s.Source), English(s.Why, v.At)))
	}
	return strings.Join(lines, "\n")
}

func (v Overview) sets(width int) string {
	t := screen.NewTable(width, "Data", "data set", "is", "landed", "deadline", "overdue").Whole(1)
	for _, s := range v.Datasets {
		word := string(s.Word)
		if s.Word == freshness.Waiting && s.Until != nil {
			word += " until " + clock(s.Until, v.At)
		}
		t.Add(string(s.Set), word, optional(s.LandedAt, v.At), optional(s.Deadline, v.At), overdue(s.OverdueSeconds))
	}
	return t.Render()
}

func (v Overview) work(width int) string {
	t := screen.NewTable(width, "Work", "stage", "due", "outstanding", "done").Whole(1)
	for _, w := range v.Workloads {
		done := "never: daily work takes all calls"
		if w.DoneAt != nil {
			done = finish(*w.DoneAt, w.DoneAt.Sub(v.At))
		}
		t.Add(w.Workload, w.Due, w.Outstanding, done)
	}
	return t.Render()
}

func (v Overview) problems() string {
	if len(v.Problems) == 0 {
		return "No open problems."
	}
	lines := []string{"Open problems:"}
	for _, p := range v.Problems {
		line := "- " + strings.ReplaceAll(p.Code, "-", " ")
		if p.Source != "" {
			line += " (" + source(p.Source) + ")"
		}
		if p.Count > 1 {
			line += fmt.Sprintf(": %d", p.Count)
		}
		if p.Detail != "" {
			line += ": " + p.Detail
		}
		lines = append(lines, line+"; see "+p.Runbook)
	}
	return strings.Join(lines, "\n")
}

func optional(t *time.Time, now time.Time) string {
	if t == nil {
		return ""
	}
	return clock(t, now)
}

func overdue(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return (time.Duration(seconds) * time.Second).Round(time.Minute).String()
}
