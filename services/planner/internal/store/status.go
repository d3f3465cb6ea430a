package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

const (
	// reviewSpan is how near an opening is whose match in doubt is waited for.
	reviewSpan = 14 * 24 * time.Hour
	// expiryAhead is how far ahead it is looked for rows that expire.
	expiryAhead = 30 * 24 * time.Hour
	// historyKept is how long ops.history goes back.
	historyKept = 90 * 24 * time.Hour
)

// Backlog is what waits, and since when: all that a report needs and no tick decides on.
type Backlog struct {
	Ready    map[policy.WorkloadID]int       // calls that are due and can be asked for
	DueSince map[policy.WorkloadID]time.Time // since when the one is that has been for longest
	NextDue  map[messages.Source]time.Time   // when the next call becomes due
	Held     map[messages.Source]Held        // what died and is tried again later
	Stale    *time.Time                      // since when a title waits for its derivation
	Expires  *time.Time                      // when the first row of TMDB that readers see expires
	InReview *time.Time                      // since when the match of an opening is in review
}

// Held is what died and is tried again later.
type Held struct {
	Names int
	First time.Time // when the first of them is
}

// Backlog reads what waits. It takes some milliseconds, and longer while a first load
// has much due.
func (s *Store) Backlog(ctx context.Context, now time.Time) (b Backlog, err error) {
	if b.Ready, err = s.Ready(ctx, now); err != nil {
		return b, err
	}
	b.DueSince, b.NextDue, b.Held = map[policy.WorkloadID]time.Time{}, map[messages.Source]time.Time{}, map[messages.Source]Held{}
	oldest, err := s.q.OldestDue(ctx, []string{string(policy.DetailOpening), string(policy.SearchOpening), string(policy.SeriesDetail)})
	if err != nil {
		return b, fmt.Errorf("reading since when calls are due: %w", err)
	}
	for _, row := range oldest {
		b.DueSince[policy.WorkloadID(row.Stage)] = row.Since
	}
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		next, err := s.q.NextDue(ctx, string(source))
		if err != nil {
			return b, fmt.Errorf("reading what becomes due next: %w", err)
		}
		for _, at := range next {
			b.NextDue[source] = at
		}
	}
	held, err := s.q.HeldLetters(ctx, now)
	if err != nil {
		return b, fmt.Errorf("counting what is held: %w", err)
	}
	for _, row := range held {
		b.Held[messages.Source(row.Source)] = Held{Names: int(row.Names), First: row.First}
	}
	err = s.oldest(ctx, &b, now)
	return b, err
}

// oldest adds what has waited for longest.
func (s *Store) oldest(ctx context.Context, b *Backlog, now time.Time) error {
	today := policy.Date(now, policy.Seoul)
	for _, of := range []struct {
		what string
		into **time.Time
		read func() ([]time.Time, error)
	}{
		{"titles that wait", &b.Stale, func() ([]time.Time, error) { return s.q.OldestStale(ctx) }},
		{"rows that expire", &b.Expires, func() ([]time.Time, error) { return s.q.ExpiringShown(ctx, now.Add(expiryAhead)) }},
		{"matches in review", &b.InReview, func() ([]time.Time, error) {
			return s.q.OldestReview(ctx, db.OldestReviewParams{FromDate: today.Add(-reviewSpan), ToDate: today.Add(reviewSpan)})
		}},
	} {
		times, err := of.read()
		if err != nil {
			return fmt.Errorf("reading %s: %w", of.what, err)
		}
		for _, at := range times {
			if *of.into == nil || at.Before(**of.into) {
				*of.into = &at
			}
		}
	}
	return nil
}

// PutStatus replaces the status that stands for others to read.
func (s *Store) PutStatus(ctx context.Context, body []byte, at time.Time) error {
	if err := s.q.PutStatus(ctx, db.PutStatusParams{At: at, Body: body}); err != nil {
		return fmt.Errorf("writing the status: %w", err)
	}
	return nil
}

// ErrNoStatus says that no planner has ever led on this database.
var ErrNoStatus = errors.New("no planner has written a status yet")

// Status reads the status as a leader wrote it last.
func (s *Store) Status(ctx context.Context) (body []byte, at time.Time, err error) {
	row, err := s.q.GetStatus(ctx)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, time.Time{}, ErrNoStatus
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("reading the status: %w", err)
	}
	return row.Body, row.At, nil
}

// Past is what a source was like at a time.
type Past struct {
	At          time.Time       `json:"at"`
	Source      messages.Source `json:"source"`
	Budget      *int64          `json:"budget"` // calls left on the day; nil without a daily limit
	Outstanding int             `json:"outstanding"`
	Due         int             `json:"due"`
	Backlog     int64           `json:"backlog"`
	DoneAt      *time.Time      `json:"done_at"` // when what was due would have been called
	Reason      string          `json:"reason"`
}

// AddHistory adds to the history, once a source and time, and forgets what is old.
func (s *Store) AddHistory(ctx context.Context, past []Past, now time.Time) error {
	return s.in(ctx, "writing the history", func(q *db.Queries) error {
		for _, p := range past {
			if err := q.AddHistory(ctx, db.AddHistoryParams{
				At: p.At, Source: string(p.Source), Budget: p.Budget, Outstanding: int32(p.Outstanding), Due: int32(p.Due),
				Backlog: p.Backlog, DoneAt: p.DoneAt, Reason: p.Reason,
			}); err != nil {
				return err
			}
		}
		return q.ForgetHistory(ctx, now.Add(-historyKept))
	})
}

// History reads the history since a time, ascending.
func (s *Store) History(ctx context.Context, since time.Time) ([]Past, error) {
	rows, err := s.q.History(ctx, since)
	if err != nil {
		return nil, fmt.Errorf("reading the history: %w", err)
	}
	past := make([]Past, 0, len(rows))
	for _, r := range rows {
		past = append(past, Past{
			At: r.At, Source: messages.Source(r.Source), Budget: r.Budget, Outstanding: int(r.Outstanding), Due: int(r.Due),
			Backlog: r.Backlog, DoneAt: r.DoneAt, Reason: r.Reason,
		})
	}
	return past, nil
}

// Day is what a digest counts.
type Day struct {
	Titles         int // that changed for readers
	Reviews        int // matches in doubt
	OpeningReviews int // of them, of films that open soon or just opened
	DeadOpen       int // dead letters that nothing has resolved
}

// CountDay counts what a digest tells since a time.
func (s *Store) CountDay(ctx context.Context, since, now time.Time) (Day, error) {
	today := policy.Date(now, policy.Seoul)
	row, err := s.q.Digest(ctx, db.DigestParams{Since: since, FromDate: today.Add(-reviewSpan), ToDate: today.Add(reviewSpan)})
	if err != nil {
		return Day{}, fmt.Errorf("counting for the digest: %w", err)
	}
	return Day{Titles: int(row.Titles), Reviews: int(row.Reviews), OpeningReviews: int(row.OpeningReviews), DeadOpen: int(row.DeadOpen)}, nil
}
