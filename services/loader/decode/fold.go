package decode

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
)

// layout says where the entities of a kind are in its answers, and which of
// their fields are read.
type layout struct {
	path   []string // from the body to the entity, or to the list of entities
	list   bool
	key    string // the field that names the entity
	fields map[string]bool
	// asked tells that answers with other parameters are answers to another question.
	asked bool
	// doubts tells that what older answers told does not go at once: all of them are
	// known, as they are not where any page may tell of an entity.
	doubts bool
	// called has the names of notes that differ from those of their fields.
	called map[string]string
}

// layouts are of the kinds whose rows are read field by field.
var layouts = sync.OnceValue(func() map[messages.Source]map[messages.Kind]*layout {
	return map[messages.Source]map[messages.Kind]*layout{
		messages.KOBIS: {
			messages.KindMovieList: {
				path: []string{"movieListResult", "movieList"}, list: true, key: "movieCd", fields: fieldsOf[kobisListRow](),
			},
			messages.KindMovieDetail: {
				path: []string{"movieInfoResult", "movieInfo"}, key: "movieCd", fields: fieldsOf[kobisDetail](), doubts: true,
			},
			messages.KindDailyBoxOffice: {
				path: []string{"boxOfficeResult", "dailyBoxOfficeList"}, list: true, key: "movieCd",
				fields: fieldsOf[kobisBoxOfficeRow](), doubts: true,
			},
			messages.KindPeopleList: {
				path: []string{"peopleListResult", "peopleList"}, list: true, key: "peopleCd", fields: fieldsOf[kobisPeopleRow](),
			},
			messages.KindPeopleDetail: {
				path: []string{"peopleInfoResult", "peopleInfo"}, key: "peopleCd", fields: fieldsOf[kobisPeopleInfo](),
				doubts: true,
			},
		},
		messages.TMDB: {
			messages.KindMovieDetail: {key: "id", fields: fieldsOf[tmdbMovieBody](), doubts: true},
			messages.KindSeriesDetail: {
				key: "id", fields: fieldsOf[tmdbSeriesBody](), doubts: true,
				called: map[string]string{"title": "name", "original_title": "original_name"},
			},
			messages.KindSeasonDetail: {key: "season_number", fields: fieldsOf[tmdbSeasonBody](), doubts: true},
			messages.KindPersonDetail: {key: "id", fields: fieldsOf[tmdbPersonBody](), doubts: true},
			messages.KindMovieSearch:  {fields: map[string]bool{"results": true, "total_results": true}, asked: true, doubts: true},
		},
	}
})

// DoubtedKinds are those of whose answers it counts when they came, each time: what an
// older one told does not go at once.
var DoubtedKinds = sync.OnceValue(func() []string {
	var kinds []string
	for _, of := range layouts() {
		for kind, l := range of {
			if l.doubts {
				kinds = append(kinds, string(kind))
			}
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
})

func fieldsOf[T any]() map[string]bool {
	names := make(map[string]bool)
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		if name := f.Tag.Get("json"); name != "" {
			names[name] = true
		}
	}
	return names
}

// kept are the gaps in fields that are read, by the fields' own names.
func (l *layout) kept(gaps []Gap) []Gap {
	if l == nil {
		return nil
	}
	var read []Gap
	for _, gap := range gaps {
		if gap.Field = cmp.Or(l.called[gap.Field], gap.Field); l.fields[gap.Field] && gap.Field != l.key {
			read = append(read, gap)
		}
	}
	slices.SortFunc(read, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Why, b.Why))
	})
	return slices.CompactFunc(read, func(a, b Gap) bool { return a.Entity == b.Entity && a.Field == b.Field })
}

// Part is what one answer says of one entity.
type Part struct {
	name    messages.Name
	request map[string]string
	fields  map[string]json.RawMessage
	gaps    map[string]Why
	told    map[string]bool

	// Last is when the answer was fetched last. It may have come more than once: Times
	// are when it did, in any order, as far as they are later than what another tells.
	Last  time.Time
	Times []time.Time
}

func layoutOf(p *Part) *layout { return layouts()[p.name.Source][p.name.Kind] }

// answers reports whether a part is an answer to the same question as another.
func (p *Part) answers(other *Part) bool {
	return !layoutOf(p).asked || maps.Equal(p.request, other.request)
}

// Parts reads what an answer says of the entities that are wanted. What a body says
// twice of one entity counts once, the first time. The errors are those of Payload.
func Parts(p messages.Payload, wanted map[string]bool) (map[string]Part, error) {
	p.Outcome = messages.OutcomeOK
	facts, findings, err := Payload(p)
	if err != nil {
		return nil, err
	}
	if findings.Repaired != nil {
		p.Body = findings.Repaired
	}
	return parts(p, &facts, findings.Gaps, wanted)
}

func parts(p messages.Payload, facts *Facts, gaps []Gap, wanted map[string]bool) (map[string]Part, error) {
	l := layouts()[p.Source][p.Kind]
	if l == nil {
		return nil, nil
	}
	rows, err := l.rows(p.Body)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Part)
	for i, entity := range facts.entities {
		if _, twice := all[entity]; twice || entity == "" || i >= len(rows) || !wanted[entity] {
			continue
		}
		part := Part{name: p.Name, request: p.Request, gaps: make(map[string]Why)}
		if err := json.Unmarshal(rows[i], &part.fields); err != nil {
			return nil, fmt.Errorf("%w: its part about %s is not an object", ErrUnreadable, entity)
		}
		if l.doubts {
			part.tell(l.fields)
		}
		all[entity] = part
	}
	for _, gap := range gaps {
		if part, ok := all[gap.Entity]; ok {
			part.gaps[gap.Field] = gap.Why
		}
	}
	return all, nil
}

// rows are the objects of the entities, in their order.
func (l *layout) rows(body json.RawMessage) ([]json.RawMessage, error) {
	for _, name := range l.path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(body, &object); err != nil {
			return nil, fmt.Errorf("%w: what should hold its %s is not an object", ErrUnreadable, name)
		}
		if body = object[spelled(object, name)]; body == nil {
			return nil, nil
		}
	}
	if !l.list {
		return []json.RawMessage{body}, nil
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(body, &rows); err != nil {
		return nil, fmt.Errorf("%w: its %s is not a list", ErrUnreadable, l.path[len(l.path)-1])
	}
	return rows, nil
}

// spelled is how an object writes a name; the decoder reads it in any case of its
// letters.
func spelled(object map[string]json.RawMessage, name string) string {
	if _, ok := object[name]; ok {
		return name
	}
	for other := range object {
		if strings.EqualFold(other, name) {
			return other
		}
	}
	return name
}

// Kept is a field that is not the newest answer's.
type Kept struct {
	Field string
	Why   Why // what the newest has in its place
	// From is the part whose value stands: 0 for the newest's own text, repaired;
	// -1 where no part has a value, and what could be read of the newest stands.
	From int
	// Since is when the first of the answers was fetched that leave it empty; zero
	// where that is not the reason.
	Since time.Time
}

// Fold reads an entity from what several answers say of it, the newest first: each
// field from the newest that has a value to be trusted, or else from the newest
// that has a repaired one, or else what can be read of the newest. Nothing is not such a
// value as long as an answer told something within the week before that. It returns
// the facts about this entity alone. There is one part at least; all are of one kind.
func Fold(parts []Part) (Facts, []Kept, error) {
	newest := parts[0]
	merged := maps.Clone(newest.fields)
	kept := make([]Kept, 0, len(newest.gaps))
	for field := range layoutOf(&newest).fields {
		if k := stands(parts, field); k.Why != "" {
			kept = append(kept, k)
		}
	}
	slices.SortFunc(kept, byField)
	kept = append(kept, blanks(parts, kept)...)
	slices.SortFunc(kept, byField)
	for _, k := range kept {
		if k.From <= 0 {
			continue
		}
		maps.DeleteFunc(merged, func(name string, _ json.RawMessage) bool { return strings.EqualFold(name, k.Field) })
		from := parts[k.From].fields
		if value, ok := from[spelled(from, k.Field)]; ok {
			merged[k.Field] = value
		}
	}
	facts, err := alone(newest.name, newest.request, merged)
	return facts, kept, err
}

func byField(a, b Kept) int { return cmp.Compare(a.Field, b.Field) }

// source is the part whose value of a field stands.
func source(parts []Part, field string) int {
	for _, acceptable := range []Why{"", Repaired} {
		for i := range parts {
			if parts[i].gaps[field] == acceptable && parts[i].answers(&parts[0]) {
				return i
			}
		}
	}
	return -1
}

// alone decodes an answer about one entity with the given fields.
func alone(name messages.Name, request map[string]string, fields map[string]json.RawMessage) (Facts, error) {
	l := layouts()[name.Source][name.Kind]
	body, err := json.Marshal(fields)
	if err != nil {
		return Facts{}, fmt.Errorf("%w: putting a row together: %w", ErrUnreadable, err)
	}
	if l.list {
		body = slices.Concat([]byte("["), body, []byte("]"))
	}
	for _, outer := range slices.Backward(l.path) {
		body = slices.Concat([]byte(`{"`+outer+`":`), body, []byte("}"))
	}
	p := messages.Payload{Name: name, Outcome: messages.OutcomeOK, Request: request, Body: body}
	r := reader{body: body, source: name.Source, remarks: remarks{answer: contract.Read(name, body)}}
	var facts Facts
	if err := decoders[name.Source][name.Kind](&r, p, &facts); err != nil {
		return Facts{}, err
	}
	return facts, nil
}

// Whole reports whether no answer that is older than the parts can change what Fold
// makes of them.
func Whole(parts []Part) bool {
	for field := range parts[0].gaps {
		if !slices.ContainsFunc(parts, func(p Part) bool { return p.gaps[field] == "" && p.answers(&parts[0]) }) {
			return false
		}
	}
	return !layoutOf(&parts[0]).doubts || far(parts)
}
