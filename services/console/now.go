package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/cledit/pipeline/pkg/redact"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/console/internal/db"
	"github.com/cledit/pipeline/services/console/lang"
)

// most is how far things are counted that may be many.
const most = 10_000

// facts are what the first page tells.
type facts struct {
	status  overview
	titles  db.TitlesRow
	marks   db.MarksRow
	changed int64 // titles, in the last hour
	letters int64
	review  int64
	streams streamsView
	away    error // of NATS
}

// nowBody is the first page.
type nowBody struct {
	Planner  string // what keeps the planner as a whole
	Sources  []sourceLine
	Datasets []datasetLine
	Flow     []step
	Problems []problemLine
	Away     string // why the streams can't be told
	At       time.Time
}

type sourceLine struct {
	Source, Sentence string
	Left             *int
	ResetAt          *time.Time
	Out, Due         int
	Code             string
}

// LeftNumber is the calls that are left.
func (s sourceLine) LeftNumber() int { return deref(s.Left) }

// ResetTime is when they are renewed.
func (s sourceLine) ResetTime() time.Time { return deref(s.ResetAt) }

// datasetLine is how fresh a set of data is.
type datasetLine struct {
	dataset
	Class string // of the word
	Note  string
}

// step is a place of the flow.
type step struct {
	Key   string
	Count string
	Note  string
	Link  string
}

// problemLine is something that somebody can act on, worst first.
type problemLine struct {
	Text, Detail, Link, Runbook string
	Severe                      bool
}

func (s *pages) nowPage(r *http.Request, p *page) (any, error) {
	p.Paused = r.URL.Query().Get("live") == "off"
	f, err := s.readNow(r.Context(), p.Now)
	if err != nil {
		return nil, err
	}
	return f.body(p.L, p.Now), nil
}

func (s *pages) readNow(ctx context.Context, now time.Time) (f facts, err error) {
	if f.status, err = s.readStatus(ctx, now); err != nil {
		return f, err
	}
	if f.titles, err = s.db.Titles(ctx); err != nil {
		return f, fmt.Errorf("counting titles: %w", err)
	}
	if f.marks, err = s.db.Marks(ctx); err != nil {
		return f, fmt.Errorf("counting marks: %w", err)
	}
	if f.changed, err = s.db.Changed(ctx, now.Add(-time.Hour)); err != nil {
		return f, fmt.Errorf("counting changed titles: %w", err)
	}
	if f.letters, err = s.db.OpenLetters(ctx); err != nil {
		return f, fmt.Errorf("counting dead letters: %w", err)
	}
	if f.review, err = s.db.InReview(ctx); err != nil {
		return f, fmt.Errorf("counting matches in review: %w", err)
	}
	f.streams, f.away = s.streams.read(ctx)
	return f, nil
}

func (f facts) body(l *lang.Language, now time.Time) nowBody {
	b := nowBody{At: f.status.At}
	if f.status.Planner != nil {
		b.Planner = sentence(l, *f.status.Planner, now)
	}
	if f.away != nil {
		b.Away = redact.Process.String(f.away.Error())
	}
	for _, s := range f.status.Sources {
		b.Sources = append(b.Sources, sourceLine{s.Source, sentence(l, s.Why, now), s.Left, s.ResetAt, s.Outstanding, s.Due, s.Why.Code})
	}
	for _, d := range f.status.Datasets {
		b.Datasets = append(b.Datasets, datasetLine{d, wordClass(d.Word), d.note(l, now)})
	}
	b.Flow = f.flow(l, now)
	b.Problems = f.problems(l)
	return b
}

// wordClass is a freshness word as the name of a class.
func wordClass(word string) string {
	if word == "on time" {
		return "on-time"
	}
	return word
}

// note is a time that belongs to the word.
func (d dataset) note(l *lang.Language, now time.Time) string {
	switch {
	case d.OverdueSeconds > 0:
		return l.T("dataset.overdue", time.Duration(d.OverdueSeconds)*time.Second)
	case d.Word == "waiting" && d.Until != nil:
		return l.T("dataset.until", lang.Clock(*d.Until, now))
	case d.LandedAt != nil && d.Word == "on time":
		return l.T("dataset.landed", lang.Clock(*d.LandedAt, now))
	case d.Deadline != nil:
		return l.T("dataset.deadline", lang.Clock(*d.Deadline, now))
	}
	return ""
}

func bounded(n int64) string {
	if n > most {
		return "> " + lang.Number(int64(most))
	}
	return lang.Number(n)
}

// flow is the way of the data, with what is at each place.
func (f facts) flow(l *lang.Language, now time.Time) []step {
	age := func(at time.Time) string {
		if at.IsZero() || at.Unix() <= 0 {
			return ""
		}
		return l.T("flow.oldest", now.Sub(at))
	}
	jobs := step{Key: "jobs", Count: lang.Number(f.status.outstanding()), Link: "/calls"}
	if s, ok := f.streams.of(topology.StreamJobs); ok {
		jobs.Count = lang.Number(s.Messages)
		if s.Messages > 0 {
			jobs.Note = age(s.Oldest)
		}
	}
	titles := step{Key: "titles", Count: lang.Number(f.titles.Few), Link: "/titles", Note: l.T("flow.changed", bounded(f.changed))}
	if f.titles.Few > most {
		titles.Count = "≈ " + lang.Number(max(f.titles.Estimate, f.titles.Few))
	}
	return []step{
		{Key: "due", Count: lang.Number(f.status.due()), Link: "/plan"},
		jobs,
		{Key: "raw", Count: lang.Number(f.backlog()), Link: "/streams"},
		{Key: "marks", Count: bounded(f.marks.Marks), Link: "/marks", Note: age(f.marks.Oldest)},
		titles,
	}
}

// repository is where a runbook is read.
const repository = "https://github.com/cledit/pipeline/blob/main/"

// problems are what somebody can act on.
// backlog is how many answers wait for the loader, as JetStream or else the planner says.
func (f facts) backlog() int64 {
	for _, c := range f.streams.Consumers {
		if c.Stream == topology.StreamRaw {
			return c.Waiting + int64(c.Out)
		}
	}
	return int64(f.status.Backlog)
}

func (f facts) problems(l *lang.Language) (lines []problemLine) {
	for _, p := range f.status.Problems {
		line := problemLine{Text: l.T("problem."+p.Code, l.Or("source.", p.Source), p.Count), Detail: p.Detail, Link: "/problems", Severe: true}
		if !l.Has("problem." + p.Code) {
			line.Text = p.Code
		}
		switch p.Code {
		case "data-late":
			line.Detail = l.Or("dataset.", p.Detail)
		case "dead-letters-open":
			continue // all of them are told below
		}
		if p.Runbook != "" {
			line.Runbook = repository + p.Runbook
		}
		lines = append(lines, line)
	}
	return append(lines, f.counted(l)...)
}

// counted are the problems that are counted here, and not by the planner.
func (f facts) counted(l *lang.Language) (lines []problemLine) {
	runbook := func(anchor string) string { return repository + "docs/operations/troubleshoot.md#" + anchor }
	if f.letters > 0 {
		lines = append(lines, problemLine{
			Text: l.T("problem.letters", bounded(f.letters)), Link: "/problems", Runbook: runbook("cleditdeadlettersopen"),
		})
	}
	if f.marks.Blocked > 0 {
		lines = append(lines, problemLine{
			Text: l.T("problem.blocked", bounded(f.marks.Blocked)), Link: "/problems#blocked", Runbook: runbook("cledittitlesblocked"),
		})
	}
	if f.review > 0 {
		lines = append(lines, problemLine{Text: l.T("problem.review", bounded(f.review)), Link: "/matches?status=review"})
	}
	return lines
}
