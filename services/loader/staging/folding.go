package staging

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// answer is a stored one.
type answer struct {
	id        int64
	fetchedAt time.Time   // last
	times     []time.Time // at which it was fetched, as far as they matter
}

// question is what is wanted of an answer: its parts about the entities with these keys.
type question struct {
	answer
	keys map[string]bool
}

// folding reads entities again.
type folding[T any] struct {
	*table[T]
	l      *landing
	chunk  map[string]int64 // the answers of the chunk's rows
	pages  map[string][]int64
	folded map[string]stamped[T]
}

// fields are those of an entity as they are read one answer after the other.
type fields struct {
	answers []answer // the newest first
	parts   []decode.Part
	of      []answer // whose part each is
}

// whole reports whether no older answer can add anything.
func (f *fields) whole() bool { return len(f.parts) > 0 && decode.Whole(f.parts) }

// some folds a few entities: it reads the newest answer of each, then the next
// older one of those that lack something still, and so on.
func (f *folding[T]) some(ctx context.Context, entities []string) error {
	stored, err := f.stored(ctx, entities)
	if err != nil {
		return err
	}
	for round := 0; ; round++ {
		wanted := make(map[int64]*question)
		for entity, e := range stored {
			if round < len(e.answers) && !e.whole() {
				a := e.answers[round]
				if wanted[a.id] == nil {
					wanted[a.id] = &question{a, make(map[string]bool)}
				}
				wanted[a.id].keys[f.key(entity)] = true
			}
		}
		if len(wanted) == 0 {
			break
		}
		read, err := f.read(ctx, wanted)
		if err != nil {
			return err
		}
		for entity, e := range stored {
			if round >= len(e.answers) || e.whole() {
				continue
			}
			if part, ok := read[e.answers[round].id][f.key(entity)]; ok {
				part.Times, part.Last = e.answers[round].times, e.answers[round].fetchedAt
				e.parts, e.of = append(e.parts, part), append(e.of, e.answers[round])
			}
		}
	}
	return f.keep(ctx, entities, stored)
}

// stored are the answers about the entities.
func (f *folding[T]) stored(ctx context.Context, entities []string) (map[string]*fields, error) {
	stored := make(map[string]*fields, len(entities))
	add := func(entity string, a answer) {
		if stored[entity] == nil {
			stored[entity] = new(fields)
		}
		stored[entity].answers = append(stored[entity].answers, a)
	}
	if f.subject == nil {
		rows, err := f.listed(ctx, f.listedOn(entities))
		for _, r := range rows {
			add(r.entity, r.answer)
		}
		return stored, err
	}
	bySubject := make(map[string][]string, len(entities))
	for _, entity := range entities {
		bySubject[f.subject(entity)] = append(bySubject[f.subject(entity)], entity)
	}
	rows, err := f.l.q.StoredAnswers(ctx, db.StoredAnswersParams{
		Subjects: slices.Sorted(maps.Keys(bySubject)), Source: string(f.source), Now: &f.l.now,
	})
	for _, r := range rows {
		for _, entity := range bySubject[r.Subject] {
			add(entity, answer{r.ID, r.LastFetchedAt, append(r.ToldAt, r.FirstFetchedAt)})
		}
	}
	return stored, err
}

// listedOn asks for the pages that list entities: those that their rows stand on, and
// those of the chunk, an entity and a page in turn.
type listedOn struct {
	entities, ofChunk []string
	rawIDs            []int64
}

// listedAnswer is a page that lists an entity.
type listedAnswer struct {
	entity string
	answer
}

func (f *folding[T]) listedOn(entities []string) listedOn {
	pages := listedOn{entities: entities}
	for _, entity := range entities {
		for _, id := range f.pages[entity] {
			pages.ofChunk, pages.rawIDs = append(pages.ofChunk, entity), append(pages.rawIDs, id)
		}
	}
	return pages
}

// pagesOf are the answers of the chunk that list each of the entities.
func (t *table[T]) pagesOf(l *landing, entities map[string]bool) map[string][]int64 {
	pages := make(map[string][]int64, len(entities))
	for _, p := range l.payloads {
		if p.Source != t.source || p.Kind != t.kind {
			continue
		}
		rows := t.rows(&p.Facts)
		for i := range rows {
			if entity := t.entity(&rows[i]); entities[entity] {
				pages[entity] = append(pages[entity], p.rawID)
			}
		}
	}
	return pages
}

// read reads what answers say of the entities with the given keys. An answer that
// can't be read any more says nothing.
func (f *folding[T]) read(ctx context.Context, wanted map[int64]*question) (map[int64]map[string]decode.Part, error) {
	read := make(map[int64]map[string]decode.Part, len(wanted))
	for id, q := range wanted {
		p, err := f.l.storedPayload(ctx, q.answer)
		if err != nil {
			return nil, err
		}
		if parts, err := decode.Parts(p, q.keys); err == nil {
			read[id] = parts
		}
	}
	return read, nil
}

// storedPayload is a stored answer as it came: the chunk's own, or read again.
func (l *landing) storedPayload(ctx context.Context, a answer) (messages.Payload, error) {
	for _, p := range l.payloads {
		if p.rawID == a.id && p.FetchedAt.Equal(a.fetchedAt) {
			read := p.Payload
			if p.Original != nil {
				read.Body = p.Original
			}
			return read, nil
		}
	}
	stored, err := l.q.StoredBody(ctx, a.id)
	if err != nil {
		return messages.Payload{}, fmt.Errorf("payload %d: %w", a.id, err)
	}
	name, err := messages.ParseName(stored.Subject)
	if err != nil {
		return messages.Payload{}, fmt.Errorf("payload %d: %w", a.id, err)
	}
	var request map[string]string
	if err := json.Unmarshal(stored.Request, &request); err != nil {
		return messages.Payload{}, fmt.Errorf("payload %d: decoding its request: %w", a.id, err)
	}
	return messages.Payload{Name: name, Outcome: messages.OutcomeOK, FetchedAt: a.fetchedAt, Request: request, Body: stored.Body}, nil
}

// keep makes the rows and writes which of their fields stand on older answers.
func (f *folding[T]) keep(ctx context.Context, entities []string, stored map[string]*fields) error {
	params := db.SetKeptFieldsParams{Source: string(f.source), Kind: string(f.kind), Entities: entities}
	for _, entity := range entities {
		e := stored[entity]
		if e == nil || len(e.parts) == 0 {
			continue
		}
		facts, kept, err := decode.Fold(e.parts)
		if err != nil {
			return fmt.Errorf("%s %s: %w", f.kind, entity, err)
		}
		rows := f.rows(&facts)
		if len(rows) == 0 {
			continue
		}
		older := func(k decode.Kept) bool { return k.From > 0 }
		if slices.ContainsFunc(kept, older) || f.chunk[entity] != e.of[0].id {
			f.folded[entity] = stamped[T]{&rows[0], e.of[0].fetchedAt, deref(f.expiry(e.of[0])), e.of[0].id}
		}
		for _, k := range kept {
			from := e.of[max(k.From, 0)]
			params.Entity, params.Field, params.Why = append(params.Entity, entity), append(params.Field, k.Field), append(params.Why, string(k.Why))
			params.ExpiresAt = append(params.ExpiresAt, f.expiry(from))
			params.AskAgainAt = append(params.AskAgainAt, f.askAgainAt(k, e.parts[0].Last))
			if k.From < 0 {
				params.RawID, params.FetchedAt = append(params.RawID, 0), append(params.FetchedAt, nil)
			} else {
				params.RawID, params.FetchedAt = append(params.RawID, from.id), append(params.FetchedAt, &from.fetchedAt)
			}
		}
	}
	return failed("staging.kept_fields", f.l.q.SetKeptFields(ctx, params))
}

// askAgainAt is nil for a field that nothing is doubted of, or that nobody asks for again.
func (t *table[T]) askAgainAt(k decode.Kept, newest time.Time) *time.Time {
	if k.Since.IsZero() || t.past {
		return nil
	}
	return new(decode.AskAgainAt(k.Since, newest))
}

// expiry is when what an answer says has to go, nil for never.
func (f *folding[T]) expiry(a answer) *time.Time {
	if f.source != messages.TMDB {
		return nil
	}
	return new(a.fetchedAt.Add(TmdbKeep))
}

func deref(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
