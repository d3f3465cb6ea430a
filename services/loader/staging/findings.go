package staging

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// mostDrifts of one kind are kept: the paths hold names of the source's choice.
const mostDrifts = 500

// Drift is a place where answers of a kind do not look as they did so far.
type Drift struct {
	Source messages.Source
	Kind   messages.Kind
	decode.Drift
	RawID int64 // the payload in which it was noticed
}

// Note keeps what is odd about payloads that Land has written in the same
// transaction, and returns the drift that nobody has noticed before.
func Note(ctx context.Context, tx pgx.Tx, payloads []*Payload, now time.Time) ([]Drift, error) {
	q, now := db.New(tx), now.UTC().Truncate(time.Microsecond)
	landed := slices.DeleteFunc(slices.Clone(payloads), func(p *Payload) bool { return p.rawID == 0 })
	if len(landed) == 0 {
		return nil, nil
	}
	if err := q.SetFieldNotes(ctx, fieldNotes(landed)); err != nil {
		return nil, failed("raw.field_notes", err)
	}
	drifts := drifts(landed)
	if len(drifts) == 0 {
		return nil, nil
	}
	rows, err := q.NoticeDrift(ctx, driftParams(drifts, now))
	if err != nil {
		return nil, failed("ops.drift", err)
	}
	var noticed []Drift
	for _, r := range rows {
		if r.NoticedAt.Equal(now) {
			noticed = append(noticed, Drift{messages.Source(r.Source), messages.Kind(r.Kind), decode.Drift{Path: r.Path, What: r.What}, r.RawID})
		}
	}
	return noticed, nil
}

func fieldNotes(payloads []*Payload) db.SetFieldNotesParams {
	var params db.SetFieldNotesParams
	seen := make(map[int64]bool, len(payloads))
	for _, p := range payloads {
		if seen[p.rawID] {
			continue // the same body twice has the same notes
		}
		seen[p.rawID] = true
		params.RawIds = append(params.RawIds, p.rawID)
		for note, times := range noted(p) {
			params.RawID = append(params.RawID, p.rawID)
			params.Field = append(params.Field, note.Field)
			params.Problem = append(params.Problem, note.Problem)
			params.Times = append(params.Times, int32(times))
		}
	}
	return params
}

// noted are a payload's notes, and one of each field that is not there though its
// kind always has it.
func noted(p *Payload) map[decode.Note]int {
	notes := maps.Clone(p.Findings.Notes)
	for _, gap := range p.Findings.Gaps {
		if gap.Why == decode.Missing {
			if notes == nil {
				notes = make(map[decode.Note]int)
			}
			notes[decode.Note{Field: gap.Field, Problem: string(gap.Why)}]++
		}
	}
	return notes
}

// seen is a drift with the payloads that show it.
type seen struct {
	Drift
	payloads int64
	newest   time.Time
}

// drifts collects those of a chunk, sorted by the table's key.
func drifts(payloads []*Payload) []*seen {
	byPlace := make(map[Drift]*seen)
	var all []*seen
	for _, p := range payloads {
		for drift := range p.Findings.Drift {
			place := Drift{p.Source, p.Kind, drift, 0}
			s := byPlace[place]
			if s == nil {
				s = &seen{Drift: place}
				s.RawID = p.rawID
				byPlace[place] = s
				all = append(all, s)
			}
			s.payloads++
			if p.FetchedAt.After(s.newest) {
				s.newest = p.FetchedAt
			}
		}
	}
	slices.SortFunc(all, func(a, b *seen) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path), cmp.Compare(a.What, b.What))
	})
	return all
}

func driftParams(drifts []*seen, now time.Time) db.NoticeDriftParams {
	return db.NoticeDriftParams{
		NoticedAt: now, Most: mostDrifts,
		Source:     column(drifts, func(s **seen) string { return string((*s).Source) }),
		Kind:       column(drifts, func(s **seen) string { return string((*s).Kind) }),
		Path:       column(drifts, func(s **seen) string { return (*s).Path }),
		What:       column(drifts, func(s **seen) string { return (*s).What }),
		RawID:      column(drifts, func(s **seen) int64 { return (*s).RawID }),
		Payloads:   column(drifts, func(s **seen) int64 { return (*s).payloads }),
		LastSeenAt: column(drifts, func(s **seen) time.Time { return (*s).newest }),
	}
}
