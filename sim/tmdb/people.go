package tmdb

import (
	"encoding/json"
	"hash/fnv"
	"slices"

	"github.com/cledit/pipeline/sim/traffic"
)

// Ids of people whom the data knows by name alone. TMDB's real ones are far below.
const (
	firstPerson = 1_000_000_000
	people      = 1_000_000_000
)

// PersonID is a number for a name, always the same: anyone who is called alike is one
// person here.
func PersonID(name string) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return firstPerson + int(h.Sum64()%people)
}

// Person is what is known about somebody; works tell a part of it.
type Person struct {
	ID         int      `json:"id"`
	Name       string   `json:"name"`
	Adult      bool     `json:"adult"`
	Gender     int      `json:"gender"`
	Department string   `json:"known_for_department"`
	Popularity float64  `json:"popularity"`
	Profile    *string  `json:"profile_path"`
	Also       []string `json:"-"`
	Birthday   string   `json:"-"` // YYYY-MM-DD, as Deathday
	Deathday   string   `json:"-"`
	Birthplace string   `json:"-"`
	IMDBID     string   `json:"-"`
	WikidataID string   `json:"-"`
	NameKorean string   `json:"-"` // a translation's
	Gone       bool     `json:"-"` // merged into somebody else, or deleted
}

type personDetail struct {
	Adult        bool     `json:"adult"`
	AlsoKnownAs  []string `json:"also_known_as"`
	Biography    string   `json:"biography"`
	Birthday     *string  `json:"birthday"`
	Deathday     *string  `json:"deathday"`
	Gender       int      `json:"gender"`
	Homepage     *string  `json:"homepage"`
	ID           int      `json:"id"`
	IMDBID       *string  `json:"imdb_id"`
	Department   string   `json:"known_for_department"`
	Name         string   `json:"name"`
	PlaceOfBirth *string  `json:"place_of_birth"`
	Popularity   float64  `json:"popularity"`
	ProfilePath  *string  `json:"profile_path"`
}

// personIDs are those of other sites.
type personIDs struct {
	FreebaseMID *string `json:"freebase_mid"`
	FreebaseID  *string `json:"freebase_id"`
	IMDBID      *string `json:"imdb_id"`
	TVRageID    *int    `json:"tvrage_id"`
	WikidataID  *string `json:"wikidata_id"`
	FacebookID  *string `json:"facebook_id"`
	InstagramID *string `json:"instagram_id"`
	TiktokID    *string `json:"tiktok_id"`
	TwitterID   *string `json:"twitter_id"`
	YoutubeID   *string `json:"youtube_id"`
}

// person answers /3/person/{id}.
func (s *Server) person(id int, block string, q query) traffic.Answer {
	p, found := s.catalogue.person(id)
	if !found {
		return notFound()
	}
	return compose(id, block, q, membersOf(encode(p.detail())), p.block)
}

func (p *Person) detail() personDetail {
	return personDetail{
		Adult: p.Adult, AlsoKnownAs: orEmpty(p.Also), Birthday: nullable(p.Birthday), Deathday: nullable(p.Deathday),
		Gender: p.Gender, ID: p.ID, IMDBID: nullable(p.IMDBID), Department: p.Department, Name: p.Name,
		PlaceOfBirth: nullable(p.Birthplace), Popularity: p.Popularity, ProfilePath: p.Profile,
	}
}

// block gives an appended block, nil for a name that TMDB doesn't know.
func (p *Person) block(name string) json.RawMessage {
	switch name {
	case "external_ids":
		return encode(personIDs{IMDBID: nullable(p.IMDBID), WikidataID: nullable(p.WikidataID)})
	case "translations":
		list := []translation{}
		if p.NameKorean != "" {
			list = append(list, translation{"KR", "ko", "한국어/조선말", "Korean", map[string]any{"biography": "", "name": p.NameKorean}})
		}
		return object("translations", list)
	}
	return nil
}

// person is somebody whom a work credits, or who was set.
func (c *Catalogue) person(id int) (Person, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, known := c.everybody()[id]
	return p, known && !p.Gone
}

// EditPerson lets alter change somebody and notes the change; false: unknown.
func (c *Catalogue) EditPerson(id int, alter func(*Person)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, known := c.everybody()[id]
	if !known {
		return false
	}
	p.Also = slices.Clone(p.Also)
	alter(&p)
	p.ID = id
	c.people[id] = p
	c.note(persons, id, p.Adult)
	return true
}

// everybody are the people of all works, found once.
func (c *Catalogue) everybody() map[int]Person {
	if c.people != nil {
		return c.people
	}
	c.people = map[int]Person{}
	for _, id := range sortedKeys(c.movies) {
		c.meet(c.movies[id].block("credits"))
	}
	for _, id := range sortedKeys(c.series) {
		c.meet(c.series[id].block("aggregate_credits"))
	}
	return c.people
}

// meet adds the people of a block of credits; whom another work told stays as told.
func (c *Catalogue) meet(block json.RawMessage) {
	var credits struct{ Cast, Crew []Person }
	if err := json.Unmarshal(block, &credits); err != nil {
		panic(err) // what is served was encoded here, or checked when it was read
	}
	for _, p := range append(credits.Cast, credits.Crew...) {
		if _, known := c.people[p.ID]; !known && p.ID != 0 {
			c.people[p.ID] = p
		}
	}
}

// PeopleOf is the number of people whom the series of a country credit.
func (c *Catalogue) PeopleOf(country string) int {
	type numbered struct {
		ID int `json:"id"`
	}
	ids := map[int]bool{}
	add := func(list []numbered) {
		for _, p := range list {
			ids[p.ID] = true
		}
	}
	for _, s := range c.discover(discover{Origin: country, Adult: true}) {
		var credits struct{ Cast, Crew []numbered }
		if err := json.Unmarshal(s.block("aggregate_credits"), &credits); err != nil {
			panic(err) // what is served was encoded here, or checked when it was read
		}
		add(credits.Cast)
		add(credits.Crew)
		if s.Recorded == nil {
			continue
		}
		for _, m := range s.Recorded.Detail {
			var creators []numbered
			if m.Name == "created_by" && json.Unmarshal(m.Value, &creators) == nil {
				add(creators)
			}
		}
	}
	delete(ids, 0)
	return len(ids)
}
