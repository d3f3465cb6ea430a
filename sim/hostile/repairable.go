package hostile

import (
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

var repairable = []Mutation{
	{Name: "bad bytes", Class: Repairable, apply: func(d *draft) bool {
		return d.damage(1+d.IntN(8), pick(d, "\xff", "\xc0", "\xed", "\xb4"))
	}},
	{Name: "NUL", Class: Repairable, apply: func(d *draft) bool { return d.damage(1+d.IntN(3), `\u0000`) }},
	{Name: "lone surrogates", Class: Repairable, apply: func(d *draft) bool { return d.damage(1+d.IntN(3), pick(d, `\ud800`, `\udfff`)) }},
	{Name: "controls", Class: Repairable, apply: func(d *draft) bool {
		return d.damage(1+d.IntN(3), pick(d, `\u001b`, `\u0007`, "\x07", "\x1b", `\u007f`))
	}},
	{Name: "a title beyond its bound", Class: Repairable, apply: func(d *draft) bool {
		title := d.title()
		if title == nil {
			return false
		}
		*title = *scalar(pick(d, `"`+strings.Repeat("[", 4000)+strings.Repeat("]", 4000)+`"`, `"`+strings.Repeat("&amp;", 20_000)+`"`))
		return true
	}},
	{Name: "an optional field unreadable", Class: Repairable, apply: func(d *draft) bool { return d.spoilOptional(d.IntN(99)) }},
	{Name: "an optional field missing", Class: Repairable, apply: func(d *draft) bool {
		record := d.record()
		return record != nil && record.remove(pick(d, optional(d.name)...))
	}},
}

// damage puts a piece n times before titles and names.
func (d *draft) damage(n int, piece string) bool {
	texts := d.texts()
	if len(texts) == 0 {
		return false
	}
	for range n {
		text := texts[d.IntN(len(texts))]
		text.raw = append(append([]byte{'"'}, piece...), text.raw[1:]...)
	}
	return true
}

// title is that of what is asked for, or of one of the rows, where it is read.
func (d *draft) title() *node {
	n := d.record()
	if n == nil {
		n = d.row()
	}
	if n == nil || d.name.Kind == messages.KindSeriesDiscover {
		return nil
	}
	return d.titleOf(n)
}

// titleOf is what an entity is called.
func (d *draft) titleOf(n *node) *node {
	for _, key := range []string{"movieNm", "peopleNm", "title", "name"} {
		if title := n.get(key); title != nil {
			return title
		}
	}
	return nil
}

// optional are fields that a record need not have, and always has.
func optional(name messages.Name) []string {
	switch {
	case name.Kind == messages.KindPeopleDetail:
		return []string{"peopleNmEn", "sex", "repRoleNm", "filmos"}
	case name.Kind == messages.KindPersonDetail:
		return []string{"gender", "known_for_department", "external_ids"}
	case name.Source == messages.KOBIS:
		return []string{"directors", "actors", "showTm", "staffs", "audits", "nations"}
	case name.Kind == messages.KindSeriesDetail:
		return []string{"genres", "number_of_episodes", "networks", "aggregate_credits"}
	case name.Kind == messages.KindSeasonDetail:
		return []string{"aggregate_credits"}
	}
	return []string{"genres", "runtime", "credits", "external_ids"}
}

func (d *draft) spoilOptional(n int) bool {
	record := d.record()
	if record == nil {
		return false
	}
	fields := optional(d.name)
	field := record.get(fields[n%len(fields)])
	if field == nil {
		return false
	}
	if field.open == '{' {
		*field = *scalar(`"none"`)
	} else {
		*field = *object(member{"x", scalar("1")})
	}
	return true
}
