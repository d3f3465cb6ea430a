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
	// expiryAhead is how far ahead rows that expire are reported.
	expiryAhead = 30 * 24 * time.Hour
	// historyKept is how long ops.history goes back.
	historyKept = 90 * 24 * time.Hour
)

// Reports is what people are told: the status, its history, and counts that no tick decides on.
type Reports struct{ *tables }

// Backlog is what waits, and since when: all that a report needs and no tick decides on.
type Backlog struct {
	Calls
	DueSince map[policy.WorkloadID]time.Time // since when the call is due that has been for longest
	Held     map[messages.Source]Held        // what died and is tried again later
	Stale    *time.Time                      // since when a title waits for its derivation
	Expires  *time.Time                      // when the first row of TMDB that readers see expires
	InReview *time.Time                      // since when the match of an opening is in review
}

// Calls are the calls that are due, and when others become so.
type Calls struct {
	Ready   map[policy.WorkloadID]int     // due, and can be asked for
	NextDue map[messages.Source]time.Time // when the next becomes due
}

// Count is how many calls are due.
func (c Calls) Count() (n int) {
	for _, of := range c.Ready {
		n += of
	}
	return n
}

// Held is what died and is tried again later.
type Held struct {
	Names int
	First time.Time // when the first of them is
}

// Calls counts what is due, and reads what becomes so next. It takes some milliseconds,
// and a second while a first load has a million calls due.
func (s Reports) Calls(ctx context.Context, now time.Time) (c Calls, err error) {
	if c.Ready, err = countReady(ctx, s.q, now); err != nil {
		return c, err
	}
	c.NextDue = map[messages.Source]time.Time{}
	for _, source := range []messages.Source{messages.KOBIS, messages.TMDB} {
		next, err := s.q.NextDue(ctx, string(source))
		if err != nil {
			return c, fmt.Errorf("reading what becomes due next: %w", err)
		}
		for _, at := range next {
			c.NextDue[source] = at
		}
	}
	return c, nil
}

// Backlog reads what waits beside the calls that are due, in some milliseconds.
func (s Reports) Backlog(ctx context.Context, now time.Time) (b Backlog, err error) {
	b.DueSince, b.Held = map[policy.WorkloadID]time.Time{}, map[messages.Source]Held{}
	oldest, err := s.q.OldestDue(ctx, []string{string(policy.DetailOpening), string(policy.SearchOpening), string(policy.SeriesDetail)})
	if err != nil {
		return b, fmt.Errorf("reading since when calls are due: %w", err)
	}
	for _, row := range oldest {
		b.DueSince[policy.WorkloadID(row.Stage)] = row.Since
	}
	if err := s.held(ctx, &b, now); err != nil {
		return b, err
	}
	err = s.oldest(ctx, &b, now)
	return b, err
}

func (s Reports) held(ctx context.Context, b *Backlog, now time.Time) error {
	rows, err := s.q.HeldLetters(ctx, now)
	if err != nil {
		return fmt.Errorf("counting what is held: %w", err)
	}
	for _, row := range rows {
		b.Held[messages.Source(row.Source)] = Held{Names: int(row.Names), First: row.First}
	}
	return nil
}

// oldest adds what has waited for longest.
func (s Reports) oldest(ctx context.Context, b *Backlog, now time.Time) error {
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
func (s Reports) PutStatus(ctx context.Context, body []byte, at time.Time) error {
	if err := s.q.PutStatus(ctx, db.PutStatusParams{At: at, Body: body}); err != nil {
		return fmt.Errorf("writing the status: %w", err)
	}
	return nil
}

// ErrNoStatus says that no planner has ever led on this database.
var ErrNoStatus = errors.New("no planner has written a status yet")

// Status reads the status as a leader wrote it last.
func (s Reports) Status(ctx context.Context) (body []byte, at time.Time, err error) {
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
func (s Reports) AddHistory(ctx context.Context, past []Past, now time.Time) error {
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
func (s Reports) History(ctx context.Context, since time.Time) ([]Past, error) {
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

const (
	// postsMost is how often a digest may arrive: once more where the answer was lost.
	postsMost = 2
	// postsKept is for how long it is known how often one was sent.
	postsKept = 30 * 24 * time.Hour
)

// TakePost reports whether the digest of a day that goes so far back may be sent, and
// counts that.
func (s Reports) TakePost(ctx context.Context, day time.Time, back time.Duration) (bool, error) {
	if err := s.q.ForgetPosts(ctx, day.Add(-postsKept)); err != nil {
		return false, fmt.Errorf("forgetting digests: %w", err)
	}
	n, err := s.q.TakePost(ctx, db.TakePostParams{Day: day, Seconds: int32(back.Seconds()), Most: postsMost})
	if err != nil {
		return false, fmt.Errorf("counting a digest: %w", err)
	}
	return n > 0, nil
}

// ReturnPost takes that back: it has certainly not arrived.
func (s Reports) ReturnPost(ctx context.Context, day time.Time, back time.Duration) error {
	if err := s.q.ReturnPost(ctx, db.ReturnPostParams{Day: day, Seconds: int32(back.Seconds())}); err != nil {
		return fmt.Errorf("counting a digest: %w", err)
	}
	return nil
}

// Day is what a digest counts.
type Day struct {
	Titles         int // that changed for readers
	Reviews        int // matches in doubt
	OpeningReviews int // of them, of films that open soon or just opened
	DeadOpen       int // dead letters that nothing has resolved
}

// CountDay counts what a digest tells since a time.
func (s Reports) CountDay(ctx context.Context, since, now time.Time) (Day, error) {
	today := policy.Date(now, policy.Seoul)
	row, err := s.q.Digest(ctx, db.DigestParams{Since: since, FromDate: today.Add(-reviewSpan), ToDate: today.Add(reviewSpan)})
	if err != nil {
		return Day{}, fmt.Errorf("counting for the digest: %w", err)
	}
	return Day{Titles: int(row.Titles), Reviews: int(row.Reviews), OpeningReviews: int(row.OpeningReviews), DeadOpen: int(row.DeadOpen)}, nil
}
