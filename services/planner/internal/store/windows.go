package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cledit/pipeline/services/planner/internal/catalogue"
	"github.com/cledit/pipeline/services/planner/internal/db"
)

// Windows reads what is stored about the windows of the catalogue, by scope.
func (s *Store) Windows(ctx context.Context) (map[string]catalogue.Window, error) {
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
		if err := json.Unmarshal(row.Head, &w.Head); err != nil {
			return nil, fmt.Errorf("reading the head of window %s: %w", row.Scope, err)
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

// PutWindows stores windows together with the edits that they showed. With doubt,
// every year that was not judged after the time given becomes due.
func (s *Store) PutWindows(ctx context.Context, steps []Stepped, doubt *time.Time, now time.Time) error {
	if len(steps) == 0 && doubt == nil {
		return nil
	}
	return s.in(ctx, "storing windows", func(q *db.Queries) error {
		for _, step := range steps {
			if err := putWindow(ctx, q, step); err != nil {
				return fmt.Errorf("window %s: %w", step.Window.Scope, err)
			}
		}
		if doubt == nil {
			return nil
		}
		return q.DoubtWindows(ctx, db.DoubtWindowsParams{Now: now, JudgedBefore: *doubt})
	})
}

func putWindow(ctx context.Context, q *db.Queries, step Stepped) error {
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
	return q.RecordEdits(ctx, db.RecordEditsParams{MovieCds: step.Edited, SeenAt: step.SeenAt})
}

// PagesOf reads all loaded pages of scopes, by scope.
func (s *Store) PagesOf(ctx context.Context, scopes []string) (map[string][]catalogue.Page, error) {
	pages := map[string][]catalogue.Page{}
	if len(scopes) == 0 {
		return pages, nil
	}
	rows, err := s.q.PagesOf(ctx, scopes)
	if err != nil {
		return nil, fmt.Errorf("reading pages: %w", err)
	}
	for _, row := range rows {
		page, err := newPage(row.Page, row.TotalCount, row.MovieCds, row.FetchedAt)
		if err != nil {
			return nil, err
		}
		pages[row.Scope] = append(pages[row.Scope], page)
	}
	return pages, nil
}

// PagesSince reads the pages of a scope that were fetched after a time.
func (s *Store) PagesSince(ctx context.Context, scope string, since time.Time) ([]catalogue.Page, error) {
	rows, err := s.q.PagesSince(ctx, db.PagesSinceParams{Scope: scope, Since: since})
	if err != nil {
		return nil, fmt.Errorf("reading pages of %s: %w", scope, err)
	}
	pages := make([]catalogue.Page, 0, len(rows))
	for _, row := range rows {
		page, err := newPage(row.Page, row.TotalCount, row.MovieCds, row.FetchedAt)
		if err != nil {
			return nil, err
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// PageTimes reads which pages of a scope were fetched after a time, if one is
// given, and the films of page 1 alone.
func (s *Store) PageTimes(ctx context.Context, scope string, since *time.Time) ([]catalogue.Page, error) {
	rows, err := s.q.PageTimes(ctx, db.PageTimesParams{Scope: scope, Since: since})
	if err != nil {
		return nil, fmt.Errorf("reading pages of %s: %w", scope, err)
	}
	first, err := s.q.FirstPage(ctx, scope)
	if err != nil {
		return nil, fmt.Errorf("reading page 1 of %s: %w", scope, err)
	}
	pages := make([]catalogue.Page, 0, len(rows))
	for _, row := range rows {
		pages = append(pages, catalogue.Page{Number: int(row.Page), Total: int(row.TotalCount), FetchedAt: row.FetchedAt})
	}
	if len(first) > 0 && len(pages) > 0 && pages[0].Number == 1 {
		page, err := newPage(1, first[0].TotalCount, first[0].MovieCds, first[0].FetchedAt)
		if err != nil {
			return nil, err
		}
		pages[0] = page
	}
	return pages, nil
}

func newPage(number, total int32, codes []byte, fetched time.Time) (catalogue.Page, error) {
	page := catalogue.Page{Number: int(number), Total: int(total), FetchedAt: fetched}
	if err := json.Unmarshal(codes, &page.Codes); err != nil {
		return page, fmt.Errorf("reading the films of page %d: %w", number, err)
	}
	return page, nil
}

// NewestPages tells when the newest page of each scope was fetched.
func (s *Store) NewestPages(ctx context.Context, scopes []string) (map[string]time.Time, error) {
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
func (s *Store) CountFilms(ctx context.Context, scope string) (int, error) {
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
func (s *Store) Unlisted(ctx context.Context, scope string, listed map[string]bool) ([]string, error) {
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
