package loader

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/loader/aliases"
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

// housekeeping is what the first worker does for all, between its chunks.
type housekeeping struct {
	base
	js    jetstream.JetStream
	kinds *kinds

	counted, forgotten, expired, watched, stood, merged time.Time

	ruled bool // titles are marked, if their rules are new

	held map[messages.Name]bool // kinds: names without a key
}

// run counts the marks now and then and removes what has expired. Failures
// wait for the next time: the session has reported them.
func (h *housekeeping) run(ctx context.Context) {
	if h.session.worker != 0 || ctx.Err() != nil {
		return
	}
	now := h.now()
	if !h.ruled {
		h.ruled = h.applyRules(ctx) == nil
	}
	if now.Sub(h.counted) >= countEvery && h.countMarks(ctx) == nil {
		h.counted = now
	}
	if now.Sub(h.stood) >= standEvery && h.readStanding(ctx) == nil {
		h.stood = now
	}
	if now.Sub(h.watched) >= holdEvery && h.watchHolds(ctx) == nil {
		h.watched = now
	}
	if now.Sub(h.forgotten) >= countEvery && h.forgetSettled(ctx) == nil {
		h.forgotten = now
	}
	if now.Sub(h.merged) >= countEvery && h.removeMerged(ctx) == nil {
		h.merged = now
	}
	if now.Sub(h.expired) >= expireEvery && h.expire(ctx) {
		h.expired = now
	}
}

// applyRules has all titles derived again by a program whose rules are newer.
func (h *housekeeping) applyRules(ctx context.Context) error {
	return h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		marked, err := derive.ApplyRules(ctx, tx, h.now())
		if err == nil && marked > 0 {
			h.log.Info().Int("version", derive.RuleVersion).Int64("titles", marked).Msg("rule version changed; deriving all titles again")
		}
		return err
	})
}

// removeMerged takes out people who are others by verdicts, as far as deriving has left them.
func (h *housekeeping) removeMerged(ctx context.Context) error {
	return h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return aliases.RemoveAll(ctx, db.New(tx))
	})
}

func (h *housekeeping) countMarks(ctx context.Context) error {
	return h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		n, err := db.New(tx).CountMarks(ctx)
		if err == nil {
			h.metrics.stale.Set(float64(n))
		}
		return err
	})
}

// forgetSettled removes the notes of what is settled: where RAW handed a message out
// twice, the process may have ended over one while the other landed. Otherwise they would
// stay as long as RAW keeps a message.
func (h *housekeeping) forgetSettled(ctx context.Context) error {
	var notes int64
	err := h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		notes, err = db.New(tx).CountSuspects(ctx)
		return err
	})
	if err != nil || notes == 0 {
		return err
	}
	ask, cancel := context.WithTimeoutCause(ctx, bindWait, errNoConsumer)
	defer cancel()
	consumer, err := topology.Consumer(ask, h.js, topology.StreamRaw, topology.ConsumerLoader, nil)
	if err != nil {
		return fmt.Errorf("looking for what RAW has had acknowledged: %w", err)
	}
	floor := int64(consumer.CachedInfo().AckFloor.Stream)
	return h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return db.New(tx).ForgetSettled(ctx, floor)
	})
}

// expire removes rows whose time is over, for a moment, and reports whether none
// is left; it goes on after the next chunk.
func (h *housekeeping) expire(ctx context.Context) (done bool) {
	for started := h.now(); h.now().Sub(started) < expireFor; {
		var removed int64
		err := h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
			if err = db.New(tx).ForgetBreaches(ctx, h.now().Add(-topology.RawMaxAge)); err != nil {
				return fmt.Errorf("forgetting breaches: %w", err)
			}
			removed, err = staging.Expire(ctx, tx, h.now(), expireRows)
			return err
		})
		if err != nil {
			return false
		}
		if removed == 0 {
			return true
		}
		h.metrics.expired.Add(float64(removed))
	}
	return false
}
