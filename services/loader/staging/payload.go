package staging

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// TmdbKeep is how long an answer of TMDB is kept after it was fetched: TMDB's
// terms allow six months.
const TmdbKeep = 180 * 24 * time.Hour

// Payload is a decoded payload on its way into the tables.
type Payload struct {
	messages.Payload
	StreamSeq uint64 // in RAW
	SHA256    [sha256.Size]byte
	Original  []byte // the bytes as they came, where Body is their repaired text; else nil
	Facts     decode.Facts
	Findings  decode.Findings

	rawID int64 // 0 until it is in raw.payloads
}

// RawID is that of its row in raw.payloads, 0 where it has none.
func (p *Payload) RawID() int64 { return p.rawID }

// digest identifies a payload's row in raw.payloads.
type digest struct {
	subject string // the tail that job and answer share
	sha     [sha256.Size]byte
}

func (p *Payload) digest() digest { return digest{p.Name.String(), p.SHA256} }

// expiry is nil for a source whose answers may be kept.
func (p *Payload) expiry() *time.Time {
	if p.Source != messages.TMDB {
		return nil
	}
	t := p.FetchedAt.Add(TmdbKeep)
	return &t
}

// archived is a row of raw.payloads: the newest of the payloads with its digest.
type archived struct {
	*Payload
	first time.Time
	last  *Payload // the one that RAW stored last, whose job was answered with it
}

// landRaw stores the bodies, gives each payload the id of its row and returns how
// many rows it wrote.
func landRaw(ctx context.Context, q *db.Queries, payloads []*Payload) (int, error) {
	rows := archive(payloads)
	written, err := q.UpsertPayloads(ctx, payloadParams(rows))
	if err != nil {
		return 0, fmt.Errorf("storing payloads: %w", err)
	}
	params := db.PayloadIDsParams{
		Ordinal: make([]int32, 0, len(rows)),
		Subject: column(rows, func(r *archived) string { return r.Name.String() }),
		Sha256:  column(rows, func(r *archived) []byte { return r.SHA256[:] }),
	}
	for i := range rows {
		params.Ordinal = append(params.Ordinal, int32(i))
	}
	ids, err := q.PayloadIDs(ctx, params)
	if err != nil {
		return 0, fmt.Errorf("looking up stored payloads: %w", err)
	}
	byDigest := make(map[digest]int64, len(ids))
	again := make(map[int64]bool)
	var ended []string
	for _, id := range ids {
		row := &rows[id.Ordinal]
		byDigest[row.digest()], again[id.ID] = id.ID, id.Again
		if id.OthersTold {
			ended = append(ended, row.Name.String())
		}
	}
	for _, p := range payloads {
		p.rawID = byDigest[p.digest()]
	}
	if err := noteTold(ctx, q, payloads, again); err != nil {
		return 0, err
	}
	if len(ended) > 0 {
		if err := q.ForgetTold(ctx, ended); err != nil {
			return 0, fmt.Errorf("ending the field notes of other payloads: %w", err)
		}
	}
	return int(written), nil
}

// noteTold keeps when answers were given that are one row: each not-found counts
// before one of something known is believed, and what came again may have come in the
// place of another answer. again are the rows that came more than once.
func noteTold(ctx context.Context, q *db.Queries, payloads []*Payload, again map[int64]bool) error {
	var gone db.NoteToldParams
	var told db.NoteToldAgainParams
	for _, p := range payloads {
		switch {
		case p.Outcome == messages.OutcomeNotFound:
			gone.RawID, gone.FetchedAt = append(gone.RawID, p.rawID), append(gone.FetchedAt, p.FetchedAt)
		case again[p.rawID] && slices.Contains(decode.DoubtedKinds(), string(p.Kind)):
			told.RawID, told.FetchedAt = append(told.RawID, p.rawID), append(told.FetchedAt, p.FetchedAt)
		}
	}
	if len(gone.RawID) > 0 {
		if err := q.NoteTold(ctx, gone); err != nil {
			return fmt.Errorf("noting when payloads were given: %w", err)
		}
	}
	if len(told.RawID) > 0 {
		if err := q.NoteToldAgain(ctx, told); err != nil {
			return fmt.Errorf("noting when payloads came again: %w", err)
		}
	}
	return nil
}

// archive collapses payloads with the same body and sorts by the table's key.
func archive(payloads []*Payload) []archived {
	seen := make(map[digest]int, len(payloads))
	rows := make([]archived, 0, len(payloads))
	for _, p := range payloads {
		at, ok := seen[p.digest()]
		if !ok {
			seen[p.digest()] = len(rows)
			rows = append(rows, archived{p, p.FetchedAt, p})
			continue
		}
		row := &rows[at]
		if p.FetchedAt.Before(row.first) {
			row.first = p.FetchedAt
		}
		if cmp.Or(p.FetchedAt.Compare(row.FetchedAt), cmp.Compare(p.StreamSeq, row.StreamSeq)) > 0 {
			row.Payload = p
		}
		if p.StreamSeq > row.last.StreamSeq {
			row.last = p
		}
	}
	slices.SortFunc(rows, func(a, b archived) int {
		return cmp.Or(cmp.Compare(a.Name.String(), b.Name.String()), slices.Compare(a.SHA256[:], b.SHA256[:]))
	})
	return rows
}

func payloadParams(rows []archived) db.UpsertPayloadsParams {
	return db.UpsertPayloadsParams{
		Doubted:        decode.DoubtedKinds(),
		Subject:        column(rows, func(r *archived) string { return r.Name.String() }),
		Kind:           column(rows, func(r *archived) string { return string(r.Kind) }),
		EntityKey:      column(rows, func(r *archived) string { return r.Key }),
		Outcome:        column(rows, func(r *archived) string { return string(r.Outcome) }),
		Sha256:         column(rows, func(r *archived) []byte { return r.SHA256[:] }),
		ContentType:    column(rows, func(r *archived) string { return r.ContentType }),
		Body:           column(rows, func(r *archived) []byte { return r.Body }),
		Original:       column(rows, func(r *archived) []byte { return r.Original }),
		Request:        column(rows, func(r *archived) []byte { return object(r.Request) }),
		FirstFetchedAt: column(rows, func(r *archived) time.Time { return r.first }),
		LastFetchedAt:  column(rows, func(r *archived) time.Time { return r.FetchedAt }),
		ExpiresAt:      column(rows, func(r *archived) *time.Time { return r.expiry() }),
		StreamSeq:      column(rows, func(r *archived) int64 { return int64(r.last.StreamSeq) }),
		JobID:          column(rows, func(r *archived) int64 { return int64(r.last.JobID) }),
		RunID:          column(rows, func(r *archived) string { return r.last.RunID }),
	}
}

func object(params map[string]string) []byte {
	if params == nil {
		return []byte("{}")
	}
	return marshal(params)
}

// marshal is for values that always have a JSON form.
func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
