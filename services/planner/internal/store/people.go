package store

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/catalogue"
)

// PeoplePages reads the pages of the list of people that were fetched after a time, if one
// is given.
func (s Windows) PeoplePages(ctx context.Context, since *time.Time) ([]catalogue.Page, error) {
	rows, err := s.q.PeoplePages(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("reading pages of the list of people: %w", err)
	}
	pages := make([]catalogue.Page, 0, len(rows))
	for _, row := range rows {
		pages = append(pages, s.newPage(catalogue.People, row.Page, row.TotalCount, row.PeopleCds, row.FetchedAt))
	}
	return pages, nil
}

// PeoplePageTimes is PeoplePages, with the people of the first page alone.
func (s Windows) PeoplePageTimes(ctx context.Context, since *time.Time) ([]catalogue.Page, error) {
	rows, err := s.q.PeoplePageTimes(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("reading pages of the list of people: %w", err)
	}
	pages := make([]catalogue.Page, 0, len(rows))
	for i, row := range rows {
		page := catalogue.Page{Number: int(row.Page), Total: int(row.TotalCount), Rows: int(row.People), FetchedAt: row.FetchedAt}
		if i == 0 {
			page = s.newPage(catalogue.People, row.Page, row.TotalCount, row.FirstCds, row.FetchedAt)
		}
		pages = append(pages, page)
	}
	return pages, nil
}

// NewestPeople tells when a page of the list of people was fetched last, and when its first
// one was; nil while none was.
func (s Windows) NewestPeople(ctx context.Context) (newest, head *time.Time, err error) {
	rows, err := s.q.NewestPeoplePages(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the newest page of the list of people: %w", err)
	}
	for _, row := range rows {
		newest = &row.FetchedAt
		if row.HeadAt.Unix() > 0 {
			head = &row.HeadAt
		}
	}
	return newest, head, nil
}

// CountPeople counts the people that are known.
func (s Windows) CountPeople(ctx context.Context) (int, error) {
	n, err := s.q.CountPeople(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting people: %w", err)
	}
	return int(n), nil
}

func (s Answers) knownPeople(ctx context.Context, known map[messages.Name]bool, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	rows, err := s.q.KnownPeople(ctx, codes)
	if err != nil {
		return fmt.Errorf("reading which people are known: %w", err)
	}
	for _, code := range rows {
		known[messages.Name{Source: messages.KOBIS, Kind: messages.KindPeopleDetail, Key: code}] = true
	}
	return nil
}
