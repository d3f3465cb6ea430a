package hostile

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/pkg/messages"
)

var harmful = []Mutation{
	{Name: "another root", Class: Harmful, apply: func(d *draft) bool { return d.finish(pick(d, "[]", `"x"`, "1", "true", "[[]]")) }},
	{Name: "a page of the network", Class: Harmful, apply: func(d *draft) bool {
		d.status = pick(d, http.StatusOK, http.StatusForbidden, http.StatusBadGateway, http.StatusNotFound)
		d.header.Set("Content-Type", "text/html")
		return d.finish("<!DOCTYPE html><html><body>점검</body></html>")
	}},
	{Name: "truncated", Class: Harmful, apply: func(d *draft) bool {
		body := d.root.write(nil, "")
		return d.finish(string(body[:1+d.IntN(len(body)-1)]))
	}},
	{Name: "empty", Class: Harmful, apply: func(d *draft) bool { return d.finish("") }},
	{Name: "ended within", Class: Harmful, apply: func(d *draft) bool {
		d.cut = true
		return true
	}},
	{Name: "too deep", Class: Harmful, apply: func(d *draft) bool {
		d.root.members = append(d.root.members, member{"x", scalar(strings.Repeat("[", 5000) + strings.Repeat("]", 5000))})
		return true
	}},
	{Name: "millions of elements", Class: Harmful, apply: bomb, oneIn: 5},
	{Name: "larger than may be", Class: Harmful, oneIn: 5, apply: func(d *draft) bool {
		d.gzip = d.IntN(2) == 0 // some kilobytes that become 17 MiB
		return d.finish(string(d.root.write(nil, "")) + strings.Repeat(" ", 17<<20))
	}},
	{Name: "held", Class: Harmful, oneIn: 50, apply: func(d *draft) bool {
		d.held = true
		return true
	}},
	{Name: "an error that tells the key", Class: Harmful, apply: echo},
	{
		Name: "absurd totals", Class: Harmful,
		apply: func(d *draft) bool { return d.total("20000000", "2147483647", "1e300", "-1", "99999999999999999999") },
	},
	{
		Name: "totals that are none", Class: Harmful,
		apply: func(d *draft) bool { return d.total("1.5", `"x"`, "{}", "[]", "true", `"\u0000"`) },
	},
	{Name: "an identity in a row that is none", Class: Harmful, apply: func(d *draft) bool {
		row := d.row()
		return row != nil && d.rename(row, d.none())
	}},
	{Name: "about another", Class: Harmful, apply: another},
	{Name: "an identity that is none", Class: Harmful, apply: func(d *draft) bool {
		record := d.record()
		return record != nil && d.rename(record, d.none())
	}},
	{Name: "rows that are none", Class: Harmful, apply: func(d *draft) bool {
		rows := d.rows()
		if rows == nil {
			return false
		}
		*rows = *pick(d, object(member{"x", scalar("1")}), scalar("7"), scalar(`"rows"`), list(scalar("1")), list(list()))
		return true
	}},
	{Name: "a title that is none", Class: Harmful, apply: func(d *draft) bool {
		row := d.row()
		if row == nil || d.name.Kind != messages.KindMovieList && d.name.Kind != messages.KindPeopleList {
			return false
		}
		*d.titleOf(row) = *pick(d, object(member{"x", scalar("1")}), list(), scalar("null"))
		return true
	}},
	{Name: "the source's error", Class: Harmful, apply: sourceError},
	{Name: "refused by the network", Class: Harmful, apply: func(d *draft) bool {
		d.status = pick(d, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound)
		return d.finish(pick(d, `{"message":"Forbidden"}`, `{"message":"no Route matched with those values"}`, `{"error":{"code":403}}`, `{}`))
	}},
	{Name: "an enormous content type", Class: Harmful, apply: func(d *draft) bool {
		d.header.Set("Content-Type", "text/"+strings.Repeat("x", pick(d, 65_270, 70_000)))
		return pick(d, true, d.finish(`{"broken":`))
	}},
	{Name: "many bad bytes", Class: Harmful, apply: func(d *draft) bool { return d.damage(9+d.IntN(30), "\xff") }},
	{Name: "a bad byte in an identity", Class: Harmful, apply: func(d *draft) bool {
		row := d.row()
		return row != nil && d.rename(row, "\"2019\xff324\"")
	}},
	{Name: "redirected", Class: Harmful, apply: func(d *draft) bool {
		d.status = pick(d, http.StatusFound, http.StatusNoContent, http.StatusNotModified)
		d.header.Set("Location", pick(d, "http://127.0.0.1:1/", d.url))
		return d.finish("")
	}},
	{Name: "the key in disguise", Class: Harmful, apply: disguise},
	{Name: Emptied, Class: Harmful, apply: emptied},
	{Name: NotFound, Class: Harmful, apply: notFound},
	{Name: "said to be compressed", Class: Harmful, apply: func(d *draft) bool {
		d.header.Set("Content-Encoding", "gzip")
		whole := compressed(d.root.write(nil, ""))
		return d.finish(pick(d, "no gzip at all", string(whole[:len(whole)/2]), string(whole[:len(whole)-8])+"checksum"))
	}},
}

// The names of mutations that leave empty what an answer told, or say that there is no
// such thing: of what nothing else is known, that is what there is to know.
const (
	Emptied  = "emptied"
	NotFound = "not found"
)

func notFound(d *draft) bool {
	switch {
	case d.record() == nil:
		return false
	case d.name.Kind == messages.KindPeopleDetail:
		return d.finish(pick(d, `{"peopleInfoResult":{"source":"KOBIS"}}`, `{"peopleInfoResult":{"peopleInfo":{},"source":"KOBIS"}}`))
	case d.name.Source == messages.KOBIS:
		return d.finish(pick(d, `{"movieInfoResult":{"source":"KOBIS"}}`, `{"movieInfoResult":{"movieInfo":{},"source":"KOBIS"}}`))
	}
	d.status = http.StatusNotFound
	return d.finish(`{"success":false,"status_code":34,"status_message":"The resource you requested could not be found."}`)
}

func emptied(d *draft) bool {
	lists := []*node{d.rows()}
	if record := d.record(); record != nil {
		cast := record.get(pick(d, "credits", "aggregate_credits"), pick(d, "cast", "crew"))
		lists = []*node{
			record.get("directors"), record.get("actors"), record.get("genres"), record.get("filmos"),
			record.get("also_known_as"), cast,
		}
	}
	d.Shuffle(len(lists), func(i, j int) { lists[i], lists[j] = lists[j], lists[i] })
	for _, told := range lists {
		if told == nil || len(told.items) == 0 {
			continue
		}
		*told = *list()
		for _, n := range []*node{
			d.root.get("movieListResult", "totCnt"), d.root.get("peopleListResult", "totCnt"), d.root.get("total_pages"),
			d.root.get("total_results"),
		} {
			if n != nil {
				*n = *scalar("0")
			}
		}
		return true
	}
	return false
}

// bomb is an answer of 16 MB that would take a hundred times as much when decoded.
func bomb(d *draft) bool {
	rows := d.rows()
	if record := d.record(); record != nil {
		rows = &node{}
		switch {
		case d.name.Kind == messages.KindPeopleDetail:
			record.remove("filmos")
			record.members = append(record.members, member{"filmos", rows})
		case d.name.Source == messages.KOBIS:
			record.remove("actors")
			record.members = append(record.members, member{"actors", rows})
		case d.name.Kind == messages.KindMovieDetail:
			record.remove("credits")
			record.members = append(record.members, member{"credits", object(member{"cast", rows})})
		default:
			record.remove("aggregate_credits")
			record.members = append(record.members, member{"aggregate_credits", object(member{"cast", rows})})
		}
	}
	if rows == nil {
		return false
	}
	*rows = *scalar("[" + strings.Repeat("{},", 5_400_000) + "{}]")
	return true
}

// total replaces the counts of a list.
func (d *draft) total(values ...string) bool {
	found := false
	for _, n := range []*node{
		d.root.get("movieListResult", "totCnt"), d.root.get("peopleListResult", "totCnt"), d.root.get("total_pages"),
		d.root.get("total_results"),
	} {
		if n != nil && (!found || d.IntN(2) == 0) {
			*n, found = *scalar(pick(d, values...)), true
		}
	}
	return found
}

// none is an identity that no entity can have.
func (d *draft) none() string {
	if d.name.Source == messages.KOBIS {
		return pick(
			d, `"2019 0324"`, `"2019.0324"`, `"２０１９０３２４"`, `"`+strings.Repeat("A", 5000)+`"`, `""`, `null`, `{}`, `"*"`, `">"`,
			`"\u0000"`,
		)
	}
	return pick(d, "5000000000", "1.5", `"x"`, `"\u0000"`, "-1", "0", "null", "[]", "1e40")
}

func (d *draft) rename(n *node, raw string) bool {
	keys := []string{"movieCd", "peopleCd", "id"}
	if d.name.Kind == messages.KindSeasonDetail { // its id says nothing
		keys = []string{"season_number"}
	}
	for _, key := range keys {
		if id := n.get(key); id != nil {
			*id = *scalar(raw)
			return true
		}
	}
	return false
}

// another makes it the answer to another question.
func another(d *draft) bool {
	if record := d.record(); record != nil {
		*d.title() = *scalar(`"다른 제목"`)
		if d.name.Source == messages.KOBIS {
			return d.rename(record, `"19990001"`)
		}
		return d.rename(record, "990000001")
	}
	if shown := d.root.get("boxOfficeResult", "showRange"); shown != nil {
		*shown = *scalar(`"19990101~19990101"`)
		return true
	}
	if page := d.root.get("page"); page != nil && d.name.Kind != messages.KindMovieSearch {
		*page = *scalar(strconv.Itoa(77))
		return true
	}
	return false
}

// sourceError is an error in the source's own form which is not about a key: codes that are
// come with the status of another.
func sourceError(d *draft) bool {
	if d.name.Source == messages.KOBIS {
		return d.finish(`{"faultInfo":{"message":"` + pick(
			d, "시스템 오류", `bad \\u0000 \u001b[31m`, strings.Repeat("오류", 40_000),
		) + `","errorCode":"` +
			pick(d, "320999", "", "999999") + `"}}`)
	}
	codes := []string{"5", "11", "43", "27"}
	if d.status = pick(
		d, http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusOK,
	); d.status != http.StatusOK {
		codes = append(codes, "7", "31", "32", "35", "45")
	}
	return d.finish(`{"success":false,"status_code":` + pick(d, codes...) + `,"status_message":"` +
		pick(d, "Invalid parameters", `bad \\u0000 parameter \u001b[31m`, strings.Repeat("x", 80_000)) + `"}`)
}

// disguise repeats what the request was authorized with, in a form in which only anyone who
// reads the answer has it.
func disguise(d *draft) bool {
	half := len(d.secret) / 2
	if half == 0 {
		return false
	}
	told := pick(
		d, string(escaped([]byte(encode(d.secret)))), `"`+d.secret[:half]+`\u0000`+d.secret[half:]+`"`,
		`"`+d.secret[:half]+"\x07"+d.secret[half:]+`"`,
	)
	if texts := d.texts(); len(texts) > 0 && d.IntN(2) == 0 {
		texts[d.IntN(len(texts))].raw = []byte(told)
		return true
	}
	d.root.members = append(d.root.members, member{"x", scalar(told)})
	return true
}

// echo is not an answer, and repeats the request's address and what it was authorized with.
func echo(d *draft) bool {
	told := encode(d.url + " " + d.secret)
	told = strings.ReplaceAll(told, "&", pick(d, "&", `\u0026`, "&amp;"))
	switch {
	case d.IntN(2) == 0:
		d.status = http.StatusBadGateway
		return d.finish("<html><body>no answer from " + told + "</body></html>")
	case d.name.Source == messages.KOBIS:
		return d.finish(`{"faultInfo":{"message":` + told + `,"errorCode":"320999"}}`)
	}
	return d.finish(`{"success":false,"status_code":11,"status_message":` + told + `}`)
}
