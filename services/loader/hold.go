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

// holdEvery is how often the kinds that are held are read.
const holdEvery = time.Second

// breached counts a letter that broke the contract of its kind. It comes after the
// letter: where the database is away, that is stored none the less.
func (w *worker) breached(ctx context.Context, m *message, name messages.Name) {
	_ = w.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return staging.CountBreach(ctx, tx, name, m.fetchedAt, reason(m.problem), w.now())
	}) // the session has told; one more or less does not matter
}

// watchHolds tells of kinds that begin or end to be held, and loads what is held no
// longer, for a moment.
func (h *housekeeping) watchHolds(ctx context.Context) error {
	var holds []db.HoldsRow
	err := h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		holds, err = db.New(tx).Holds(ctx)
		return err
	})
	if err != nil {
		return err
	}
	waiting := h.tellHolds(holds)
	for started := h.now(); waiting && h.now().Sub(started) < expireFor; {
		if waiting, err = h.loadHeld(ctx); err != nil {
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
func (h *housekeeping) tellHolds(holds []db.HoldsRow) (waiting bool) {
	held := make(map[messages.Name]bool, len(holds))
	answers := int64(0)
	for _, row := range holds {
		answers += row.Waiting
		if row.HeldSince == nil {
			waiting = true
			continue
		}
		name := messages.Name{Source: messages.Source(row.Source), Kind: messages.Kind(row.Kind)}
		if held[name] = true; !h.held[name] {
			h.log.Warn().Str("source", row.Source).Str("kind", row.Kind).Time("since", *row.HeldSince).Str("reason", row.Reason).
				Msg("too many answers of this kind break their contract, so the others are held; see loader hold list")
		}
	}
	for name := range h.held {
		if !held[name] {
			h.log.Info().Str("source", string(name.Source)).Str("kind", string(name.Kind)).
				Msg("loading answers of this kind again, and those that waited")
		}
	}
	h.metrics.held.Set(float64(len(held)))
	h.metrics.waiting.Set(float64(answers))
	h.held = held
	names := make([]string, 0, len(held))
	for name := range held {
		names = append(names, string(name.Source)+"."+string(name.Kind))
	}
	slices.Sort(names)
	h.kinds.held.Store(new(strings.Join(names, ", ")))
	return waiting
}

// loadHeld lands the next payload whose kind is held no longer, and reports whether
// there may be more. What can't be landed stays in raw.payloads, and a replay brings
// it to DEAD with the reason.
func (h *housekeeping) loadHeld(ctx context.Context) (more bool, err error) {
	leave, err := h.guard.share(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	var next []db.NextHeldRow
	err = h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		if next, err = db.New(tx).NextHeld(ctx); err != nil || len(next) == 0 {
			return err
		}
		p, err := heldPayload(&next[0])
		if err != nil {
			return fmt.Errorf("%w: %w", errUnheld, err)
		}
		_, err = staging.LandHeld(ctx, tx, p, h.now())
		return err
	})
	switch {
	case err == nil, len(next) == 0, ctx.Err() != nil:
		return len(next) > 0, err
	case contended(err):
		return true, nil
	}
	h.log.Error().Err(err).Int64("raw_id", next[0].ID).Str("subject", next[0].Subject).
		Msg("skipped a held payload that cannot be loaded; a replay tries it again")
	return true, h.session.transact(ctx, func(ctx context.Context, tx pgx.Tx) error { return db.New(tx).TakeHeld(ctx, next[0].ID) })
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
