package report

import (
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

// Stage is one step of the flow and how far it is.
type Stage struct {
	Name  string
	Done  int64
	Total int64 // what is known to be due; it grows while the source is read
}

// Progress shows the stages while they move.
type Progress interface {
	// Show takes the state of all stages, always the same ones in the same order.
	Show(stages []Stage)
	// Close ends the display and leaves the last state readable.
	Close()
}

// NewProgress draws bars where out is a terminal; elsewhere it writes a line for
// each stage that moved, so that a log of a run can be read.
func NewProgress(out io.Writer, terminal bool, now func() time.Time) Progress {
	if !terminal {
		return &lines{out: out, now: now, start: now()}
	}
	w := progress.NewWriter()
	w.SetOutputWriter(out)
	w.SetAutoStop(false)
	w.SetStyle(progress.StyleBlocks)
	w.Style().Visibility.ETA = false
	w.Style().Visibility.Speed = true
	w.SetTrackerLength(30)
	w.SetUpdateFrequency(redraw)
	b := &bars{writer: w, rendered: make(chan struct{})}
	go func() {
		w.Render()
		close(b.rendered)
	}()
	return b
}

// redraw is how often the bars are drawn.
const redraw = 200 * time.Millisecond

// bars is the display on a terminal.
type bars struct {
	writer   progress.Writer
	trackers []*progress.Tracker
	rendered chan struct{} // closed when the last state is drawn
}

func (b *bars) Show(stages []Stage) {
	for i, stage := range stages {
		if i == len(b.trackers) {
			tracker := &progress.Tracker{Message: fmt.Sprintf("%-9s", stage.Name), Units: progress.UnitsDefault}
			b.trackers = append(b.trackers, tracker)
			b.writer.AppendTracker(tracker)
		}
		// A tracker that reaches its total is done for good, and a stage may
		// still grow: the last unit is held back until Close.
		b.trackers[i].UpdateTotal(max(stage.Total, stage.Done) + 1)
		b.trackers[i].SetValue(stage.Done)
	}
}

func (b *bars) Close() {
	for _, tracker := range b.trackers {
		tracker.UpdateTotal(max(tracker.Value(), 1))
		tracker.MarkAsDone()
	}
	for { // a stop before the first drawing is not heard
		b.writer.Stop()
		select {
		case <-b.rendered:
			return
		case <-time.After(redraw):
		}
	}
}

// lineEvery is how often a log is told of the stages that moved.
const lineEvery = 5 * time.Second

// lines is the display for everything that is not a terminal.
type lines struct {
	out   io.Writer
	now   func() time.Time
	start time.Time
	told  time.Time
	last  []Stage
	shown []Stage
}

func (l *lines) Show(stages []Stage) {
	l.last = append(l.last[:0], stages...)
	if now := l.now(); now.Sub(l.told) >= lineEvery {
		l.told = now
		l.tell()
	}
}

// Close tells how the stages ended.
func (l *lines) Close() { l.tell() }

func (l *lines) tell() {
	for i, stage := range l.last {
		if i < len(l.shown) && l.shown[i] == stage {
			continue
		}
		fmt.Fprintf(l.out, "%6.1fs  %-9s %d of %d\n", l.now().Sub(l.start).Seconds(), stage.Name, stage.Done, max(stage.Total, stage.Done))
	}
	l.shown = append(l.shown[:0], l.last...)
}
