package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/cledit/pipeline/sim/audit"
)

// Key is what was spent of one key on the current day, by its fingerprint.
type Key struct {
	Source      string `json:"source"`
	Fingerprint string `json:"fingerprint"`
	Calls       int64  `json:"calls"` // as the source counted them in this run
	Limit       int64  `json:"limit"` // calls a day; 0 for none
}

// Limit is a rate limit and how close the run came to it, as the source measured.
type Limit struct {
	Source     string `json:"source"`
	Rate       string `json:"rate"`
	Peak       int    `json:"peak"` // most requests in any window
	Violations int64  `json:"violations"`
}

// Summary is what a run ends with.
type Summary struct {
	Checks   []audit.Check `json:"checks"`
	Keys     []Key         `json:"keys"`
	Limits   []Limit       `json:"limits"`
	Planned  int64         `json:"planned"` // jobs of this run
	Duration time.Duration `json:"duration_ns"`
	Complete bool          `json:"complete"`
	Look     []Look        `json:"look"`
}

// Look is a way to go on.
type Look struct {
	What    string `json:"what"`
	Command string `json:"command"`
}

// WriteJSON writes the summary for a script.
func (s Summary) WriteJSON(out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		return fmt.Errorf("writing the summary: %w", err)
	}
	return nil
}

// Write writes the summary for a person.
func (s Summary) Write(out io.Writer) {
	s.tables(out)
	s.calls(out)
	if s.Planned == 0 {
		fmt.Fprintf(out, "Nothing was stale: no job was planned, no call was spent. %.1f s.\n", s.Duration.Seconds())
	} else {
		fmt.Fprintf(out, "%d jobs planned and answered in %.1f s.\n", s.Planned, s.Duration.Seconds())
	}
	if !s.Complete {
		fmt.Fprintln(out, "\nNOT COMPLETE: see the rows marked ✗.")
	}
	if len(s.Look) > 0 {
		fmt.Fprintln(out, "\nLook further:")
		for _, look := range s.Look {
			fmt.Fprintf(out, "  %-24s %s\n", look.What, look.Command)
		}
	}
}

func (s Summary) tables(out io.Writer) {
	t := newTable(out)
	t.AppendHeader(table.Row{"layer", "what landed", "rows", "the source has", ""})
	layer := ""
	for _, c := range s.Checks {
		if layer != "" && c.Layer != layer {
			t.AppendSeparator()
		}
		layer = c.Layer
		source, mark := "", "✓"
		if c.Source != nil {
			source = fmt.Sprint(*c.Source)
		}
		if !c.OK {
			mark = "✗"
		}
		t.AppendRow(table.Row{c.Layer, c.What, c.Landed, source, mark})
	}
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 1, AutoMerge: true}, {Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight},
	})
	t.Render()
}

func (s Summary) calls(out io.Writer) {
	if len(s.Keys) == 0 {
		return
	}
	limits := map[string]Limit{}
	for _, l := range s.Limits {
		limits[l.Source] = l
	}
	t := newTable(out)
	t.AppendHeader(table.Row{"source", "key", "calls", "per day", "rate limit", "peak", "violations"})
	for _, k := range s.Keys {
		perDay, l := "", limits[k.Source]
		if k.Limit > 0 {
			perDay = fmt.Sprint(k.Limit)
		}
		t.AppendRow(table.Row{k.Source, k.Fingerprint, k.Calls, perDay, l.Rate, l.Peak, l.Violations})
	}
	t.Render()
}

func newTable(out io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleRounded)
	t.Style().Format.Header = text.FormatDefault
	return t
}
