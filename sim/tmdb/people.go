package tmdb

import (
	"encoding/json"
	"hash/fnv"
)

// Ids of people whom the data knows by name alone. TMDB's real ones are far below.
const (
	firstPerson = 1_000_000_000
	people      = 1_000_000_000
)

// personID is a number for a name, always the same: anyone who is called alike is one
// person here.
func personID(name string) int {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return firstPerson + int(h.Sum64()%people)
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
	for _, s := range c.discover(Discover{Origin: country, Adult: true}) {
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
