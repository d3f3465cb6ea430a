package loader

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// blockedFor is how long a title that can't be derived is left alone.
const blockedFor = 15 * time.Minute

// drain works off some marks and reports whether there may be more.
//
// When the database refuses what was derived, fewer titles are tried, and one
// alone in the end: its mark stays with the problem, so that it is seen and
// never holds up the others.
func (w *worker) drain(ctx context.Context) bool {
	started := w.now()
	w.derived = started
	var drained derive.Drained
	err := w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		drained, err = derive.Drain(ctx, tx, w.limit, w.now())
		return err
	})
	switch {
	case err == nil:
		w.limit = min(w.limit*2, int32(w.chunk))
		w.drained(drained, started)
		return len(drained.Keys) > 0
	case ctx.Err() != nil:
		return false
	case w.limit > 1:
		w.limit /= 2
		return true
	case contended(err):
		return true
	}
	return w.block(ctx, drained.Keys, err)
}

func (w *worker) drained(d derive.Drained, started time.Time) {
	if len(d.Keys) == 0 {
		return
	}
	w.metrics.titles.Add(float64(len(d.Keys)))
	w.metrics.drain.Observe(w.now().Sub(started).Seconds())
	for table, rows := range d.Written {
		w.metrics.derived.WithLabelValues(table).Add(float64(rows))
	}
}

func (w *worker) block(ctx context.Context, keys []string, problem error) bool {
	err := w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		for _, key := range keys {
			until, words := w.now().Add(blockedFor), problem.Error()
			if err := db.New(tx).BlockMark(ctx, db.BlockMarkParams{Key: key, BlockedUntil: &until, Problem: &words}); err != nil {
				return fmt.Errorf("blocking a mark: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return false
	}
	w.metrics.blocked.Add(float64(len(keys)))
	w.log.Error().Err(problem).Strs("titles", keys).Dur("for", blockedFor).Msg("a title can't be derived and waits")
	return true
}
