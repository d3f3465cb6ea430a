package decode

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cledit/pipeline/pkg/contract"
)

// Gap is an optional field of one entity for which an answer has no value that can
// be trusted as its newest: what an earlier answer said of it is better.
type Gap struct {
	// Entity is the movieCd or the id of TMDB whose field it is.
	Entity string
	// Field is the source's own name of the field, on the level of the entity: of
	// what lies deeper ("directors.peopleNm") the outermost name ("directors").
	Field string
	Why   Why
}

// Why a field has a gap.
type Why string

// The reasons of a gap. The first that is found stands.
const (
	Unreadable Why = "unreadable" // it is there, in a form that can't be read
	Missing    Why = "missing"    // it is not there, or null, though answers of the kind always have it
	Repaired   Why = "repaired"   // its text was damaged and repaired, or cut where it is the field: it is read, and doubtful
)

// place is a field of an entity.
type place struct{ entity, field string }

func (r *remarks) gap(entity, field string, why Why) {
	if entity == "" || field == "" {
		return
	}
	if r.gaps == nil {
		r.gaps = make(map[place]Why)
	}
	if at := (place{entity, field}); r.gaps[at] == "" {
		r.gaps[at] = why
	}
}

// unread remembers a gap where a note says that a field of the entity at hand has
// lost its value. Within lists that is what loses the name of an element; that a
// number in one can't be read, or a text was cut, leaves the list what it is.
func (r *remarks) unread(note Note) {
	field, _, deeper := strings.Cut(note.Field, ".")
	why := Unreadable
	switch note.Problem {
	case WrongShape, TooLong:
	case Shortened:
		if why = Repaired; deeper {
			return
		}
	case NotANumber, NotADate, NotAYear, NotATruth, OutOfRange:
		if deeper {
			return
		}
	default:
		return
	}
	if field == "cast" || field == "crew" {
		field = r.credits
	}
	r.gap(r.entity, field, why)
}

// entityAt is the entity of a row, "" for one that is left out. A detail is one row.
func (r *remarks) entityAt(row int) string {
	if row = max(row, 0); row >= len(r.rows) {
		return ""
	}
	return r.rows[row]
}

// repairs notes what was repaired.
func (r *remarks) repairs() {
	for _, repair := range r.answer.Repaired {
		r.add(Note{repair.Path, RepairedText}, 1)
		row := repair.Row
		if r.depth == 0 { // the whole answer is one entity
			row = 0
		}
		r.gap(r.entityAt(row), r.repairedField(repair), Repaired)
	}
}

// repairedField is the entity's field in which a repair is, "" for none.
func (r *remarks) repairedField(repair contract.Repair) string {
	names := strings.Split(repair.Path, ".")
	if r.depth < 0 || len(names) <= r.depth {
		return ""
	}
	return names[r.depth]
}

// doubtful reports whether text in one of the fields of the entity at hand was
// repaired.
func (r *remarks) doubtful(fields ...string) bool {
	return slices.ContainsFunc(r.answer.Repaired, func(repair contract.Repair) bool {
		return max(repair.Row, 0) == len(r.rows)-1 && slices.Contains(fields, r.repairedField(repair))
	})
}

func (r *remarks) findings() Findings {
	f := Findings{Notes: r.notes, Drift: r.drifts}
	for at, why := range r.gaps {
		f.Gaps = append(f.Gaps, Gap{at.entity, at.field, why})
	}
	slices.SortFunc(f.Gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Field, b.Field))
	})
	return f
}
