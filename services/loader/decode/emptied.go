package decode

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/instant"
)

// Emptied is a field that is there and says nothing, though an older answer told
// something.
const Emptied Why = "emptied"

// emptyBelieved is how long answers have to leave empty what one told before that is
// believed.
const emptyBelieved = 7 * 24 * time.Hour

// AskAgainAt is when a field that answers leave empty since then is asked for again:
// an hour, a day and a week after the first of them.
func AskAgainAt(since, newest time.Time) time.Time {
	for _, wait := range []time.Duration{time.Hour, 24 * time.Hour} {
		if newest.Sub(since) < wait {
			return since.Add(wait)
		}
	}
	return since.Add(emptyBelieved)
}

// names are texts that a work or a person does not lose.
var names = map[string]bool{"movieNm": true, "peopleNm": true, "title": true, "name": true, "original_title": true, "original_name": true}

// tell finds out what a part tells that does not go without a doubt: its names and
// the lists that have elements, in a field or one level deeper.
func (p *Part) tell(fields map[string]bool) {
	p.told = make(map[string]bool)
	for field := range fields {
		value := p.fields[spelled(p.fields, field)]
		switch {
		case names[field] && !blank(value), filled(field, value):
			p.told[field] = true
		case len(value) > 0 && value[0] == '{':
			var members map[string]json.RawMessage
			if json.Unmarshal(value, &members) != nil {
				continue
			}
			for name, member := range members {
				if filled(name, member) {
					p.told[field+"."+name] = true
				}
			}
		}
	}
}

// filled reports a list of a name with an element that says something.
func filled(list string, value json.RawMessage) bool {
	var elements []json.RawMessage
	return bytes.HasPrefix(value, []byte("[")) && json.Unmarshal(value, &elements) == nil &&
		slices.ContainsFunc(elements, func(element json.RawMessage) bool { return saying(list, element) })
}

// saying reports a value that holds a scalar which is not blank, however deep. An
// element of a list whose name is there and blank says nothing: its number alone names
// nobody.
func saying(list string, value json.RawMessage) bool {
	switch {
	case bytes.HasPrefix(value, []byte("{")):
		var members map[string]json.RawMessage
		if json.Unmarshal(value, &members) != nil || nameless(list, members) {
			return false
		}
		for name, member := range members {
			if saying(name, member) {
				return true
			}
		}
		return false
	case bytes.HasPrefix(value, []byte("[")):
		return filled(list, value)
	}
	return !blank(value)
}

// nameless reports an element that has the fields which name those of its list, and
// nothing in them.
func nameless(list string, members map[string]json.RawMessage) bool {
	there := false
	for _, name := range naming[list] {
		for _, name := range []string{name, also[name]} {
			value, ok := members[spelled(members, name)]
			if ok && !blank(value) {
				return false
			}
			there = there || ok
		}
	}
	return there
}

// blank reports a scalar that says nothing or looks empty, or none.
func blank(value json.RawMessage) bool {
	var text string
	if json.Unmarshal(value, &text) == nil { // null, too
		text = tidy(text)
		return text == "" || text == "0"
	}
	return len(value) == 0 || string(bytes.TrimSpace(value)) == "0"
}

// lacks reports whether the part leaves empty something of a field that the other tells.
func (p *Part) lacks(field string, other *Part) bool {
	for place := range other.told {
		if !p.told[place] && (place == field || len(place) > len(field) && place[:len(field)] == field && place[len(field)] == '.') {
			return true
		}
	}
	return false
}

// emptied is the part with what the one at a place leaves empty of a field, and since
// when that is so: no part, if nothing was told, or a week ago already nothing was.
func emptied(parts []Part, field string, at int) (from int, since time.Time) {
	newest, run := &parts[at], []*Part{&parts[at]}
	for k := at + 1; k < len(parts); k++ {
		older := &parts[k]
		switch {
		case !older.says(field), !older.answers(&parts[0]):
		case !newest.lacks(field, older):
			run = append(run, older)
		default:
			for _, p := range run {
				since = instant.EarlierKnown(since, p.after(older.Last))
			}
			if newest.Last.Sub(since) >= emptyBelieved {
				return 0, time.Time{}
			}
			return k, since
		}
	}
	return 0, time.Time{}
}

// after is when an answer came first after a time that is not later than its last.
func (p *Part) after(at time.Time) time.Time {
	first := p.Last
	for _, t := range p.Times {
		if t.After(at) {
			first = instant.EarlierKnown(first, t)
		}
	}
	return first
}

// stands is where the value of a field stands.
func stands(parts []Part, field string) Kept {
	k := Kept{Field: field, Why: parts[0].gaps[field], From: source(parts, field)}
	if k.From < 0 || parts[k.From].gaps[field] != "" || !layoutOf(&parts[0]).doubts {
		return k
	}
	if from, since := emptied(parts, field, k.From); from > 0 {
		if k.From, k.Since = from, since; k.Why == "" {
			k.Why = Emptied
		}
	}
	return k
}

// blanks are the scalars that an answer with an emptied field leaves empty: where
// something went that does not go without a doubt, nothing else is sure either.
func blanks(parts []Part, kept []Kept) (more []Kept) {
	i := slices.IndexFunc(kept, func(k Kept) bool { return k.Why == Emptied })
	if i < 0 {
		return nil
	}
	doubted := kept[i]
	told := &parts[doubted.From]
	for field := range layoutOf(&parts[0]).fields {
		has := func(k Kept) bool { return k.Field == field }
		value := told.fields[spelled(told.fields, field)]
		if told.gaps[field] == "" && !slices.ContainsFunc(kept, has) && scalarValue(value) && !blank(value) &&
			blank(parts[0].fields[spelled(parts[0].fields, field)]) {
			more = append(more, Kept{field, Emptied, doubted.From, doubted.Since})
		}
	}
	return more
}

func scalarValue(value json.RawMessage) bool {
	return len(value) > 0 && value[0] != '[' && value[0] != '{'
}

// far reports whether the parts reach so far back that older ones change nothing of
// what is emptied.
func far(parts []Part) bool {
	for field := range layoutOf(&parts[0]).fields {
		at := source(parts, field)
		if at < 0 {
			continue
		}
		if told, _ := emptied(parts, field, at); told == 0 && !saidBefore(parts, field, parts[at].Last.Add(-emptyBelieved)) {
			return false
		}
	}
	return true
}

// saidBefore reports whether a part that says something of a field is not newer than a time.
func saidBefore(parts []Part, field string, at time.Time) bool {
	return slices.ContainsFunc(parts, func(p Part) bool {
		return p.says(field) && p.answers(&parts[0]) && !p.Last.After(at)
	})
}

// says reports whether what a part says of a field can be read, be it nothing.
func (p *Part) says(field string) bool {
	return p.gaps[field] == "" || p.gaps[field] == Repaired
}
