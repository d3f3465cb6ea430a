package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/db"
)

// Windows is how completely each window of the catalogue is known, and the pages that tell.
type Windows struct{ *tables }

// All reads what is stored about the windows, by scope.
func (s Windows) All(ctx context.Context) (map[string]catalogue.Window, error) {
	rows, err := s.q.Windows(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading windows: %w", err)
	}
	windows := make(map[string]catalogue.Window, len(rows))
	for _, row := range rows {
		w := catalogue.Window{
			Scope: row.Scope, Phase: catalogue.Phase(row.Phase), Since: row.Since, DueAt: row.DueAt,
			CompletedAt: row.CompletedAt, ReadAt: row.ReadAt, Total: int(row.Total), Known: int(row.Known), Evidence: row.Evidence,
		}
		var odd int
		if w.Head, odd = codes(row.Head); odd > 0 {
			s.notes.add("window", row.Scope, "%d entries of its head are not the code of a film", odd)
		}
		windows[row.Scope] = w
	}
	return windows, nil
}

// Stepped is a window as a step left it, with what the step found.
type Stepped struct {
	Window catalogue.Window
	Edited []string
	SeenAt time.Time // when the newest page of it was fetched
}

// Put stores windows together with the edits that they showed. With doubt,
// every year that was not judged after the time given becomes due.
func (s Windows) Put(ctx context.Context, steps []Stepped, doubt *time.Time, now time.Time) error {
	if len(steps) == 0 && doubt == nil {
		return nil
	}
	return s.inParts(ctx, "storing windows", func(q *db.Queries, part apart) error {
		for _, step := range steps {
			err := part(func(q *db.Queries) error { return s.put(ctx, q, step) })
			switch {
			case OfData(err):
				s.notes.add("window", step.Window.Scope, "it can't be stored: %s", err)
			case err != nil:
				return fmt.Errorf("window %s: %w", step.Window.Scope, err)
			}
		}
		if doubt == nil {
			return nil
		}
		return q.DoubtWindows(ctx, db.DoubtWindowsParams{Now: now, JudgedBefore: *doubt})
	})
}

func (s Windows) put(ctx context.Context, q *db.Queries, step Stepped) error {
	w := step.Window
	head, err := json.Marshal(append([]string{}, w.Head...))
	if err != nil {
		return fmt.Errorf("encoding the head: %w", err)
	}
	err = q.PutWindow(ctx, db.PutWindowParams{
		Scope: w.Scope, Phase: string(w.Phase), Since: w.Since, Head: head, DueAt: w.DueAt, CompletedAt: w.CompletedAt,
		ReadAt: w.ReadAt, Total: int32(w.Total), Known: int32(w.Known), Evidence: w.Evidence,
	})
	if err != nil || len(step.Edited) == 0 {
		return err
	}
	edited := slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(step.Edited))), func(code string) bool {
		_, err := messages.ParseName(detailName(code).String())
		return err != nil
	})
	return q.RecordEdits(ctx, db.RecordEditsParams{MovieCds: edited, SeenAt: step.SeenAt})
}

// PagesOf reads all loaded pages of scopes, by scope.
func (s Windows) PagesOf(ctx context.Context, scopes []string) (map[string][]catalogue.Page, error) {
	pages := map[string][]catalogue.Page{}
	if len(scopes) == 0 {
		return pages, nil
	}
	rows, err := s.q.PagesOf(ctx, scopes)
	if err != nil {
		return nil, fmt.Errorf("reading pages: %w", err)
	}
	for _, row := range rows {
		pages[row.Scope] = append(pages[row.Scope], s.newPage(row.Scope, row.Page, row.TotalCount, row.MovieCds, row.FetchedAt))
	}
	return pages, nil
}

// PagesSince reads the pages of a scope that were fetched after a time.
func (s Windows) PagesSince(ctx context.Context, scope string, since time.Time) ([]catalogue.Page, error) {
	rows, err := s.q.PagesSince(ctx, db.PagesSinceParams{Scope: scope, Since: since})
	if err != nil {
		return nil, fmt.Errorf("reading pages of %s: %w", scope, err)
	}
	pages := make([]catalogue.Page, 0, len(rows))
	for _, row := range rows {
		pages = append(pages, s.newPage(scope, row.Page, row.TotalCount, row.MovieCds, row.FetchedAt))
	}
	return pages, nil
}

// PageTimes reads which pages of a scope were fetched after a time, if one is
// given, in order, and the films of the first of them alone.
func (s Windows) PageTimes(ctx context.Context, scope string, since *time.Time) ([]catalogue.Page, error) {
	rows, err := s.q.PageTimes(ctx, db.PageTimesParams{Scope: scope, Since: since})
	if err != nil {
		return nil, fmt.Errorf("reading pages of %s: %w", scope, err)
	}
	pages := make([]catalogue.Page, 0, len(rows))
	for _, row := range rows {
		pages = append(pages, catalogue.Page{Number: int(row.Page), Total: int(row.TotalCount), Rows: int(row.Films), FetchedAt: row.FetchedAt})
	}
	if len(pages) == 0 {
		return nil, nil
	}
	films, err := s.q.PageFilms(ctx, db.PageFilmsParams{Scope: scope, Page: int32(pages[0].Number)})
	if err != nil {
		return nil, fmt.Errorf("reading page %d of %s: %w", pages[0].Number, scope, err)
	}
	for _, list := range films {
		pages[0] = s.newPage(scope, rows[0].Page, rows[0].TotalCount, list, rows[0].FetchedAt)
	}
	return pages, nil
}

func (s Windows) newPage(scope string, number, total int32, films []byte, fetched time.Time) catalogue.Page {
	page := catalogue.Page{Number: int(number), Total: int(total), FetchedAt: fetched}
	var odd int
	if page.Codes, odd = codes(films); odd > 0 {
		s.notes.add("page", catalogue.Name(scope, page.Number).String(), "%d of its films have no code", odd)
	}
	return page
}

// codes reads a list of texts, and counts what is none.
func codes(data []byte) (list []string, odd int) {
	var values []any
	if err := json.Unmarshal(data, &values); err != nil {
		return nil, 1
	}
	for _, value := range values {
		code, ok := value.(string)
		if !ok || code == "" {
			odd++
			continue
		}
		list = append(list, code)
	}
	return list, odd
}

// DeadPages lists the pages of the catalogue, and of the list of people, that died and were not answered since.
func (s Windows) DeadPages(ctx context.Context) ([]DeadPage, error) {
	var rows []db.DeadOfRow
	for _, kind := range []messages.Kind{messages.KindMovieList, messages.KindPeopleList} {
		died, err := s.q.DeadOf(ctx, string(messages.KOBIS)+"."+string(kind)+".%")
		if err != nil {
			return nil, fmt.Errorf("reading which pages died: %w", err)
		}
		rows = append(rows, died...)
	}
	var list []DeadPage
	for _, row := range rows {
		name, err := messages.ParseName(row.Name)
		if err != nil {
			continue // of no page that is asked for
		}
		scope, text := name.Scope()
		if name.Kind == messages.KindPeopleList {
			scope = catalogue.People
		}
		if page, err := strconv.Atoi(text); err == nil && page > 0 {
			list = append(list, DeadPage{Name: name, Scope: scope, Page: page, Reason: row.Reason, RetryAt: row.RetryAt})
		}
	}
	return list, nil
}

// DeadPage is a page of the catalogue whose last try died.
type DeadPage struct {
	Name    messages.Name
	Scope   string
	Page    int
	Reason  string
	RetryAt time.Time // not asked for before
}

// NewestPages tells when the newest page of each scope was fetched.
func (s Windows) NewestPages(ctx context.Context, scopes []string) (map[string]time.Time, error) {
	newest := map[string]time.Time{}
	if len(scopes) == 0 {
		return newest, nil
	}
	rows, err := s.q.NewestPages(ctx, scopes)
	if err != nil {
		return nil, fmt.Errorf("reading the newest pages: %w", err)
	}
	for _, row := range rows {
		newest[row.Scope] = row.FetchedAt
	}
	return newest, nil
}

// CountFilms counts the known films of a scope.
func (s Windows) CountFilms(ctx context.Context, scope string) (int, error) {
	var n int64
	var err error
	year, opened, ok := catalogue.Year(scope)
	switch {
	case !ok:
		n, err = s.q.CountFilms(ctx)
	case opened:
		n, err = s.q.CountOpened(ctx, db.CountOpenedParams{FromDate: newYear(year), ToDate: newYear(year + 1)})
	default:
		n, err = s.q.CountMade(ctx, int32(year))
	}
	if err != nil {
		return 0, fmt.Errorf("counting the films of %s: %w", scope, err)
	}
	return int(n), nil
}

// Unlisted lists the known films of a year's scope that are not among the codes.
func (s Windows) Unlisted(ctx context.Context, scope string, listed map[string]bool) ([]string, error) {
	var known []string
	var err error
	year, opened, _ := catalogue.Year(scope)
	if opened {
		known, err = s.q.FilmsOpened(ctx, db.FilmsOpenedParams{FromDate: newYear(year), ToDate: newYear(year + 1)})
	} else {
		known, err = s.q.FilmsMade(ctx, int32(year))
	}
	if err != nil {
		return nil, fmt.Errorf("reading the films of %s: %w", scope, err)
	}
	var gone []string
	for _, code := range known {
		if !listed[code] {
			gone = append(gone, code)
		}
	}
	return gone, nil
}

func newYear(year int) time.Time { return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC) }
