package stage

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Landed counts the rows that a chunk brought, by table.
type Landed map[string]Count

// Count tells how many rows were read and how many of them were written; the
// others were there already.
type Count struct {
	Read, Written int
}

// landing is the writing of one chunk.
type landing struct {
	q        *db.Queries
	payloads []*Payload
	now      time.Time
	landed   Landed
	marks    marks
}

// Land writes a chunk. now is the time that updated_at and marked_at get; it is
// rounded to the microsecond.
func Land(ctx context.Context, tx pgx.Tx, payloads []*Payload, now time.Time) (Landed, error) {
	l := &landing{
		q: db.New(tx), payloads: payloads, now: now.UTC().Truncate(time.Microsecond),
		landed: Landed{"raw.payloads": {len(payloads), len(payloads)}}, marks: newMarks(),
	}
	if len(payloads) == 0 {
		return nil, nil
	}
	if err := landRaw(ctx, l.q, payloads); err != nil {
		return nil, err
	}
	// The order of the tables is that of their locks, the hottest rows last.
	for _, step := range []func(context.Context) error{
		l.kobisLists, l.kobisDetails, l.kobisBoxOffice,
		l.tmdbSearches, l.tmdbMovies, l.tmdbSeries, l.tmdbDiscoverPages,
		l.tmdbPeople, l.tmdbCompanies, l.kobisCompanies, l.mark,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return l.landed, nil
}

func (l *landing) count(table string, read, written int) {
	if read > 0 {
		before := l.landed[table]
		l.landed[table] = Count{before.Read + read, before.Written + written}
	}
}

func failed(table string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("writing %s: %w", table, err)
}
