package credits

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/record"
)

// Appearance is a season in which somebody has a credit.
type Appearance struct {
	Season   int32 `json:"season"`
	Episodes int32 `json:"episodes,omitempty"`
	Guest    bool  `json:"guest,omitempty"`
}

// appearances are written as production.credits has them; empty for none.
func appearances(list []Appearance) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil { // numbers always marshal
		panic(err)
	}
	return string(text)
}

// member is a credit of TMDB's in a series, by season.
type member[T any] struct {
	row     T
	regular bool
	seasons []Appearance
}

// episodes are those that the source counts in all, or those of the seasons where
// they are more: the series' own answer may be older.
func (m *member[T]) episodes(all int32) int32 {
	sum := int32(0)
	for _, s := range m.seasons {
		sum += s.Episodes
	}
	return max(all, sum)
}

// personKey is who has a credit, for what, where it has no number of its own.
type personKey struct {
	id         int32
	name, what string
}

func keyOfPerson(p *record.TmdbPerson, what string) personKey {
	if p.ID != 0 {
		return personKey{id: p.ID, what: what}
	}
	return personKey{name: p.Name, what: what}
}

// roll are the credits of one kind of a series, each once for all seasons.
type roll[T any] struct {
	list     []member[T]
	byCredit map[string]int
	byPerson map[personKey]int
	keys     func(*T) (credit string, who personKey)
}

func newRoll[T any](rows []T, keys func(*T) (string, personKey)) *roll[T] {
	r := &roll[T]{byCredit: make(map[string]int, len(rows)), byPerson: make(map[personKey]int, len(rows)), keys: keys}
	for i := range rows {
		r.add(rows[i])
	}
	return r
}

func (r *roll[T]) add(row T) int {
	at := len(r.list)
	r.list = append(r.list, member[T]{row: row})
	credit, who := r.keys(&row)
	if _, known := r.byCredit[credit]; !known && credit != "" {
		r.byCredit[credit] = at
	}
	if _, known := r.byPerson[who]; !known {
		r.byPerson[who] = at
	}
	return at
}

// in notes that a season has a credit. Whom the series does not name is added.
func (r *roll[T]) in(row T, a Appearance) *member[T] {
	credit, who := r.keys(&row)
	at, known := r.byCredit[credit]
	if !known {
		at, known = r.byPerson[who]
	}
	if !known {
		at = r.add(row)
	}
	m := &r.list[at]
	if last := len(m.seasons) - 1; last >= 0 && m.seasons[last].Season == a.Season {
		m.seasons[last].Episodes += a.Episodes
		m.seasons[last].Guest = m.seasons[last].Guest && a.Guest
	} else {
		m.seasons = append(m.seasons, a)
	}
	return m
}

// castOf and crewOf are a series' credits, with the seasons in which they are.
func castOf(s *record.TmdbSeries, seasons []record.TmdbSeasonDetail) []member[record.TmdbCast] {
	r := newRoll(s.Cast, func(c *record.TmdbCast) (string, personKey) {
		return c.CreditID, keyOfPerson(&c.TmdbPerson, c.Character)
	})
	for i := range r.list {
		r.list[i].regular = r.list[i].row.Regular
	}
	for i := range seasons {
		told := tellsRegulars(seasons[i].Cast)
		for _, c := range seasons[i].Cast {
			m := r.in(c, Appearance{Season: seasons[i].Number, Episodes: c.Episodes, Guest: told && !c.Regular})
			m.regular = m.regular || c.Regular
		}
	}
	return r.list
}

func crewOf(s *record.TmdbSeries, seasons []record.TmdbSeasonDetail) []member[record.TmdbCrew] {
	r := newRoll(s.Crew, func(c *record.TmdbCrew) (string, personKey) {
		return c.CreditID, keyOfPerson(&c.TmdbPerson, c.Department+"\x00"+c.Job)
	})
	for i := range seasons {
		for _, c := range seasons[i].Crew {
			r.in(c, Appearance{Season: seasons[i].Number, Episodes: c.Episodes})
		}
	}
	return r.list
}

func tellsRegulars(cast []record.TmdbCast) bool {
	return slices.ContainsFunc(cast, func(c record.TmdbCast) bool { return c.Regular })
}

// Seasons are the numbers of a series' seasons that have episodes, specials aside.
func Seasons(s *record.TmdbSeries) (numbers []int32) {
	for _, season := range s.Seasons {
		if season.Number > 0 && season.EpisodeCount > 0 && !slices.Contains(numbers, season.Number) {
			numbers = append(numbers, season.Number)
		}
	}
	slices.Sort(numbers)
	return numbers
}

// seasonsOf are the seasons with credits that a series lists, and whether they tell all
// of it: who is in none of their casts for good is a guest. A series of one season tells
// it by itself.
func seasonsOf(s *record.TmdbSeries, known []record.TmdbSeasonDetail) (seasons []record.TmdbSeasonDetail, whole bool) {
	numbers := Seasons(s)
	if len(numbers) == 1 {
		own := record.TmdbSeasonDetail{Number: numbers[0], Cast: s.Cast, Crew: s.Crew}
		return []record.TmdbSeasonDetail{own}, tellsRegulars(s.Cast)
	}
	told := 0
	for i := range known {
		if slices.Contains(numbers, known[i].Number) {
			seasons = append(seasons, known[i])
			if tellsRegulars(known[i].Cast) {
				told++
			}
		}
	}
	return seasons, told > 0 && told == len(numbers)
}

// Series lists the credits of a series: its creators first, and of its cast those who
// belong to it for good before the guests, as far as the seasons tell.
func Series(title uuid.UUID, s *record.TmdbSeries, known []record.TmdbSeasonDetail) []Credit {
	l := newLister(title, len(s.Cast)+len(s.Crew))
	for _, person := range s.CreatedBy {
		l.person(person, Credit{Department: Creation, Job: jobCreator, Role: "Creator"})
	}
	seasons, whole := seasonsOf(s, known)
	cast := castOf(s, seasons)
	total := make(map[personKey]int32) // of episodes, in all parts
	for i := range cast {
		total[keyOfPerson(&cast[i].row.TmdbPerson, "")] += cast[i].episodes(cast[i].row.Episodes)
	}
	slices.SortStableFunc(cast, func(a, b member[record.TmdbCast]) int {
		switch {
		case a.regular && b.regular:
			return cmp.Compare(a.row.Order, b.row.Order)
		case a.regular:
			return -1
		case b.regular:
			return 1
		}
		return cmp.Compare(total[keyOfPerson(&b.row.TmdbPerson, "")], total[keyOfPerson(&a.row.TmdbPerson, "")])
	})
	for i := range cast {
		m := &cast[i]
		c := Credit{
			Department: Acting, Job: jobActor, Role: "Actor", Episodes: m.episodes(m.row.Episodes),
			BillingTmdb: billingOf(m.row.Order, i), Seasons: appearances(m.seasons),
		}
		if whole && !m.regular {
			c.Job = jobGuest
		}
		c.part(m.row.Character)
		l.again(m.row.TmdbPerson, c)
	}
	for i, crew := 0, crewOf(s, seasons); i < len(crew); i++ {
		m := &crew[i]
		c := creditOfCrew(&m.row)
		c.Episodes, c.Seasons = m.episodes(m.row.Episodes), appearances(m.seasons)
		l.again(m.row.TmdbPerson, c)
	}
	return l.done(l.list)
}
