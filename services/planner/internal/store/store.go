package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/cledit/pipeline/services/planner/internal/db"
)

// Store reads and writes through one pool. It is safe for concurrent use.
type Store struct {
	pool *pgxpool.Pool
	q    *db.Queries
}

// New uses a pool that its maker closes.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool, q: db.New(pool)} }

// lockKey is the advisory lock that planners write under: "plan_tx" in ASCII.
const lockKey = 0x706c616e5f7478

// in runs a transaction. Those of several planners come one after the other: what
// one derives from facts must not be overwritten by what another derived from
// older ones.
func (s *Store) in(ctx context.Context, doing string, do func(*db.Queries) error) error {
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		q := s.q.WithTx(tx)
		if err := q.LockPlanning(ctx, lockKey); err != nil {
			return err
		}
		return do(q)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}
