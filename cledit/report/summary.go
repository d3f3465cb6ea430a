package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/cledit/pipeline/pkg/screen"
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
	var calls int64
	for _, key := range s.Keys {
		calls += key.Calls
	}
	switch {
	case s.Planned == 0 && calls == 0:
		fmt.Fprintf(out, "Nothing was stale: no job was planned, no call was spent. %.1f s.\n", s.Duration.Seconds())
	case s.Planned == 0:
		fmt.Fprintf(
			out, "Nothing was stale: no job was planned; %d calls answered what an earlier run had left. %.1f s.\n", calls,
			s.Duration.Seconds(),
		)
	default:
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
	t := screen.NewTable(screen.Width(out), "", "layer", "what landed", "rows", "source has", "").Merge(1).Right(3, 4)
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
		t.Add(c.Layer, c.What, c.Landed, source, mark)
	}
	fmt.Fprintln(out, t.Render())
}

func (s Summary) calls(out io.Writer) {
	if len(s.Keys) == 0 {
		return
	}
	t := screen.NewTable(screen.Width(out), "", "source", "key", "calls", "per day").Right(3, 4)
	for _, k := range s.Keys {
		perDay := ""
		if k.Limit > 0 {
			perDay = fmt.Sprint(k.Limit)
		}
		t.Add(k.Source, k.Fingerprint, k.Calls, perDay)
	}
	fmt.Fprintln(out, t.Render())
	for _, l := range s.Limits {
		fmt.Fprintf(out, "%s allows %s of all keys together: at most %d were made, over it %d times.\n", l.Source, l.Rate, l.Peak, l.Violations)
	}
	fmt.Fprintln(out, "The limits are the real ones but for the rates, which a demonstration hurries.")
}
