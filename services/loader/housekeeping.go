package loader

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/derive"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/staging"
)

const (
	countEvery  = 10 * time.Second
	expireEvery = time.Hour
	expireRows  = 1_000 // of each table and transaction
	expireFor   = 200 * time.Millisecond
)

// housekeeping is what one worker does for all, between its chunks.
type housekeeping struct {
	counted, forgotten, expired, watched time.Time

	ruled bool // titles are marked, if their rules are new

	held map[messages.Name]bool // kinds: names without a key
}

// keepHouse counts the marks now and then and removes what has expired. Failures
// wait for the next time: the session has reported them.
func (w *worker) keepHouse(ctx context.Context) {
	if w.session.worker != 0 || ctx.Err() != nil {
		return
	}
	now := w.now()
	if !w.housekeeping.ruled {
		w.housekeeping.ruled = w.applyRules(ctx) == nil
	}
	if now.Sub(w.housekeeping.counted) >= countEvery && w.countMarks(ctx) == nil {
		w.housekeeping.counted = now
	}
	if now.Sub(w.housekeeping.watched) >= holdEvery && w.watchHolds(ctx) == nil {
		w.housekeeping.watched = now
	}
	if now.Sub(w.housekeeping.forgotten) >= countEvery && w.forgetSettled(ctx) == nil {
		w.housekeeping.forgotten = now
	}
	if now.Sub(w.housekeeping.expired) >= expireEvery && w.expire(ctx) {
		w.housekeeping.expired = now
	}
}

// applyRules has all titles derived again by a program whose rules are newer.
func (w *worker) applyRules(ctx context.Context) error {
	return w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		marked, err := derive.ApplyRules(ctx, tx, w.now())
		if err == nil && marked > 0 {
			w.log.Info().Int("version", derive.RuleVersion).Int64("titles", marked).Msg("the rules are new: all titles are derived again")
		}
		return err
	})
}

func (w *worker) countMarks(ctx context.Context) error {
	return w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := db.New(tx).CountMarks(ctx)
		if err == nil {
			w.metrics.stale.Set(float64(n))
		}
		return err
	})
}

// forgetSettled removes the notes of what is settled: where RAW handed a message out
// twice, the process may have ended over one while the other landed. Else they would
// are there as long as RAW keeps a message.
func (w *worker) forgetSettled(ctx context.Context) error {
	var notes int64
	err := w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		notes, err = db.New(tx).CountSuspects(ctx)
		return err
	})
	if err != nil || notes == 0 {
		return err
	}
	ask, cancel := context.WithTimeoutCause(ctx, bindWait, errNoConsumer)
	defer cancel()
	consumer, err := topology.Consumer(ask, w.puller.js, topology.StreamRaw, topology.ConsumerLoader, nil)
	if err != nil {
		return fmt.Errorf("looking for what RAW has had acknowledged: %w", err)
	}
	floor := int64(consumer.CachedInfo().AckFloor.Stream)
	return w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).ForgetSettled(ctx, floor)
	})
}

// expire removes rows whose time is over, for a moment, and reports whether none
// is left; it goes on after the next chunk.
func (w *worker) expire(ctx context.Context) (done bool) {
	for started := w.now(); w.now().Sub(started) < expireFor; {
		var removed int64
		err := w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
			if err = db.New(tx).ForgetBreaches(ctx, w.now().Add(-topology.RawMaxAge)); err != nil {
				return fmt.Errorf("forgetting breaches: %w", err)
			}
			removed, err = staging.Expire(ctx, tx, w.now(), expireRows)
			return err
		})
		if err != nil {
			return false
		}
		if removed == 0 {
			return true
		}
		w.metrics.expired.Add(float64(removed))
	}
	return false
}
