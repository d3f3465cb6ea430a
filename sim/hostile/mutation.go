package hostile

import (
	"math/rand/v2"
	"net/http"

	"github.com/cledit/pipeline/pkg/messages"
)

// Class is what a mutation does to an answer.
type Class string

// The classes; see the package comment.
const (
	Harmless   Class = "harmless"
	Repairable Class = "repairable"
	Harmful    Class = "harmful"
)

// Classes are all classes.
var Classes = []Class{Harmless, Repairable, Harmful}

// Mutation is one way to spoil an answer.
type Mutation struct {
	Name  string
	Class Class
	// apply spoils the draft, and reports whether it could.
	apply func(*draft) bool
	// oneIn is how many times less often than others it comes, since it costs more to
	// try; 0 for as often.
	oneIn int
}

// mutations are all that there are.
var mutations = append(append(harmless, repairable...), harmful...)

// draft is an answer under work. root is printed as the body in the end, unless it
// is nil.
type draft struct {
	*rand.Rand
	name   messages.Name
	status int
	header http.Header
	body   []byte
	root   *node
	url    string // of the request
	secret string // that the request came with
	drip   bool   // the body comes in pieces
	cut    bool   // the connection ends within the body
	held   bool   // and this one never does, if it begins at all
	gzip   bool   // the body comes compressed
}

// finish is what a mutation ends with that has a body of its own.
func (d *draft) finish(body string) bool {
	d.root, d.body = nil, []byte(body)
	return true
}

// rows are the entities of a list, nil for a detail.
func (d *draft) rows() *node {
	switch {
	case d.name.Kind == messages.KindMovieList:
		return d.root.get("movieListResult", "movieList")
	case d.name.Kind == messages.KindPeopleList:
		return d.root.get("peopleListResult", "peopleList")
	case d.name.Kind == messages.KindDailyBoxOffice:
		return d.root.get("boxOfficeResult", "dailyBoxOfficeList")
	case d.isDetail():
		return nil
	}
	return d.root.get("results")
}

func (d *draft) isDetail() bool {
	switch d.name.Kind {
	case messages.KindMovieDetail, messages.KindSeriesDetail, messages.KindSeasonDetail, messages.KindPeopleDetail, messages.KindPersonDetail:
		return true
	}
	return false
}

// record is what a detail tells of its entity; nil for a list.
func (d *draft) record() *node {
	switch {
	case !d.isDetail():
		return nil
	case d.name.Kind == messages.KindPeopleDetail:
		return d.root.get("peopleInfoResult", "peopleInfo")
	case d.name.Source == messages.KOBIS:
		return d.root.get("movieInfoResult", "movieInfo")
	}
	return d.root
}

// row is one row of a list, nil where there is none.
func (d *draft) row() *node {
	rows := d.rows()
	if rows == nil || len(rows.items) == 0 {
		return nil
	}
	return rows.items[d.IntN(len(rows.items))]
}

// identities are the keys whose values are never repaired.
var identities = map[string]bool{
	"movieCd": true, "peopleCd": true, "birthday": true, "deathday": true, "openDt": true, "showRange": true,
	"companyCd": true, "id": true, "page": true, "imdb_id": true,
	"release_date": true, "first_air_date": true, "last_air_date": true, "air_date": true, "season_number": true,
	"show_id": true, "source": true, "boxofficeType": true,
}

// texts are the titles and names of an answer.
func (d *draft) texts() (found []*node) {
	d.root.walk("", func(key string, n *node) {
		if n.isText() && len(n.raw) > 4 && titles[key] && !identities[key] {
			found = append(found, n)
		}
	})
	return found
}

// titles are fields of text that are in the tables.
var titles = map[string]bool{
	"movieNm": true, "movieNmEn": true, "peopleNm": true, "companyNm": true,
	"title": true, "original_title": true, "name": true, "original_name": true, "overview": true,
}

// pick is one of several.
func pick[T any](d *draft, from ...T) T { return from[d.IntN(len(from))] }
