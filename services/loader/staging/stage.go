package staging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
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
	alone    bool                          // nobody else lands anything meanwhile
	well     map[messages.Name][]time.Time // when answers of kinds that are in doubt were fetched
}

// kobisLanding writes what KOBIS told.
type kobisLanding struct{ *landing }

// tmdbLanding writes what TMDB told.
type tmdbLanding struct{ *landing }

// Land writes a chunk. now is the time that updated_at and marked_at get; it is
// rounded to the microsecond.
//
// What a purge has ruled out is passed over: payloads that were fetched before
// the floor of their source, wherever they come from. What is of a kind that is
// held is stored in raw.payloads alone.
func Land(ctx context.Context, tx pgx.Tx, payloads []*Payload, now time.Time) (Landed, error) {
	return land(ctx, tx, payloads, now, true)
}

func land(ctx context.Context, tx pgx.Tx, payloads []*Payload, now time.Time, holds bool) (Landed, error) {
	for _, p := range payloads {
		p.rawID = 0 // of an attempt that was rolled back
	}
	l := &landing{q: db.New(tx), now: now.UTC().Truncate(time.Microsecond), landed: make(Landed), marks: newMarks()}
	if l.alone = gaps(payloads); l.alone {
		if err := l.q.LandAlone(ctx); err != nil {
			return nil, fmt.Errorf("waiting to land alone: %w", err)
		}
	}
	payloads, err := aboveFloor(ctx, l.q, payloads)
	if err != nil || len(payloads) == 0 {
		return l.landed, err
	}
	l.payloads = payloads
	written, err := landRaw(ctx, l.q, payloads)
	if err != nil {
		return nil, err
	}
	l.count("raw.payloads", len(payloads), written)
	aside := l.release
	if holds {
		aside = l.hold
	}
	if err := aside(ctx); err != nil {
		return nil, err
	}
	kobis, tmdb := kobisLanding{l}, tmdbLanding{l}
	// The order of the tables is that of their locks, the hottest rows last.
	for _, step := range []func(context.Context) error{
		kobis.kobisLists, kobis.kobisDetails, kobis.kobisBoxOffice, kobis.kobisPeopleLists, kobis.kobisPeopleDetails,
		tmdb.tmdbSearches, tmdb.tmdbMovies, tmdb.tmdbSeries, tmdb.tmdbSeasons, tmdb.tmdbPersons, tmdb.tmdbDiscoverPages,
		tmdb.tmdbPeople, tmdb.tmdbCompanies, kobis.kobisCompanies, l.mark, l.countWell,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return l.landed, nil
}

// aboveFloor reads the floors first of all, under their lock: a purge waits for the
// transactions that have it and comes before the others.
func aboveFloor(ctx context.Context, q *db.Queries, payloads []*Payload) ([]*Payload, error) {
	if err := q.ShareFloors(ctx); err != nil {
		return nil, fmt.Errorf("waiting for what lands alone: %w", err)
	}
	floors, err := q.Floors(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading the floors of purges: %w", err)
	}
	for _, f := range floors {
		payloads = slices.DeleteFunc(slices.Clone(payloads), func(p *Payload) bool {
			return string(p.Source) == f.Source && !p.FetchedAt.After(f.Floor)
		})
	}
	return payloads, nil
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
