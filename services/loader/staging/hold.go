package staging

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Where so many answers of a kind break their contract, those that don't are not to
// be trusted either: a source that has changed its form changes more than the
// contract sees. They are stored and wait. A breach counts two and a well answer
// takes one back: twenty breaches in a row, or fewer among few well answers, hold
// their kind, and well answers take half of it back before it goes on.
const (
	mostBreaches  = 40
	fewEnough     = 20
	breachReasons = 1_000 // bytes of one
)

// CountBreach counts an answer that broke its contract, once however often it is
// replayed.
func CountBreach(ctx context.Context, tx pgx.Tx, name messages.Name, fetchedAt time.Time, reason string, now time.Time) error {
	err := db.New(tx).CountBreach(ctx, db.CountBreachParams{
		Subject: name.String(), FetchedAt: fetchedAt, Source: string(name.Source), Kind: string(name.Kind),
		Reason: strings.ToValidUTF8(reason[:min(len(reason), breachReasons)], ""), Most: mostBreaches, Now: now.UTC(),
	})
	return failed("ops.holds", err)
}

// kindOf is a name without its key.
func kindOf(p *Payload) messages.Name { return messages.Name{Source: p.Source, Kind: p.Kind} }

// hold puts aside what is of a kind that is held.
func (l *landing) hold(ctx context.Context) error {
	kinds, err := l.q.DoubtedKinds(ctx)
	if err != nil {
		return fmt.Errorf("looking for kinds that are held: %w", err)
	}
	if len(kinds) == 0 {
		return nil
	}
	doubted := make(map[messages.Name]db.DoubtedKindsRow, len(kinds))
	for _, k := range kinds {
		doubted[messages.Name{Source: messages.Source(k.Source), Kind: messages.Kind(k.Kind)}] = k
	}
	loaded, err := l.loadedBefore(ctx, doubted)
	if err != nil {
		return err
	}
	l.well = make(map[messages.Name][]time.Time)
	var held, others []*Payload
	for _, p := range l.payloads {
		kind, inDoubt := doubted[kindOf(p)]
		if inDoubt {
			l.well[kindOf(p)] = append(l.well[kindOf(p)], p.FetchedAt)
		}
		if kind.Held && !p.FetchedAt.Before(kind.SuspectFrom) && !loaded[p.rawID] {
			held = append(held, p)
		} else {
			others = append(others, p)
		}
	}
	if len(held) == 0 {
		return nil
	}
	l.payloads = others
	slices.SortFunc(held, func(a, b *Payload) int { return cmp.Compare(a.rawID, b.rawID) })
	held = slices.CompactFunc(held, func(a, b *Payload) bool { return a.rawID == b.rawID })
	return failed("raw.held", l.q.HoldPayloads(ctx, db.HoldPayloadsParams{
		RawID:   column(held, func(p **Payload) int64 { return (*p).rawID }),
		Source:  column(held, func(p **Payload) string { return string((*p).Source) }),
		Kind:    column(held, func(p **Payload) string { return string((*p).Kind) }),
		Subject: column(held, func(p **Payload) string { return (*p).Name.String() }),
	}))
}

// loadedBefore are the answers that came with the same bytes before their kind was
// suspect: they are loaded, and stay so.
func (l *landing) loadedBefore(ctx context.Context, doubted map[messages.Name]db.DoubtedKindsRow) (map[int64]bool, error) {
	var params db.LoadedBeforeParams
	for _, p := range l.payloads {
		if kind := doubted[kindOf(p)]; kind.Held {
			params.RawIds, params.SuspectFrom = append(params.RawIds, p.rawID), append(params.SuspectFrom, kind.SuspectFrom)
		}
	}
	if len(params.RawIds) == 0 {
		return nil, nil
	}
	ids, err := l.q.LoadedBefore(ctx, params)
	if err != nil {
		return nil, fmt.Errorf("looking for answers that are loaded: %w", err)
	}
	loaded := make(map[int64]bool, len(ids))
	for _, id := range ids {
		loaded[id] = true
	}
	return loaded, nil
}

// countWell comes last: the rows are locked until the chunk has landed.
func (l *landing) countWell(ctx context.Context) error {
	for _, kind := range slices.SortedFunc(maps.Keys(l.well), func(a, b messages.Name) int { return cmp.Compare(a.String(), b.String()) }) {
		err := l.q.CountWell(ctx, db.CountWellParams{
			FetchedAt: l.well[kind], Enough: fewEnough, Source: string(kind.Source), Kind: string(kind.Kind),
		})
		if err != nil {
			return failed("ops.holds", err)
		}
	}
	return nil
}

// release takes payloads out of what is put aside, before they land: what is held is
// left out where older answers are read. It comes after raw.payloads, as holding does.
func (l *landing) release(ctx context.Context) error {
	for _, p := range l.payloads {
		if err := l.q.TakeHeld(ctx, p.rawID); err != nil {
			return failed("raw.held", err)
		}
	}
	return nil
}

// LandHeld writes a payload that was put aside, whatever is held by now.
func LandHeld(ctx context.Context, tx pgx.Tx, p *Payload, now time.Time) (Landed, error) {
	return land(ctx, tx, []*Payload{p}, now, false)
}
