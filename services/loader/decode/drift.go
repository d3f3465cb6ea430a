package decode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/cledit/pipeline/pkg/messages"
)

// Drift is a place where an answer does not look as its kind does.
type Drift struct {
	Path string // names of fields joined by dots, without the indexes of arrays
	What string // one of a few fixed phrases
}

// What of a drift. A field of another type is named with the type that it has.
const (
	newField     = "new field"
	missingField = "missing field"
)

var nowA = map[types]string{
	stringType: "now a string", numberType: "now a number", booleanType: "now true or false",
	nullType: "now null", objectType: "now an object", arrayType: "now an array",
}

// Whats are all phrases of what a drift can be.
func Whats() []string {
	return append(slices.Sorted(maps.Values(nowA)), newField, missingField)
}

const (
	// mostDrifts bounds what one payload can report: its field names are the
	// source's, and a map of ids that stands where fields should would be endless.
	mostDrifts = 50
	// longestPath is in bytes.
	longestPath = 200
	wholeBody   = "(the body)"
)

var anything = &shape{types: anyType}

// checker walks over a body beside the shape of its kind. The body is valid JSON
// of limited depth: its contract was read.
type checker struct {
	r    *reader
	body []byte
	at   int
	path []string
	// depth is that of the entities whose gaps are told: the number of names above
	// their fields; -1 where there are none.
	depth  int
	row    int // of the entity at hand
	lists  int // arrays around the value at hand, below its entity
	drifts map[Drift]int
	// lost counts arrays and objects that are something else, by path: what
	// should be in them can't be read.
	lost map[string]int
}

// entityDepth is how many names stand above the fields of entities.
var entityDepth = map[messages.Source]map[messages.Kind]int{
	messages.KOBIS: {
		messages.KindMovieList: 2, messages.KindMovieDetail: 2, messages.KindDailyBoxOffice: 2, messages.KindPeopleList: 2,
		messages.KindPeopleDetail: 2,
	},
	messages.TMDB: {
		messages.KindMovieDetail: 0, messages.KindSeriesDetail: 0, messages.KindSeasonDetail: 0, messages.KindMovieSearch: 0,
		messages.KindPersonDetail:   0,
		messages.KindSeriesDiscover: -1, messages.KindMovieChanges: -1, messages.KindSeriesChanges: -1, messages.KindPersonChanges: -1,
	},
}

// check compares a body with the shape of its kind.
func (r *reader) check(want *shape) {
	c := &checker{r: r, body: r.body, depth: r.depth}
	c.value(want)
	r.drifts = c.drifts
	for path, times := range c.lost {
		r.add(Note{path, WrongShape}, times)
	}
}

// value passes over the value at hand.
func (c *checker) value(want *shape) {
	c.space()
	if c.at >= len(c.body) {
		return
	}
	have := typeOf(c.body[c.at])
	if have&want.types == 0 {
		c.drift("", nowA[have])
		c.mistyped(want, have)
		want = anything
	}
	switch have {
	case stringType:
		c.text()
	case objectType:
		c.at++
		c.object(want)
	case arrayType:
		c.at++
		c.array(cmp.Or(want.element, anything))
	default:
		for c.at < len(c.body) && strings.IndexByte(",]} \t\r\n", c.body[c.at]) < 0 {
			c.at++
		}
	}
}

// mistyped says what is lost by a value of another type than it should have.
// Scalars are read whatever they are; only true and false are not text and no number.
func (c *checker) mistyped(want *shape, have types) {
	const composites = objectType | arrayType
	if !want.opaque() && have != nullType {
		c.lose()
	}
	if c.depth < 0 || len(c.path) <= c.depth {
		return
	}
	switch {
	case have == nullType && c.lists == 0:
		c.gap(c.path[c.depth], Missing)
	case have == booleanType && want.opaque():
		if field := c.path[len(c.path)-1]; !c.r.hasNote(field) { // nobody has read it
			c.r.add(Note{field, WrongShape}, 1)
		}
		c.gap(c.path[c.depth], Unreadable)
	case have != nullType && (have&composites != 0 || want.types&composites != 0):
		c.gap(c.path[c.depth], Unreadable)
	}
}

// naming are the fields without which an element of a list says nothing, by the names
// of their lists; also are those that do in their place.
var (
	naming = map[string][]string{
		"directors": {"peopleNm"}, "actors": {"peopleNm"}, "staffs": {"peopleNm"},
		"nations": {"nationNm"}, "companys": {"companyNm"}, "genres": {"genreNm", "name"},
		"cast": {"name"}, "crew": {"name"}, "guest_stars": {"name"}, "created_by": {"name"}, "production_companies": {"name"},
		"networks": {"name"}, "keywords": {"name"}, "results": {"name", "title"}, "titles": {"title"},
		"filmos": {"movieCd"}, "posters": {"file_path"}, "backdrops": {"file_path"}, "logos": {"file_path"},
	}
	also = map[string]string{"peopleNm": "peopleNmEn", "companyNm": "companyNmEn", "movieCd": "movieNm"}
)

// absent says that an object lacks a field that it always has. A list of which an
// element lacks another than its name is what it is.
func (c *checker) absent(field string) {
	c.drift(field, missingField)
	switch {
	case c.depth < 0 || len(c.path) < c.depth || (c.lists > 0 && !slices.Contains(naming[c.path[len(c.path)-1]], field)):
	case len(c.path) == c.depth:
		c.gap(field, Missing)
	default:
		c.gap(c.path[c.depth], Missing)
	}
}

func (c *checker) gap(field string, why Why) { c.r.gap(c.r.entityAt(c.row), field, why) }

func typeOf(first byte) types {
	switch first {
	case '"':
		return stringType
	case '{':
		return objectType
	case '[':
		return arrayType
	case 'n':
		return nullType
	case 't', 'f':
		return booleanType
	}
	return numberType
}

// next reports whether another element follows, and passes over the comma or the
// closing bracket.
func (c *checker) next(closing byte) bool {
	for {
		c.space()
		if c.at >= len(c.body) {
			return false
		}
		switch c.body[c.at] {
		case closing:
			c.at++
			return false
		case ',':
			c.at++
		default:
			return true
		}
	}
}

// array passes over the elements. Those of an array above the entities' fields are
// the entities.
func (c *checker) array(element *shape) {
	below := c.depth >= 0 && len(c.path) > c.depth
	if below {
		c.lists++
		defer func() { c.lists-- }()
	}
	for row := 0; c.next(']'); row++ {
		if !below {
			c.row = row
		}
		c.value(element)
	}
}

func (c *checker) object(want *shape) {
	var seen uint64
	expect := 0 // fields come in the same order, nearly always
	for c.next('}') {
		c.space()
		key := unescaped(c.text())
		c.space()
		c.at++ // the colon
		if want.fields == nil {
			c.value(anything)
			continue
		}
		i, known := want.find(key, expect)
		if !known {
			c.drift(string(key), newField)
			c.value(anything)
			continue
		}
		seen |= 1 << i
		expect = i + 1
		c.path = append(c.path, want.fields[i].name)
		c.value(&want.fields[i].shape)
		c.path = c.path[:len(c.path)-1]
	}
	for i := range want.fields {
		if (want.required&^seen)>>i&1 == 1 {
			c.absent(want.fields[i].name)
		}
	}
}

// find looks for a field, first where it is expected.
func (s *shape) find(key []byte, expect int) (int, bool) {
	if expect < len(s.fields) && s.fields[expect].name == string(key) {
		return expect, true
	}
	i, known := s.index[string(key)]
	return i, known
}

// unescaped is what a key says. The bytes stand between the quotes of a string.
func unescaped(key []byte) []byte {
	if bytes.IndexByte(key, '\\') < 0 {
		return key
	}
	var text string
	if err := json.Unmarshal(append(append([]byte{'"'}, key...), '"'), &text); err != nil {
		return key
	}
	return []byte(text)
}

// text passes over a string and returns what stands between its quotes.
func (c *checker) text() []byte {
	c.at++
	start := c.at
	for c.at < len(c.body) && c.body[c.at] != '"' {
		if c.body[c.at] == '\\' {
			c.at++
		}
		c.at++
	}
	end := min(c.at, len(c.body))
	c.at = end + 1
	return c.body[min(start, end):end]
}

func (c *checker) space() {
	for c.at < len(c.body) && (c.body[c.at] == ' ' || c.body[c.at] == '\n' || c.body[c.at] == '\t' || c.body[c.at] == '\r') {
		c.at++
	}
}

func (c *checker) drift(field, what string) {
	drift := Drift{c.where(field), what}
	if _, known := c.drifts[drift]; !known && len(c.drifts) == mostDrifts {
		return
	}
	if c.drifts == nil {
		c.drifts = make(map[Drift]int)
	}
	c.drifts[drift]++
}

func (c *checker) lose() {
	if c.lost == nil {
		c.lost = make(map[string]int)
	}
	c.lost[c.where("")]++
}

// where is the path of a field of the value at hand, fit for a table.
func (c *checker) where(field string) string {
	path := strings.Join(c.path, ".")
	if field != "" && path != "" {
		path += "."
	}
	path = strings.ReplaceAll(strings.ToValidUTF8(path+field, "\uFFFD"), "\x00", "\uFFFD")
	if path == "" {
		return wholeBody
	}
	if len(path) <= longestPath {
		return path
	}
	cut := longestPath
	for !utf8.RuneStart(path[cut]) {
		cut--
	}
	return path[:cut] + "…"
}
