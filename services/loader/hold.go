package loader

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/staging"
)

// holdEvery is how often kinds that are held are looked at.
const holdEvery = time.Second

// breached counts a letter that broke the contract of its kind. It comes after the
// letter: where the database is away, that is stored none the less.
func (w *worker) breached(ctx context.Context, m *message, name messages.Name) {
	_ = w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return staging.CountBreach(ctx, tx, name, m.fetchedAt, reason(m.problem), w.now())
	}) // the session has told; one more or less is no matter
}

// watchHolds tells of kinds that begin or end to be held, and loads what is held no
// longer, for a moment.
func (w *worker) watchHolds(ctx context.Context) error {
	var holds []db.HoldsRow
	err := w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		holds, err = db.New(tx).Holds(ctx)
		return err
	})
	if err != nil {
		return err
	}
	waiting := w.tellHolds(holds)
	for started := w.now(); waiting && w.now().Sub(started) < expireFor; {
		if waiting, err = w.loadHeld(ctx); err != nil {
			return err
		}
	}
	return nil
}

// kinds is for /readyz: those that are held.
type kinds struct{ held atomic.Pointer[string] }

func (k *kinds) check(context.Context) error {
	if held := k.held.Load(); held != nil && *held != "" {
		return fmt.Errorf("%w: %s; see loader hold list", errHeld, *held)
	}
	return nil
}

// tellHolds reports whether anything waits that is held no longer.
func (w *worker) tellHolds(holds []db.HoldsRow) (waiting bool) {
	held := make(map[messages.Name]bool, len(holds))
	answers := int64(0)
	for _, h := range holds {
		answers += h.Waiting
		if h.HeldSince == nil {
			waiting = true
			continue
		}
		name := messages.Name{Source: messages.Source(h.Source), Kind: messages.Kind(h.Kind)}
		if held[name] = true; !w.housekeeping.held[name] {
			w.log.Warn().Str("source", h.Source).Str("kind", h.Kind).Time("since", *h.HeldSince).Str("reason", h.Reason).
				Msg("so many answers of a kind break their contract that the others wait; see loader hold list")
		}
	}
	for name := range w.housekeeping.held {
		if !held[name] {
			w.log.Info().Str("source", string(name.Source)).Str("kind", string(name.Kind)).Msg("answers of a kind are loaded again, and so is what waited")
		}
	}
	w.metrics.held.Set(float64(len(held)))
	w.metrics.waiting.Set(float64(answers))
	w.housekeeping.held = held
	names := make([]string, 0, len(held))
	for name := range held {
		names = append(names, string(name.Source)+"."+string(name.Kind))
	}
	slices.Sort(names)
	w.kinds.held.Store(new(strings.Join(names, ", ")))
	return waiting
}

// loadHeld lands the next payload whose kind is held no longer, and reports whether
// there may be more. What can't be landed stays in raw.payloads, and a replay brings
// it to DEAD with the reason.
func (w *worker) loadHeld(ctx context.Context) (more bool, err error) {
	leave, err := w.guard.share(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	var next []db.NextHeldRow
	err = w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if next, err = db.New(tx).NextHeld(ctx); err != nil || len(next) == 0 {
			return err
		}
		p, err := heldPayload(&next[0])
		if err != nil {
			return fmt.Errorf("%w: %w", errUnheld, err)
		}
		_, err = staging.LandHeld(ctx, tx, p, w.now())
		return err
	})
	switch {
	case err == nil, len(next) == 0, ctx.Err() != nil:
		return len(next) > 0, err
	case contended(err):
		return true, nil
	}
	w.log.Error().Err(err).Int64("raw_id", next[0].ID).Str("subject", next[0].Subject).Msg("a payload that was held can't be loaded and is passed over; a replay tries it again")
	return true, w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error { return db.New(tx).TakeHeld(ctx, next[0].ID) })
}

// heldPayload reads a stored payload as if it came from RAW.
func heldPayload(r *db.NextHeldRow) (*staging.Payload, error) {
	name, err := messages.ParseName(r.Subject)
	if err != nil {
		return nil, err
	}
	request := map[string]string{}
	if err := json.Unmarshal(r.Request, &request); err != nil {
		return nil, fmt.Errorf("decoding its request: %w", err)
	}
	body := r.Body
	if r.Original != nil {
		body = r.Original
	}
	return read(messages.Payload{
		Name: name, Outcome: messages.Outcome(r.Outcome), FetchedAt: r.LastFetchedAt, ContentType: r.ContentType,
		Request: request, JobID: uint64(r.JobID), RunID: r.RunID, Body: body,
	}, uint64(r.StreamSeq))
}
