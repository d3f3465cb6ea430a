package tick

import (
	"context"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
)

// People is what was seen of the list of people.
type People struct {
	Window  catalogue.Window
	Claimed int             // the total as claimed last
	Pages   []messages.Name // that are wanted next, in order
	Left    int             // about how many pages are wanted in all
	HeadAt  *time.Time      // when its first page was fetched; nil: never
}

// Read reports whether the list was read whole once.
func (p People) Read() bool { return p.Window.ReadAt != nil }

// surveyPeople steps the list of people. Films come first: it is not read before every
// year of theirs was looked at.
func (v *surveyor) surveyPeople(ctx context.Context, s *Survey, now time.Time) error {
	w, ok := s.Windows[catalogue.People]
	if !ok {
		w = catalogue.Window{Scope: catalogue.People, Phase: catalogue.Reading, DueAt: now}
	}
	newest, head, err := v.windows.NewestPeople(ctx)
	if err != nil {
		return err
	}
	pages, err := v.pagesOfPeople(ctx, w)
	if err != nil {
		return err
	}
	step, err := catalogue.StepPeople(w, pages, catalogue.Facts{
		Now: now, Again: v.cfg.NextHead(now), Newest: newest, Dead: s.dead[catalogue.People],
		Known: func() (int, error) { return v.windows.CountPeople(ctx) },
	})
	if err != nil {
		return err
	}
	var seen time.Time
	if newest != nil {
		seen = *newest
	}
	s.take(w, step, seen, !ok)
	s.People = People{Window: step.Window, Claimed: step.Window.Total, Left: step.Left, HeadAt: head}
	for _, page := range pages {
		s.People.Claimed = max(s.People.Claimed, page.Total)
	}
	for _, n := range step.Want {
		s.People.Pages = append(s.People.Pages, catalogue.Name(catalogue.People, n))
	}
	return nil
}

// pagesOfPeople reads what a phase looks at, as pagesOfAll does.
func (v *surveyor) pagesOfPeople(ctx context.Context, w catalogue.Window) ([]catalogue.Page, error) {
	switch w.Phase {
	case catalogue.Reading:
		return v.windows.PeoplePageTimes(ctx, w.Since)
	case catalogue.Head:
		return v.windows.PeoplePages(ctx, w.Since)
	}
	return nil, nil
}
