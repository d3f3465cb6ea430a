package tick

import (
	"context"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/store"
)

// auditAfter is the least time between two readings of a year, auditSpread the days
// over which those of all years are spread.
const (
	auditAfter  = 28 * 24 * time.Hour
	auditSpread = 28
)

// Survey is what was seen of the catalogue.
type Survey struct {
	Windows map[string]catalogue.Window
	Scopes  []string        // of the years that are verified, newest first
	Claimed int             // the total of the whole list as claimed last
	List    []messages.Name // the next pages of the whole list, in order
	Left    int             // about how many of its pages are wanted in all
	Years   []messages.Name // pages of years
	Died    []store.DeadPage
	People  People

	dead  map[string]map[int]bool // pages that died, by scope
	steps []store.Stepped         // windows that changed
	doubt *time.Time
}

// Read reports whether the list was read whole once.
func (s Survey) Read() bool { return s.Windows[catalogue.All].CompletedAt != nil }

// verified reports whether every year was looked at once since then: films that it
// lacked are known, and no row of a year is on its way any more. A year that could
// not be read for a page that died was looked at.
func (s Survey) verified() bool {
	for _, scope := range s.Scopes {
		if w := s.Windows[scope]; w.CompletedAt == nil && w.Phase != catalogue.Complete {
			return false
		}
	}
	return s.Read()
}

// verifiedSince is the time since which every year was judged complete; nil as long
// as one never was, or is being looked at. One that was never judged for pages that
// died does not count: it must not be waited for.
func (s Survey) verifiedSince() *time.Time {
	var first *time.Time
	for _, scope := range s.Scopes {
		w := s.Windows[scope]
		switch {
		case w.Phase == catalogue.Complete && w.CompletedAt == nil && len(s.dead[scope]) > 0:
		case w.CompletedAt == nil || w.Phase != catalogue.Complete:
			return nil
		case first == nil || w.CompletedAt.Before(*first):
			first = w.CompletedAt
		}
	}
	return first
}

// surveyor reads the windows of the catalogue and says which pages are wanted.
type surveyor struct {
	windows store.Windows
	cfg     Config
}

// survey steps every window whose time has come; nothing is stored.
func (v *surveyor) survey(ctx context.Context, run *steps, now time.Time) (s Survey) {
	s.Scopes = v.scopes(now)
	run.try("dead-pages", messages.KOBIS, func() (err error) {
		s.Died, err = v.windows.DeadPages(ctx)
		return err
	})
	s.dead = map[string]map[int]bool{}
	for _, page := range s.Died {
		if s.dead[page.Scope] == nil {
			s.dead[page.Scope] = map[int]bool{}
		}
		s.dead[page.Scope][page.Page] = true
	}
	if !run.try("windows", messages.KOBIS, func() (err error) {
		s.Windows, err = v.windows.All(ctx)
		return err
	}) {
		return s
	}
	run.try(string(policy.Catalogue), messages.KOBIS, func() error { return v.surveyAll(ctx, &s, now) })
	if s.Read() {
		v.surveyYears(ctx, run, &s, now)
	}
	if people := s.Windows[catalogue.People]; s.verified() || people.ReadAt != nil {
		run.try(string(policy.PeopleList), messages.KOBIS, func() error { return v.surveyPeople(ctx, &s, now) })
	}
	v.retry(&s, now)
	return s
}

// retry wants the pages that died again when their hold ends, behind everything
// else: nothing waits for them.
func (v *surveyor) retry(s *Survey, now time.Time) {
	for _, page := range s.Died {
		switch {
		case now.Before(page.RetryAt):
		case page.Scope == catalogue.All:
			s.List = append(s.List, page.Name)
			s.Left++
		case page.Scope == catalogue.People:
			s.People.Pages = append(s.People.Pages, page.Name)
			s.People.Left++
		case s.Read() && slices.Contains(s.Scopes, page.Scope):
			s.Years = append(s.Years, page.Name)
		}
	}
}

func (v *surveyor) surveyAll(ctx context.Context, s *Survey, now time.Time) error {
	w, ok := s.Windows[catalogue.All]
	if !ok {
		w = catalogue.Window{Scope: catalogue.All, Phase: catalogue.Reading, DueAt: now}
	}
	pages, err := v.pagesOfAll(ctx, w)
	if err != nil {
		return err
	}
	var newest map[string]time.Time
	if w.Phase == catalogue.Head || w.ReadAt == nil || !now.Before(w.DueAt) {
		if newest, err = v.windows.NewestPages(ctx, []string{catalogue.All}); err != nil {
			return err
		}
	}
	step, err := catalogue.StepAll(w, pages, catalogue.Facts{
		Now: now, Again: v.cfg.NextHead(now), Newest: at(newest, catalogue.All),
		Known:    func() (int, error) { return v.windows.CountFilms(ctx, catalogue.All) },
		Verified: s.verifiedSince(), Dead: s.dead[catalogue.All],
	})
	if err != nil {
		return err
	}
	s.take(w, step, newest[catalogue.All], !ok)
	s.Claimed = claimed(step.Window, pages)
	if step.Doubt {
		s.doubt = w.ReadAt
		if s.doubt == nil {
			s.doubt = &now
		}
	}
	for _, n := range step.Want {
		s.List = append(s.List, catalogue.Name(catalogue.All, n))
	}
	s.Left = step.Left
	return nil
}

// claimed is how many films the list says that it has, within what is believed.
func claimed(w catalogue.Window, pages []catalogue.Page) int {
	most := w.Total
	for _, page := range pages {
		most = max(most, page.Total)
	}
	return min(most, catalogue.MostFilms)
}

// pagesOfAll reads of the whole list what its phase looks at: all pages are many,
// and only the films at the head matter.
func (v *surveyor) pagesOfAll(ctx context.Context, w catalogue.Window) ([]catalogue.Page, error) {
	switch {
	case w.Phase == catalogue.Reading:
		return v.windows.PageTimes(ctx, w.Scope, w.Since)
	case w.Phase == catalogue.Head && w.Since != nil:
		return v.windows.PagesSince(ctx, w.Scope, *w.Since)
	case w.Phase == catalogue.Head:
		pages, err := v.windows.PagesOf(ctx, []string{w.Scope})
		return pages[w.Scope], err
	}
	return nil, nil
}

func (v *surveyor) surveyYears(ctx context.Context, run *steps, s *Survey, now time.Time) {
	open := s.open(now)
	var pages map[string][]catalogue.Page
	var newest map[string]time.Time
	if !run.try(string(policy.CatalogueWindows), messages.KOBIS, func() (err error) {
		if pages, err = v.windows.PagesOf(ctx, open); err != nil {
			return err
		}
		newest, err = v.windows.NewestPages(ctx, open)
		return err
	}) {
		return
	}
	for i, scope := range open {
		run.try(string(policy.CatalogueWindows), messages.KOBIS, func() error {
			return v.surveyYear(ctx, s, scope, pages[scope], at(newest, scope), i, now)
		})
	}
}

// open are the years that are to be looked at now; those that are new are noted.
func (s *Survey) open(now time.Time) (scopes []string) {
	for _, scope := range s.Scopes {
		w, ok := s.Windows[scope]
		if !ok {
			w = catalogue.Window{Scope: scope, Phase: catalogue.Checking, DueAt: now}
			s.Windows[scope] = w
			s.steps = append(s.steps, store.Stepped{Window: w})
		}
		if w.Phase != catalogue.Complete || !now.Before(w.DueAt) {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}

func (v *surveyor) surveyYear(
	ctx context.Context, s *Survey, scope string, pages []catalogue.Page, newest *time.Time, i int, now time.Time,
) error {
	w := s.Windows[scope]
	step, err := catalogue.StepYear(w, pages, catalogue.Facts{
		Now: now, Again: now.Add(auditAfter).AddDate(0, 0, i%auditSpread), Newest: newest,
		Known: func() (int, error) { return v.windows.CountFilms(ctx, scope) }, Dead: s.dead[scope],
	}, func(listed map[string]bool) ([]string, error) { return v.windows.Unlisted(ctx, scope, listed) })
	if err != nil {
		return err
	}
	var seen time.Time
	if newest != nil {
		seen = *newest
	}
	s.take(w, step, seen, false)
	for _, n := range step.Want {
		s.Years = append(s.Years, catalogue.Name(scope, n))
	}
	return nil
}

// take keeps what a step changed.
func (s *Survey) take(before catalogue.Window, step catalogue.Step, seen time.Time, isNew bool) {
	s.Windows[step.Window.Scope] = step.Window
	if isNew || len(step.Edited) > 0 || !same(before, step.Window) {
		s.steps = append(s.steps, store.Stepped{Window: step.Window, Edited: step.Edited, SeenAt: seen})
	}
}

func same(a, b catalogue.Window) bool {
	return a.Phase == b.Phase && equal(a.Since, b.Since) && slices.Equal(a.Head, b.Head) && a.DueAt.Equal(b.DueAt) &&
		equal(a.CompletedAt, b.CompletedAt) && equal(a.ReadAt, b.ReadAt) &&
		a.Total == b.Total && a.Known == b.Known && a.Evidence == b.Evidence
}

func equal(a, b *time.Time) bool {
	return a == b || a != nil && b != nil && a.Equal(*b)
}

func at(times map[string]time.Time, scope string) *time.Time {
	if t, ok := times[scope]; ok {
		return &t
	}
	return nil
}

// scopes are the years' windows, newest first.
func (v *surveyor) scopes(now time.Time) []string {
	from, to := v.cfg.years(now)
	scopes := make([]string, 0, 2*(to-from+1))
	for year := to; year >= from; year-- {
		scopes = append(scopes, catalogue.Opened(year), catalogue.Made(year))
	}
	return scopes
}

// isOfList reports whether a name is a page of the whole list.
func isOfList(name messages.Name) bool {
	scope, _ := name.Scope()
	return name.Source == messages.KOBIS && name.Kind == messages.KindMovieList && scope == catalogue.All
}

// nextOfList is the page of the whole list to ask for now, if any: its pages are
// asked for one after the other, each when the one before is answered. One that died
// is in nobody's way when it is tried again.
func (s Survey) nextOfList(out map[messages.Name]bool, answered func(messages.Name) bool, held map[string]bool) []policy.Due {
	again := make(map[messages.Name]bool, len(s.Died))
	for _, page := range s.Died {
		again[page.Name] = true
	}
	for name := range out {
		if isOfList(name) && !again[name] && !answered(name) {
			return nil
		}
	}
	for i, name := range s.List {
		if !out[name] && !held[name.String()] {
			return []policy.Due{{Name: name, Workload: policy.Catalogue, Rank: int64(i)}}
		}
	}
	return nil
}
