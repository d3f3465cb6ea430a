package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/planner/internal/db"
	"github.com/cledit/pipeline/services/planner/internal/policy"
)

// What the planner remembers about TMDB's change lists.
const (
	stateChangesNext = "tmdb-changes-next"  // the first day that is not complete
	stateUnseen      = "tmdb-unseen-before" // changes before were out of reach
)

// Changes is how far the change lists are.
type Changes struct {
	Days []policy.ChangeDay // that are not complete, oldest first
	// Lost is true when days before the first were out of reach.
	Lost bool
	next time.Time // the first day that is not complete; zero: none is remembered
	// empty is since when first pages had no changes that are not believed yet, by name.
	empty map[string]time.Time
}

// ChangeLists is how far TMDB's change lists are read, and what they told.
type ChangeLists struct{ *tables }

// Read reads how far the change lists are. They begin with the day on which
// the first row of TMDB is there.
func (s ChangeLists) Read(ctx context.Context, now time.Time) (c Changes, err error) {
	if c.next, err = dayOf(ctx, s.q, stateChangesNext); err != nil || c.next.IsZero() {
		return c, err
	}
	rows, err := s.q.ChangePages(ctx)
	if err != nil {
		return Changes{}, fmt.Errorf("reading which change lists were read: %w", err)
	}
	read, again := make(map[string]int, len(rows)), make(map[string]time.Time)
	c.empty = make(map[string]time.Time)
	for _, row := range rows {
		read[row.Subject] = int(row.TotalPages)
		if row.AskAgainAt != nil {
			again[row.Subject], c.empty[row.Subject] = *row.AskAgainAt, value(row.EmptySince)
		}
	}
	c.Days, c.Lost = policy.Changes(c.next, read, again, now)
	return c, nil
}

// Next is the first day of changes that is not read, midnight UTC; nil as long as no row
// of TMDB was there.
func (c Changes) Next() *time.Time {
	if c.next.IsZero() {
		return nil
	}
	next := c.next
	for _, day := range c.Days {
		if next = day.Day; len(day.Due) > 0 {
			return &next
		}
		next = day.Day.AddDate(0, 0, 1)
	}
	return &next
}

// Take reads answered change lists into what is known to have changed, and
// remembers the days as far as they are complete.
func (s ChangeLists) Take(ctx context.Context, c Changes, now time.Time) error {
	if len(c.Days) == 0 && !c.Lost && !c.next.IsZero() {
		return nil
	}
	return s.inParts(ctx, "reading change lists", func(q *db.Queries, part apart) error {
		if c.next.IsZero() {
			return begin(ctx, q, now)
		}
		if c.Lost {
			if err := forgo(ctx, q, c, now); err != nil {
				return err
			}
		}
		for _, day := range c.Days {
			err := part(func(q *db.Queries) error { return s.takeDay(ctx, q, c, day, now) })
			switch {
			case OfData(err):
				s.notes.add("change-list", day.Day.Format(time.DateOnly), "it can't be taken: %s", err)
			case err != nil:
				return fmt.Errorf("of %s: %w", day.Day.Format(time.DateOnly), err)
			}
		}
		return c.advance(ctx, q, now)
	})
}

// begin follows the changes from today on, once there is something to follow.
func begin(ctx context.Context, q *db.Queries, now time.Time) error {
	known, err := q.AnyTMDB(ctx)
	if err != nil || !known {
		return err
	}
	return remember(ctx, q, stateChangesNext, policy.Date(now, time.UTC))
}

// takeDay reads the pages of a day that were answered since the last tick.
func (s ChangeLists) takeDay(ctx context.Context, q *db.Queries, c Changes, day policy.ChangeDay, now time.Time) error {
	var subjects []string
	asked := map[string]time.Time{}
	for _, due := range day.Due {
		if !due.At.After(now) {
			subjects = append(subjects, due.Name.String())
			asked[due.Name.String()] = due.At
		}
	}
	if len(subjects) == 0 {
		return nil
	}
	answers, err := q.ChangeLists(ctx, subjects)
	if err != nil {
		return fmt.Errorf("looking for their answers: %w", err)
	}
	taken := ""
	for _, answer := range answers {
		if answer.Subject == taken {
			continue // an older answer to the same page
		}
		taken = answer.Subject
		if answer.LastFetchedAt.Before(asked[answer.Subject]) {
			continue // it was read, and is asked for again
		}
		body, err := q.ChangeList(ctx, answer.ID)
		if err != nil {
			return fmt.Errorf("reading payload %d: %w", answer.ID, err)
		}
		list := readChangeList(body)
		doubted, err := doubt(ctx, q, c.empty[answer.Subject], answer, list)
		if err == nil && !doubted {
			err = s.takePage(ctx, q, answer, list, day.Day)
		}
		if err != nil {
			return fmt.Errorf("page %s: %w", answer.Subject, err)
		}
	}
	return nil
}

// doubt reports whether a first page without changes is not believed yet, and remembers when
// it is asked for again.
func doubt(ctx context.Context, q *db.Queries, since time.Time, answer db.ChangeListsRow, list changeList) (bool, error) {
	if list.rows > 0 || list.why != "" || !strings.HasSuffix(answer.Subject, ".1") {
		return false, nil
	}
	if since.IsZero() || answer.FirstFetchedAt.Before(since) {
		since = answer.FirstFetchedAt
	}
	again, doubted := policy.NoChanges(since, answer.LastFetchedAt)
	if !doubted {
		return false, nil
	}
	return true, q.DoubtChangePage(ctx, db.DoubtChangePageParams{Subject: answer.Subject, EmptySince: &since, AskAgainAt: &again})
}

// changesPerPage is how many rows a full page of a change list has.
const changesPerPage = 100

// takePage records what a page says. One that can't be read counts as read, as far
// as it can: asking again would bring the same.
func (s ChangeLists) takePage(ctx context.Context, q *db.Queries, answer db.ChangeListsRow, list changeList, day time.Time) error {
	subject, final := answer.Subject, policy.ChangesFinal(day)
	name, err := messages.ParseName(subject)
	if err != nil {
		return err
	}
	if list.why != "" || list.odd > 0 || list.total == 0 {
		s.notes.add(
			"change-list", subject, "%d of its %d rows have no id that TMDB could have, its pages are %d; %s", list.odd,
			list.rows, list.total, list.why,
		)
	}
	if list.total == 0 { // a full page may have a next one
		_, page := name.Scope()
		list.total, _ = strconv.Atoi(page)
		if list.rows >= changesPerPage {
			list.total++
		}
	}
	page := db.PutChangePageParams{Subject: subject, TotalPages: int32(max(1, list.total))}
	stale := final // what was fetched before may come from a cache
	if answer.LastFetchedAt.Before(final) {
		page.AskAgainAt, stale = &final, day.AddDate(0, 0, 1)
	}
	if err := q.PutChangePage(ctx, page); err != nil {
		return err
	}
	if name.Kind == messages.KindMovieChanges {
		return q.RecordMovieEdits(ctx, db.RecordMovieEditsParams{SeenAt: stale, TmdbIds: list.ids})
	}
	return q.RecordSeriesEdits(ctx, db.RecordSeriesEditsParams{SeenAt: stale, TmdbIds: list.ids})
}

// advance remembers the first day that is not complete, and drops what it knew
// about those before.
func (c Changes) advance(ctx context.Context, q *db.Queries, now time.Time) error {
	next := policy.Date(now, time.UTC)
	for _, day := range c.Days {
		next = day.Day
		if len(day.Due) > 0 {
			break
		}
		next = day.Day.AddDate(0, 0, 1)
	}
	if next.Equal(c.next) {
		return nil
	}
	rows, err := q.ChangePages(ctx)
	if err != nil {
		return fmt.Errorf("reading which change lists were read: %w", err)
	}
	kept := []string{}
	for _, row := range rows {
		if name, err := messages.ParseName(row.Subject); err == nil && name.Key >= next.Format(time.DateOnly) {
			kept = append(kept, row.Subject)
		}
	}
	if err := q.ForgetChangePages(ctx, kept); err != nil {
		return fmt.Errorf("dropping complete days: %w", err)
	}
	return remember(ctx, q, stateChangesNext, next)
}

// forgo accepts that days are out of reach: everything that was fetched before
// the first day within reach is to be read again, by age.
func forgo(ctx context.Context, q *db.Queries, c Changes, now time.Time) error {
	reach := policy.Date(now, time.UTC)
	if len(c.Days) > 0 {
		reach = c.Days[0].Day
	}
	if err := remember(ctx, q, stateUnseen, reach); err != nil {
		return err
	}
	if err := q.MarkEverything(ctx); err != nil {
		return fmt.Errorf("marking everything: %w", err)
	}
	return nil
}

func remember(ctx context.Context, q *db.Queries, key string, day time.Time) error {
	if err := q.SetState(ctx, db.SetStateParams{Key: key, Value: day.Format(time.DateOnly)}); err != nil {
		return fmt.Errorf("remembering %s: %w", key, err)
	}
	return nil
}

func unseenBefore(ctx context.Context, q *db.Queries) (time.Time, error) {
	return dayOf(ctx, q, stateUnseen)
}

// dayOf reads a day that the planner remembers; zero for none.
func dayOf(ctx context.Context, q *db.Queries, key string) (time.Time, error) {
	text, err := q.State(ctx, key)
	if errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("reading %s: %w", key, err)
	}
	day, _ := time.Parse(time.DateOnly, text) // what is not a day was never remembered
	return day, nil
}
