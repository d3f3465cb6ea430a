package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/cledit/pipeline/services/planner/internal/db"
)

// Store is the planner's tables, parted by what they tell. It works through one pool and is
// safe for concurrent use.
type Store struct {
	Due     Due         // the calls that are due, and the facts they are derived from
	Answers Answers     // what the loader has stored
	Windows Windows     // how completely the catalogue is known
	Changes ChangeLists // how far TMDB's change lists are read
	Jobs    Jobs        // what is outstanding
	Letters Letters     // what died
	Runs    Runs        // what was planned, by run and day
	Reports Reports     // what people are told
	tables  *tables
}

// New uses a pool that its maker closes.
func New(pool *pgxpool.Pool) *Store {
	t := &tables{pool: pool, q: db.New(pool)}
	return &Store{
		Due: Due{t}, Answers: Answers{t}, Windows: Windows{t}, Changes: ChangeLists{t}, Jobs: Jobs{t, Letters{t}}, Letters: Letters{t},
		Runs: Runs{t}, Reports: Reports{t}, tables: t,
	}
}

// Notes hands out what was noted since the last call.
func (s *Store) Notes() []Note { return s.tables.notes.take() }

// tables is what every part of a store works through.
type tables struct {
	pool  *pgxpool.Pool
	q     *db.Queries
	notes notes
}

// lockKey is the advisory lock that planners write under: "plan_tx" in ASCII.
const lockKey = 0x706c616e5f7478

// in runs a transaction. Those of several planners come one after the other: what
// one derives from facts must not be overwritten by what another derived from
// older ones.
func (s *tables) in(ctx context.Context, doing string, do func(*db.Queries) error) error {
	return s.inParts(ctx, doing, func(q *db.Queries, _ apart) error { return do(q) })
}

// apart runs a part of a transaction: what fails in it is undone alone.
type apart func(do func(*db.Queries) error) error

// inParts runs a transaction, parts of which may fail alone.
func (s *tables) inParts(ctx context.Context, doing string, do func(*db.Queries, apart) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.LockPlanning(ctx, lockKey); err != nil {
			return err
		}
		return do(q, func(part func(*db.Queries) error) error {
			return pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error { return part(s.q.WithTx(savepoint)) })
		})
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// dataClasses are the classes of SQLSTATE that say something about the values of a
// statement, and nothing about the database: cardinality, data exception, integrity
// constraint and program limit.
var dataClasses = []string{"21", "22", "23", "54"}

// OfData reports whether an error is one of the values that a statement read or
// wrote: the same again would fail again, on any session, and others would not.
func OfData(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return len(pg.Code) == 5 && slices.Contains(dataClasses, pg.Code[:2])
	}
	_, scan := errors.AsType[pgx.ScanArgError](err)
	return scan
}
