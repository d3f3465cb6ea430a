package staging

import (
	"context"
	"fmt"
	"maps"
	"slices"

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
	// Without a subject any page may list it, and listed finds those that did.
	subject func(entity string) string
	listed  func(context.Context, listedOn) ([]listedAnswer, error)
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
func (t *table[T]) fold(
	ctx context.Context, l *landing, entities []string, rows []stamped[T], often map[string]string,
) (map[string]stamped[T], error) {
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
