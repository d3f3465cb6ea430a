package derive

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Drained says what a transaction worked off.
type Drained struct {
	Keys []string // the marks that were taken
	// Written counts production's rows that were added or changed, by table.
	Written map[string]int64
}

// drainer works off the marks with a prefix.
type drainer struct {
	prefix  string
	spreads bool // it marks films, and derives nothing
	drain   func(d *derivation, ctx context.Context, keys []string) error
}

// drainers are in the order in which they are looked through. All that is spread comes
// before any film: one that is derived meanwhile holds the other worker up, which waits for
// its mark, and is derived once more for each that is spread to it.
var drainers = []drainer{
	{identity.TmdbMovie, true, (*derivation).spread},
	{identity.KobisPerson, true, (*derivation).spreadPeople},
	{identity.Namesakes, true, (*derivation).spreadNamesakes},
	{identity.KobisMovie, false, (*derivation).films},
	{identity.TmdbSeries, false, (*derivation).series},
}

// errSpreading: another worker spreads.
var errSpreading = errors.New("another worker marks films")

// derivation is the work on one set of marks.
type derivation struct {
	q       *db.Queries
	now     time.Time
	written map[string]int64 // rows, by table
}

// Drain works off up to limit marks of one kind. Drained.Keys is set even with an
// error, and empty when no mark is free, or when none but those that wait until another
// worker has marked films. now is the time that updated_at gets.
func Drain(ctx context.Context, tx pgx.Tx, limit int32, now time.Time) (Drained, error) {
	d := newDerivation(tx, now)
	drained, err := d.drain(ctx, func(kind drainer) ([]string, error) {
		from, to := kind.prefix, after(kind.prefix)
		keys, err := d.q.TakeMarks(ctx, db.TakeMarksParams{FromKey: from, ToKey: to, Now: &d.now, MaxMarks: limit})
		if err != nil || len(keys) > 0 || !kind.spreads {
			return keys, err
		}
		held, err := d.q.IsMarked(ctx, db.IsMarkedParams{FromKey: from, ToKey: to, Now: &d.now})
		if err == nil && held {
			err = errSpreading
		}
		return nil, err
	})
	if errors.Is(err, errSpreading) {
		return Drained{}, nil
	}
	return drained, err
}

// DrainAll works off all marks that are free, up to limit in a transaction, and counts
// production's titles that were added or changed.
func DrainAll(ctx context.Context, conn *pgx.Conn, limit int32, now func() time.Time) (titles int64, err error) {
	for {
		var drained Drained
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) (err error) {
			drained, err = Drain(ctx, tx, limit, now())
			return err
		})
		if err != nil {
			return titles, fmt.Errorf("deriving titles again: %w", err)
		}
		if len(drained.Keys) == 0 {
			return titles, nil
		}
		titles += drained.Written["production.titles"]
	}
}

// DrainThese is Drain of none but these marks, those of one kind.
func DrainThese(ctx context.Context, tx pgx.Tx, keys []string, now time.Time) (Drained, error) {
	d := newDerivation(tx, now)
	return d.drain(ctx, func(kind drainer) ([]string, error) {
		return d.q.TakeTheseMarks(ctx, db.TakeTheseMarksParams{FromKey: kind.prefix, ToKey: after(kind.prefix), Keys: keys, Now: &d.now})
	})
}

// Next are up to limit marks of one kind that Drain would work off, unlocked and
// without those that are noted as suspects.
func Next(ctx context.Context, tx pgx.Tx, limit int32, now time.Time) ([]string, error) {
	d := newDerivation(tx, now)
	for _, kind := range drainers {
		keys, err := d.q.NextMarks(ctx, db.NextMarksParams{FromKey: kind.prefix, ToKey: after(kind.prefix), Now: &d.now, MaxMarks: limit})
		if err != nil {
			return nil, fmt.Errorf("looking for marks: %w", err)
		}
		if len(keys) > 0 {
			return keys, nil
		}
	}
	return nil, nil
}

func newDerivation(tx pgx.Tx, now time.Time) *derivation {
	return &derivation{
		q: db.New(tx), now: now.UTC().Truncate(time.Microsecond), written: make(map[string]int64),
	}
}

func (d *derivation) drain(ctx context.Context, take func(kind drainer) ([]string, error)) (Drained, error) {
	for _, kind := range drainers {
		keys, err := take(kind)
		if err != nil {
			return Drained{}, fmt.Errorf("taking marks: %w", err)
		}
		if len(keys) == 0 {
			continue
		}
		drained := Drained{Keys: keys, Written: d.written}
		if err := guard(func() error { return kind.drain(d, ctx, keys) }); err != nil {
			return drained, err
		}
		if err := d.q.RemoveMarks(ctx, keys); err != nil {
			return drained, fmt.Errorf("removing marks: %w", err)
		}
		return drained, nil
	}
	return Drained{}, nil
}

// guard turns a failure of the program on one title's data into an error, so that
// the title can be put aside.
func guard(run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v\n%s", ErrPanic, r, debug.Stack())
		}
	}()
	return run()
}

// after is the first key behind all that start with the prefix, in the order of
// bytes that the column has.
func after(prefix string) string {
	return prefix[:len(prefix)-1] + string(prefix[len(prefix)-1]+1)
}

// write brings production to what was derived.
func (d *derivation) write(ctx context.Context, o *output) error {
	w := &writer{
		q: d.q, now: d.now, written: d.written, current: make(map[uuid.UUID]bool), stale: make(map[uuid.UUID]bool),
	}
	return w.write(ctx, o)
}

// spread marks the films that records of TMDB have a part in.
func (d *derivation) spread(ctx context.Context, keys []string) error {
	params := db.FilmsOfTmdbMoviesParams{}
	for _, key := range keys {
		id, ok := identity.ParseNumber(identity.TmdbMovie, key)
		if !ok {
			continue // nobody's mark: it goes without a trace
		}
		candidate, err := json.Marshal([]map[string]int32{{"tmdb_id": id}})
		if err != nil { // a map of numbers always marshals
			panic(err)
		}
		params.TmdbIds = append(params.TmdbIds, id)
		params.Candidates = append(params.Candidates, candidate)
	}
	films, err := d.q.FilmsOfTmdbMovies(ctx, params)
	if err != nil {
		return fmt.Errorf("looking for films of TMDB's records: %w", err)
	}
	return d.markFilms(ctx, films)
}

// markFilms marks films in the order in which all do.
func (d *derivation) markFilms(ctx context.Context, films []string) error {
	if len(films) == 0 {
		return nil
	}
	marks := make([]string, 0, len(films))
	for _, movieCd := range films {
		marks = append(marks, identity.KobisMovie+movieCd)
	}
	slices.Sort(marks)
	if err := d.q.Mark(ctx, db.MarkParams{Keys: marks, MarkedAt: d.now}); err != nil {
		return fmt.Errorf("marking films: %w", err)
	}
	return nil
}

func (d *derivation) series(ctx context.Context, keys []string) error {
	ids := make([]int32, 0, len(keys))
	for _, key := range keys {
		if id, ok := identity.ParseNumber(identity.TmdbSeries, key); ok {
			ids = append(ids, id)
		}
	}
	known, err := readSeries(ctx, d.q, ids)
	if err != nil {
		return err
	}
	seasons, err := readSeasons(ctx, d.q, ids)
	if err != nil {
		return err
	}
	var out output
	for _, id := range ids {
		out.seriesTitle(id, known[id], seasons[id])
	}
	return d.write(ctx, &out)
}
