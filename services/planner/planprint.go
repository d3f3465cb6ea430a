package planner

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	// windowsShown is how many windows are listed for a person; the rest is counted.
	windowsShown = 12
	// daysShown is how many bars the chart has at most.
	daysShown = 20
	barWidth  = 40
)

// print writes the report as JSON, or as tables and a chart.
func (r Report) print(w io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	parts := []string{r.heading(), r.supplyTable(), r.windowTable(), r.stageTable(), r.nextTable(), r.chart()}
	_, err := fmt.Fprintln(w, strings.Join(parts, "\n\n"))
	return err
}

func (r Report) heading() string {
	line := fmt.Sprintf("Plan of %s. The catalogue: %d films known, %d claimed, %d of %d windows complete.",
		r.At.In(Seoul).Format("2006-01-02 15:04 MST"), r.Catalogue.Films, r.Catalogue.Claimed, r.Catalogue.Complete, r.Catalogue.Windows)
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
		if i == pagesTold {
			lines = append(lines, fmt.Sprintf("And %d more pages are missing.", len(r.Missing)-i))
			break
		}
		lines = append(lines, fmt.Sprintf("Missing: %s, which died (%s); asked for again from %s on.",
			page.Page, page.Reason, page.RetryAt.In(Seoul).Format("2006-01-02 15:04")))
	}
	return strings.Join(lines, "\n")
}

func newTable(title string, header ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.SetTitle(title)
	t.AppendHeader(header)
	return t
}

func (r Report) supplyTable() string {
	t := newTable("Sources", "source", "keys", "calls a day", "left today", "rate", "daily work")
	for _, s := range r.Supplies {
		keys := fmt.Sprint(s.Keys)
		if !s.Registered {
			keys += " (assumed)"
		}
		perDay, today := "no limit", "no limit"
		if s.PerDay > 0 {
			perDay, today = fmt.Sprint(s.PerDay), fmt.Sprint(s.Today)
		}
		t.AppendRow(table.Row{s.Source, keys, perDay, today, s.Rate, fmt.Sprintf("%.0f", s.DailyWork)})
	}
	return t.Render()
}

func (r Report) windowTable() string {
	t := newTable("Windows of the catalogue", "window", "phase", "known", "claimed", "evidence")
	hidden := 0
	for i, w := range r.Windows {
		if i >= windowsShown && w.Phase == "complete" && w.Known == w.Total {
			hidden++
			continue
		}
		t.AppendRow(table.Row{w.Scope, w.Phase, w.Known, w.Total, w.Evidence})
	}
	if hidden > 0 {
		t.AppendFooter(table.Row{"", "", "", "", fmt.Sprintf("and %d more that add up", hidden)})
	}
	return t.Render()
}

func (r Report) stageTable() string {
	t := newTable("Work, best first", "stage", "due", "outstanding", "calls left", "done", "why")
	for _, s := range r.Stages {
		done := ""
		if s.Calls > 0 {
			done = "never: daily work takes all calls"
			if s.DoneAt != nil {
				done = fmt.Sprintf("%s (%s)", s.DoneAt.In(Seoul).Format("2006-01-02 15:04"), rough(s.DoneAt.Sub(r.At)))
			}
		}
		t.AppendRow(table.Row{s.Stage, s.Due, s.Outstanding, s.Calls, done, s.Why})
	}
	return t.Render()
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

func (r Report) nextTable() string {
	if len(r.Next) == 0 {
		return "Nothing would be called now."
	}
	t := newTable("Next calls", "call", "stage", "why")
	for _, c := range r.Next {
		t.AppendRow(table.Row{c.Name, c.Stage, c.Why})
	}
	return t.Render()
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
