package hostile

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/cledit/pipeline/pkg/messages"
)

var harmless = []Mutation{
	{Name: "keys in another order", Class: Harmless, apply: func(d *draft) bool {
		d.root.walk("", func(_ string, n *node) {
			d.Shuffle(len(n.members), func(i, j int) { n.members[i], n.members[j] = n.members[j], n.members[i] })
		})
		return true
	}},
	{Name: "rows in another order", Class: Harmless, apply: func(d *draft) bool {
		rows := d.rows()
		if rows == nil || d.name.Source == messages.KOBIS {
			return false
		}
		d.Shuffle(len(rows.items), func(i, j int) { rows.items[i], rows.items[j] = rows.items[j], rows.items[i] })
		return true
	}},
	{Name: "white space", Class: Harmless, apply: func(d *draft) bool {
		return d.finish("\r\n\t " + string(d.root.write(nil, pick(d, " ", "\n", "\t\r\n"))) + " \n\n")
	}},
	{Name: "escapes", Class: Harmless, apply: func(d *draft) bool {
		d.root.walk("", func(_ string, n *node) {
			if n.isText() {
				n.raw = escaped(n.raw)
			}
		})
		return true
	}},
	{Name: "unknown fields", Class: Harmless, apply: func(d *draft) bool {
		fresh := func() member {
			return member{"x" + strconv.Itoa(d.IntN(1000)), object(member{"values", list(scalar("1"), scalar("null"), scalar(`"x"`))})}
		}
		d.root.members = append(d.root.members, fresh())
		if row := d.row(); row != nil {
			row.members = append([]member{fresh()}, row.members...)
		}
		return true
	}},
	{Name: "numbers in another form", Class: Harmless, apply: func(d *draft) bool {
		found := false
		d.root.walk("", func(_ string, n *node) {
			if n.isNumber() && !strings.ContainsAny(string(n.raw), ".eE") {
				n.raw, found = append(n.raw, pick(d, ".0", "e0", ".000", "E+0")...), true
			}
		})
		return found
	}},
	{Name: "a field twice", Class: Harmless, apply: func(d *draft) bool {
		d.root.walk("", func(_ string, n *node) {
			if len(n.members) > 0 {
				n.members = append(n.members, n.members[d.IntN(len(n.members))])
			}
		})
		return true
	}},
	{Name: "in pieces", Class: Harmless, apply: func(d *draft) bool {
		d.drip = true
		return true
	}},
	{Name: "compressed", Class: Harmless, apply: func(d *draft) bool {
		d.gzip = true
		return true
	}},
	{Name: "a mark of byte order", Class: Harmless, apply: func(d *draft) bool {
		return d.finish("\ufeff" + string(d.root.write(nil, "")))
	}},
	{Name: "said to be in a form that it is not in", Class: Harmless, apply: func(d *draft) bool {
		d.header.Set("Content-Encoding", pick(d, "identity", "br", "x-unknown"))
		return true
	}},
	{Name: "the address that was asked", Class: Harmless, apply: func(d *draft) bool {
		d.root.members = append(d.root.members, member{"x", scalar(encode(d.url + " " + d.secret))})
		d.header.Set("Location", d.url)
		return true
	}},
	{Name: "another content type", Class: Harmless, apply: func(d *draft) bool {
		d.header.Set("Content-Type", pick(d, "text/plain", "application/json; charset=utf-8; x=1", "text/html", ""))
		return true
	}},
}

// escaped writes every character of a text as \uXXXX.
func escaped(raw []byte) []byte {
	text, err := strconv.Unquote(string(raw))
	if err != nil { // an escape that Go does not have
		return raw
	}
	b := []byte{'"'}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = fmt.Appendf(b, `\u%04x`, unit)
	}
	return append(b, '"')
}
