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

// table is one whose rows are read field by field: a field for which the newest
// answer has no value to be trusted rests on an older one.
//
// What a row holds is so a function of what is stored, whatever the order of
// loading. Landing an answer without gaps costs one lookup beside the writing: the
// rows' locks, which are held by then, show what others have found. An answer with
// gaps is compared with what is stored, so it must see all of it: it is landed
// while nobody else lands anything.
type table[T any] struct {
	source messages.Source
	kind   messages.Kind
	// rows are those of an answer, and entity is the name of one of them in
	// staging.kept_fields.
	rows   func(*decode.Facts) []T
	entity func(*T) string
	// subject is the tail of the answers' subject, and key their name of the entity.
	// Without a subject any page may list it.
	subject func(entity string) string
	key     func(entity string) string
	atOnce  int
	past    bool // what it tells is of the past, and not asked for again
	write   func(context.Context, []stamped[T]) error
}

// subject is how the subject of an entity's answers ends.
func subject(source messages.Source, kind messages.Kind) func(key string) string {
	return func(key string) string { return messages.Name{Source: source, Kind: kind, Key: key}.String() }
}

func itself(entity string) string { return entity }

// gaps reports whether an answer lacks something that an older one may have.
func gaps(payloads []*Payload) bool {
	return slices.ContainsFunc(payloads, func(p *Payload) bool { return len(p.Findings.Gaps) > 0 })
}

// land writes the newest rows of the chunk, with the fields that they keep.
func (t *table[T]) land(ctx context.Context, l *landing, rows []stamped[T]) error {
	if len(rows) == 0 {
		return nil
	}
	entities := column(rows, func(r *stamped[T]) string { return t.entity(r.row) })
	if t.subject == nil && !l.alone {
		if err := t.write(ctx, rows); err != nil {
			return err
		}
		_, err := t.refold(ctx, l, entities, rows)
		return err
	}
	seen, err := t.often(ctx, l, entities)
	if err != nil {
		return err
	}
	folded, err := t.fold(ctx, l, entities, rows, seen)
	if err != nil {
		return err
	}
	for i, entity := range entities {
		if row, ok := folded[entity]; ok {
			rows[i] = row
		}
	}
	if err := t.write(ctx, rows); err != nil || l.alone {
		return err
	}
	return t.landedMeanwhile(ctx, l, entities, seen)
}

// landedMeanwhile reads again what others have landed answers about, before this
// landing had the rows' locks.
func (t *table[T]) landedMeanwhile(ctx context.Context, l *landing, entities []string, seen map[string]string) error {
	now, err := t.often(ctx, l, entities)
	if err != nil {
		return err
	}
	maps.DeleteFunc(now, func(entity, digest string) bool { return seen[entity] == digest })
	if len(now) == 0 {
		return nil
	}
	_, err = t.refold(ctx, l, slices.Sorted(maps.Keys(now)), nil) // also what was written is out of date
	return err
}

// often are the entities of which more than one answer is stored, each with a digest
// of these. A list of films has no subject of its own for a film.
func (t *table[T]) often(ctx context.Context, l *landing, entities []string) (map[string]string, error) {
	often := make(map[string]string)
	if t.subject == nil {
		return often, nil
	}
	subjects := make(map[string]bool, len(entities))
	for _, entity := range entities {
		subjects[t.subject(entity)] = true
	}
	rows, err := l.q.AnsweredOften(ctx, slices.Sorted(maps.Keys(subjects)))
	if err != nil {
		return nil, fmt.Errorf("looking for other answers: %w", err)
	}
	digests := make(map[string]string, len(rows))
	for _, r := range rows {
		digests[r.Subject] = r.Digest
	}
	for _, entity := range entities {
		if digest, ok := digests[t.subject(entity)]; ok {
			often[entity] = digest
		}
	}
	return often, nil
}

// refold writes again what the entities are by what is stored of them now, and
// returns how many are left. rows are those of the chunk, if there is one.
func (t *table[T]) refold(ctx context.Context, l *landing, entities []string, rows []stamped[T]) (int64, error) {
	if len(entities) == 0 {
		return 0, nil
	}
	often, err := t.often(ctx, l, entities)
	if err != nil {
		return 0, err
	}
	folded, err := t.fold(ctx, l, entities, rows, often)
	if err != nil || len(folded) == 0 {
		return 0, err
	}
	sorted := make([]stamped[T], 0, len(folded))
	for _, entity := range slices.Sorted(maps.Keys(folded)) {
		sorted = append(sorted, folded[entity])
	}
	return int64(len(folded)), t.write(ctx, sorted)
}

// fold reads again those of the entities that have gaps, in the chunk or already, or
// that are answered often, and keeps which fields stand on which answer. It leaves out
// entities of which nothing is stored any more, and rows of the chunk that are as they
// should be.
func (t *table[T]) fold(ctx context.Context, l *landing, entities []string, rows []stamped[T], often map[string]string) (map[string]stamped[T], error) {
	known, err := l.q.KeptEntities(ctx, db.KeptEntitiesParams{Source: string(t.source), Kind: string(t.kind), Entities: entities})
	if err != nil {
		return nil, fmt.Errorf("looking for kept fields: %w", err)
	}
	concerned := t.withGaps(l, entities)
	for _, entity := range known {
		concerned[entity] = true
	}
	for entity := range often {
		concerned[entity] = true
	}
	if len(concerned) == 0 {
		return nil, nil
	}
	f := &folding[T]{table: t, l: l, chunk: make(map[string]int64), folded: make(map[string]stamped[T], len(concerned))}
	for i := range rows {
		f.chunk[t.entity(rows[i].row)] = rows[i].rawID
	}
	if t.subject == nil {
		f.pages = t.pagesOf(l, concerned)
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(concerned)), t.atOnce) {
		if err := f.some(ctx, some); err != nil {
			return nil, fmt.Errorf("reading older answers: %w", err)
		}
	}
	return f.folded, nil
}

// How many entities are read again at once: it bounds the answers that are held in
// memory. A row is a small part of one, a detail may be 16 MiB long.
const (
	rowsAtOnce    = 100
	detailsAtOnce = 4
)

// withGaps are those of the entities of which an answer of the chunk has gaps.
func (t *table[T]) withGaps(l *landing, entities []string) map[string]bool {
	concerned, landing := make(map[string]bool), make(map[string]bool, len(entities))
	for _, entity := range entities {
		landing[entity] = true
	}
	for _, p := range l.payloads {
		if p.Source != t.source || p.Kind != t.kind || len(p.Findings.Gaps) == 0 {
			continue
		}
		gaps := make(map[string]bool)
		for _, gap := range p.Findings.Gaps {
			gaps[gap.Entity] = true
		}
		found := t.rows(&p.Facts)
		for i := range found {
			if entity := t.entity(&found[i]); gaps[t.key(entity)] && landing[entity] {
				concerned[entity] = true
			}
		}
	}
	return concerned
}

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
		rows, err := f.l.q.ListedAnswers(ctx, f.listed(entities))
		for _, r := range rows {
			add(r.MovieCd, answer{id: r.ID, fetchedAt: r.LastFetchedAt})
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

// listed asks for the pages that list films: those of the chunk and those that
// their rows stand on.
func (f *folding[T]) listed(movieCds []string) db.ListedAnswersParams {
	params := db.ListedAnswersParams{MovieCds: movieCds}
	for _, movieCd := range movieCds {
		for _, id := range f.pages[movieCd] {
			params.OfChunk, params.RawIds = append(params.OfChunk, movieCd), append(params.RawIds, id)
		}
	}
	return params
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
