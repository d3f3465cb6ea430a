package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/screen"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

const (
	// windowsShown is how many windows are listed for a person; the rest is counted.
	windowsShown = 12
	// daysShown is how many bars the chart has at most.
	daysShown = 20
	barWidth  = 40
)

// Print writes the report as JSON, or as tables and a chart.
func (r Report) Print(w io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	width := screen.Width(w)
	parts := []string{r.heading(), r.supplyTable(width), r.windowTable(width), r.workloadTable(width), r.nextTable(width), r.chart()}
	_, err := fmt.Fprintln(w, screen.Fold(strings.Join(parts, "\n\n"), width))
	return err
}

func (r Report) heading() string {
	line := fmt.Sprintf("Plan of %s.\nThe catalogue: %d films known, %d claimed, %d of %d windows complete.",
		r.At.In(policy.Seoul).Format("2006-01-02 15:04 MST"), r.Catalogue.Films, r.Catalogue.Claimed, r.Catalogue.Complete, r.Catalogue.Windows)
	if r.Blocked != "" {
		line += "\nNothing is published for now: " + r.Blocked + "."
	}
	if r.Unread > 0 {
		line += fmt.Sprintf("\n%d entities have changed since a planner last looked; they are not counted.", r.Unread)
	}
	lines := []string{line}
	for _, problem := range r.Problems {
		lines = append(lines, "Left out: "+problem+".")
	}
	for i, page := range r.Missing {
		if i == tick.PagesShown {
			lines = append(lines, fmt.Sprintf("And %d more pages are missing.", len(r.Missing)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("Missing: %s, which died (%s); asked for again from %s on.",
			page.Page, page.Reason, page.RetryAt.In(policy.Seoul).Format("2006-01-02 15:04")))
	}
	return strings.Join(lines, "\n")
}

func (r Report) supplyTable(width int) string {
	t := screen.NewTable(width, "Sources", "source", "keys", "calls a day", "left today", "rate", "daily work")
	var lines []string
	for _, s := range r.Supplies {
		keys := fmt.Sprint(s.Keys)
		if !s.Registered {
			keys += " (assumed)"
		}
		perDay, today := "no limit", "no limit"
		if s.PerDay > 0 {
			perDay, today = fmt.Sprint(s.PerDay), fmt.Sprint(s.Today)
		}
		t.Add(s.Source, keys, perDay, today, s.Rate, fmt.Sprintf("%.0f", s.DailyWork))
		lines = append(lines, s.lines()...)
	}
	return strings.Join(append([]string{t.Render()}, lines...), "\n")
}

// lines say what is wrong with a source.
func (s SupplyReport) lines() (lines []string) {
	if s.Trouble != "" {
		lines = append(lines, fmt.Sprintf("%s is %s. The times below hold once it answers.", s.Source, s.Trouble))
	}
	if len(s.Refused) > 0 {
		lines = append(
			lines,
			fmt.Sprintf("%s refuses the key %s; `fetcher-%s enable` has it used again.", s.Source, strings.Join(s.Refused, " and "), s.Source),
		)
	}
	return lines
}

func (r Report) windowTable(width int) string {
	t := screen.NewTable(width, "Windows of the catalogue", "window", "phase", "known", "claimed", "evidence")
	hidden := 0
	for i, w := range r.Windows {
		if i >= windowsShown && w.Phase == "complete" && w.Known == w.Total {
			hidden++
			continue
		}
		t.Add(w.Scope, w.Phase, w.Known, w.Total, w.Evidence)
	}
	if hidden > 0 {
		t.AddFooter("", "", "", "", fmt.Sprintf("and %d more that add up", hidden))
	}
	return t.Render()
}

// workloadTable shows the work, and below it what the workloads are that have some.
func (r Report) workloadTable(width int) string {
	t := screen.NewTable(width, "Work, best first", "stage", "due", "outstanding", "calls left", "done").Whole(1)
	var whys []string
	for _, s := range r.Workloads {
		done := ""
		if s.Calls > 0 {
			done = "never: daily work takes all calls"
			if s.DoneAt != nil {
				done = finish(*s.DoneAt, s.DoneAt.Sub(r.At))
			}
			whys = append(whys, fmt.Sprintf("%s: %s", s.Workload, s.Why))
		}
		t.Add(s.Workload, s.Due, s.Outstanding, s.Calls, done)
	}
	return strings.Join(append([]string{t.Render()}, whys...), "\n")
}

// finish is a time as exactly as it can be told.
func finish(at time.Time, left time.Duration) string {
	layout := "2006-01-02 15:04"
	if left >= 48*time.Hour {
		layout = time.DateOnly
	}
	return fmt.Sprintf("%s (%s)", at.In(policy.Seoul).Format(layout), rough(left))
}

func rough(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "within a minute"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

func (r Report) nextTable(width int) string {
	var lines []string
	for _, s := range r.Supplies {
		if s.Waits != "" {
			lines = append(lines, fmt.Sprintf("Nothing of %s would be called now: %s.", s.Source, s.Waits))
		}
	}
	if len(r.Next) == 0 {
		return strings.Join(append([]string{"Nothing would be called now."}, lines...), "\n")
	}
	t := screen.NewTable(width, "Next calls", "call", "stage", "why").Whole(1)
	for _, c := range r.Next {
		t.Add(c.Name, c.Workload, c.Why)
	}
	return strings.Join(append([]string{t.Render()}, lines...), "\n")
}

// chart shows the days that the first load still takes, each bar a group of them
// when there are many.
func (r Report) chart() string {
	if len(r.Days) == 0 {
		return "KOBIS has nothing left but daily work."
	}
	group := (len(r.Days) + daysShown - 1) / daysShown
	most := 1
	for _, day := range r.Days {
		most = max(most, day.Daily+day.Load)
	}
	lines := []string{fmt.Sprintf("Calls to KOBIS a day, until only daily work is left (%d days; # daily work, = the rest)", len(r.Days))}
	for i := 0; i < len(r.Days); i += group {
		days := r.Days[i:min(i+group, len(r.Days))]
		daily, load := 0, 0
		for _, day := range days {
			daily, load = daily+day.Daily, load+day.Load
		}
		daily, load = daily/len(days), load/len(days)
		bar := strings.Repeat("#", daily*barWidth/most) + strings.Repeat("=", load*barWidth/most)
		lines = append(lines, fmt.Sprintf("%s  %-*s %d", days[0].Date, barWidth, bar, daily+load))
	}
	return strings.Join(lines, "\n")
}
