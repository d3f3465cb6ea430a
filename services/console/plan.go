package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/services/console/internal/db"
	"github.com/cledit/pipeline/services/console/lang"
)

// How far back the plan shows, and how many calls a key of KOBIS has on a day where
// nothing else is asked for.
const (
	daysShown    = 28
	historyShown = 14 * 24 * time.Hour
	callsOfAKey  = 3000
	mostKeys     = 1000
)

// planBody is what will be called, and until when.
type planBody struct {
	Planner   string
	Sources   []sourceLine
	Workloads []workload
	Days      heat
	History   []chart
	Years     []yearLine
	WhatIf    whatIf
}

// whatIf answers how long KOBIS takes with another number of keys.
type whatIf struct {
	Keys, PerKey, Calls, Days int
}

// heat is calls by day and stage.
type heat struct {
	Days   []time.Time
	Stages []heatRow
}

type heatRow struct {
	Stage string
	Total int64
	Cells []heatCell
}

type heatCell struct {
	Calls int64
	Level int // 0 to 9
}

// chart is a line of what was, drawn here, with the figures behind it.
type chart struct {
	Source, Figure string
	Points         string // of a polyline
	Low, High      string
	From, To       time.Time
	Rows           []chartRow
}

type chartRow struct {
	At    time.Time
	Value string
}

// yearLine is what is known of the films of a year.
type yearLine struct {
	Scope, Year, Phase, Evidence string
	Known, Total                 int32
}

func (s *pages) planPage(r *http.Request, p *page) (any, error) {
	ctx := r.Context()
	o, err := s.readStatus(ctx, p.Now)
	if err != nil {
		return nil, err
	}
	first := facts{status: o}.body(p.L, p.Now)
	b := planBody{Planner: first.Planner, Sources: first.Sources, Workloads: o.Workloads}
	if b.WhatIf, err = whatIfOf(r, o); err != nil {
		return nil, err
	}
	calls, err := s.db.DailyCalls(ctx, p.Now.In(lang.Seoul).AddDate(0, 0, -daysShown))
	if err != nil {
		return nil, fmt.Errorf("reading the calls of days: %w", err)
	}
	b.Days = heatOf(calls)
	past, err := s.db.History(ctx, p.Now.Add(-historyShown))
	if err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	b.History = charts(past)
	b.Years, err = s.years(ctx)
	return b, err
}

// years are the parts of KOBIS' list, and how far each is read.
func (s *pages) years(ctx context.Context) (list []yearLine, err error) {
	windows, err := s.db.Windows(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the windows: %w", err)
	}
	for _, window := range windows {
		_, year, _ := strings.Cut(window.Scope, "-")
		list = append(list, yearLine{window.Scope, year, window.Phase, window.Evidence, window.Known, window.Total})
	}
	return list, nil
}

func whatIfOf(r *http.Request, o overview) (v whatIf, err error) {
	keys, err := number(r, "keys", int32(1))
	if err != nil {
		return v, err
	}
	perKey, err := number(r, "per-key", int32(callsOfAKey))
	if err != nil {
		return v, err
	}
	v.Keys, v.PerKey = min(max(1, int(keys)), mostKeys), max(1, int(perKey))
	for _, load := range o.Workloads {
		if load.Source == "kobis" {
			v.Calls += load.Due + load.Outstanding
		}
	}
	v.Days = (v.Calls + v.Keys*v.PerKey - 1) / (v.Keys * v.PerKey)
	return v, nil
}

const heatLevels = 9

func heatOf(calls []db.DailyCallsRow) (h heat) {
	byStage := map[string]map[time.Time]int64{}
	var highest int64
	for _, c := range calls {
		if !slices.Contains(h.Days, c.Day) {
			h.Days = append(h.Days, c.Day)
		}
		if byStage[c.Stage] == nil {
			byStage[c.Stage] = map[time.Time]int64{}
		}
		byStage[c.Stage][c.Day] = c.Planned
		highest = max(highest, c.Planned)
	}
	for stage, days := range byStage {
		row := heatRow{Stage: stage}
		for _, day := range h.Days {
			cell := heatCell{Calls: days[day]}
			if cell.Calls > 0 {
				cell.Level = 1 + int((heatLevels-1)*cell.Calls/highest)
			}
			row.Total += cell.Calls
			row.Cells = append(row.Cells, cell)
		}
		h.Stages = append(h.Stages, row)
	}
	slices.SortFunc(h.Stages, func(a, b heatRow) int { return strings.Compare(a.Stage, b.Stage) })
	return h
}

// charts are two lines a source: what is due, and when that would have been called.
func charts(past []db.HistoryRow) (list []chart) {
	for len(past) > 0 {
		n := slices.IndexFunc(past, func(h db.HistoryRow) bool { return h.Source != past[0].Source })
		if n < 0 {
			n = len(past)
		}
		of := past[:n]
		past = past[n:]
		list = append(list, chartOf(of, "due", func(h db.HistoryRow) (float64, string, bool) {
			return float64(h.Due), lang.Number(h.Due), true
		}))
		ends := chartOf(of, "done-at", func(h db.HistoryRow) (float64, string, bool) {
			if h.DoneAt == nil {
				return 0, "", false
			}
			return float64(h.DoneAt.Unix()), h.DoneAt.In(lang.Seoul).Format("2006-01-02 15:04"), true
		})
		if len(ends.Rows) > 1 {
			list = append(list, ends)
		}
	}
	return list
}

// The size of a chart, in units of its own.
const (
	chartWidth  = 600
	chartHeight = 80
	chartRows   = 48 // of the table behind it
)

func chartOf(past []db.HistoryRow, figure string, value func(db.HistoryRow) (float64, string, bool)) chart {
	c := chart{Source: past[0].Source, Figure: figure, From: past[0].At, To: past[len(past)-1].At}
	var values []float64
	var times []time.Time
	for _, h := range past {
		v, text, ok := value(h)
		if !ok {
			continue
		}
		values, times = append(values, v), append(times, h.At)
		c.Rows = append(c.Rows, chartRow{h.At, text})
	}
	if len(values) == 0 {
		return c
	}
	low, high := slices.Index(values, slices.Min(values)), slices.Index(values, slices.Max(values))
	c.Low, c.High = c.Rows[low].Value, c.Rows[high].Value
	c.draw(times, values)
	slices.Reverse(c.Rows)
	c.Rows = c.Rows[:min(len(c.Rows), chartRows)]
	return c
}

// draw makes the line of the values, the lowest at its foot.
func (c *chart) draw(times []time.Time, values []float64) {
	var points strings.Builder
	low := slices.Min(values)
	span, rise := max(1, c.To.Sub(c.From).Seconds()), max(1, slices.Max(values)-low)
	for i, v := range values {
		x := chartWidth * times[i].Sub(c.From).Seconds() / span
		y := chartHeight - chartHeight*(v-low)/rise
		fmt.Fprintf(&points, "%s,%s ", strconv.FormatFloat(x, 'f', 1, 64), strconv.FormatFloat(y, 'f', 1, 64))
	}
	c.Points = strings.TrimSpace(points.String())
}

// runsBody is the runs, and the days of box office.
type runsBody struct {
	Prefix string
	Runs   []db.RunsRow
	Days   []db.BoxOfficeDaysRow
}

func (s *pages) runsPage(r *http.Request, p *page) (any, error) {
	b := runsBody{Prefix: r.URL.Query().Get("run")}
	var err error
	if b.Runs, err = s.db.Runs(r.Context(), b.Prefix); err != nil {
		return nil, fmt.Errorf("listing the runs: %w", err)
	}
	b.Days, err = s.db.BoxOfficeDays(r.Context(), p.Now.In(lang.Seoul).AddDate(0, 0, -daysShown))
	if err != nil {
		return nil, fmt.Errorf("listing the days of box office: %w", err)
	}
	return b, nil
}
