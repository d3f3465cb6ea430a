package kobis

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// Registered is a person as KOBIS lists it, with what only this simulator knows: every
// credit that is the person's.
type Registered struct {
	Code, Name, NameEN string
	Credits            []Credit
}

// Credit is a part in a film; it may stand twice.
type Credit struct {
	MovieCd, Title, Part string
}

// The parts that are no words of the staff.
const (
	partDirector = "감독"
	partActor    = "배우"
)

// directory are the people of all details. Somebody is a name with its English name;
// some names are two people's, and details do not tell which.
type directory struct {
	byCode map[string]*Registered
	byKey  map[string]*Registered
	order  []*Registered       // as they were registered
	films  map[string][]string // the codes of the people of a film
}

// firstPeopleCd is below the code of the person who is registered first.
const firstPeopleCd = 20000000

// People are all people, the latest registered first.
func (c *Catalogue) People() []Registered {
	c.register()
	c.mu.RLock()
	defer c.mu.RUnlock()
	all := make([]Registered, 0, len(c.people.order))
	for _, p := range slices.Backward(c.people.order) {
		all = append(all, p.clone())
	}
	return all
}

// RenamePerson gives a person another English name, on all credits at once as KOBIS
// does. It reports false for an unknown code and for a name that somebody has.
func (c *Catalogue) RenamePerson(code, nameEN string) bool {
	p, found := c.person(code)
	if !found || !c.rekey(code, nameEN) {
		return false
	}
	for _, credit := range p.Credits {
		c.Edit(credit.MovieCd, func(_ *Film, d *Detail) {
			if d == nil {
				return
			}
			rename := func(name string, en *string) {
				if name == p.Name && *en == p.NameEN {
					*en = nameEN
				}
			}
			for i := range d.Directors {
				rename(d.Directors[i].Name, &d.Directors[i].NameEN)
			}
			for i := range d.Actors {
				rename(d.Actors[i].Name, &d.Actors[i].NameEN)
			}
			for i := range d.Staff {
				rename(d.Staff[i].Name, &d.Staff[i].NameEN)
			}
		})
	}
	return true
}

// rekey lets a person be found under another English name.
func (c *Catalogue) rekey(code, nameEN string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.people.byCode[code]
	for _, credit := range p.Credits {
		if other := c.people.byKey[keyOf(credit.MovieCd, p.Name, nameEN, credit.Part)]; other != nil && other != p {
			return false
		}
	}
	for _, credit := range p.Credits {
		delete(c.people.byKey, keyOf(credit.MovieCd, p.Name, p.NameEN, credit.Part))
		c.people.byKey[keyOf(credit.MovieCd, p.Name, nameEN, credit.Part)] = p
	}
	p.NameEN = nameEN
	return true
}

// register finds the people of all details, once.
func (c *Catalogue) register() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.people != nil {
		return
	}
	c.people = &directory{byCode: map[string]*Registered{}, byKey: map[string]*Registered{}, films: map[string][]string{}}
	codes := make([]string, 0, len(c.byCode))
	for code, e := range c.byCode {
		if e.hasDetail() {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	for _, code := range codes {
		c.people.set(code, c.byCode[code].readDetail())
	}
}

// person is the one with a code.
func (c *Catalogue) person(code string) (Registered, bool) {
	c.register()
	c.mu.RLock()
	defer c.mu.RUnlock()
	p := c.people.byCode[code]
	if p == nil {
		return Registered{}, false
	}
	return p.clone(), true
}

// peoplePage gives the people of one page, the latest registered first, and how many
// there are whose name holds a text and one of whose titles holds another.
func (c *Catalogue) peoplePage(name, title string, page, size int) (total int, found []Registered) {
	c.register()
	c.mu.RLock()
	defer c.mu.RUnlock()
	skip := (page - 1) * size
	for _, p := range slices.Backward(c.people.order) {
		if !strings.Contains(p.Name, name) || title != "" && !anyContains(p.titles(), title) {
			continue
		}
		if total++; total > skip && len(found) < size {
			found = append(found, p.clone())
		}
	}
	return total, found
}

func (p *Registered) clone() Registered {
	clone := *p
	clone.Credits = slices.Clone(p.Credits)
	return clone
}

// set gives the people of a film their credits; d is nil for a film that is gone.
func (d *directory) set(movieCd string, detail *Detail) {
	for _, code := range d.films[movieCd] {
		p := d.byCode[code]
		p.Credits = slices.DeleteFunc(p.Credits, func(c Credit) bool { return c.MovieCd == movieCd })
	}
	delete(d.films, movieCd)
	if detail == nil {
		return
	}
	add := func(name, nameEN, part string) {
		if name == "" {
			return
		}
		p := d.at(keyOf(movieCd, name, nameEN, part), name, nameEN)
		p.Credits = append(p.Credits, Credit{movieCd, detail.Title, part})
		if !slices.Contains(d.films[movieCd], p.Code) {
			d.films[movieCd] = append(d.films[movieCd], p.Code)
		}
	}
	for _, m := range detail.Directors {
		add(m.Name, m.NameEN, partDirector)
	}
	for _, m := range detail.Actors {
		add(m.Name, m.NameEN, partActor)
	}
	for _, m := range detail.Staff {
		add(m.Name, m.NameEN, m.Role)
	}
}

// at finds or registers a person.
func (d *directory) at(key, name, nameEN string) *Registered {
	p := d.byKey[key]
	if p == nil {
		p = &Registered{Code: fmt.Sprint(firstPeopleCd + len(d.order) + 1), Name: name, NameEN: nameEN}
		if oneOf(name, 197) == 3 {
			p.Credits = earlier(p.Code)
		}
		d.byKey[key], d.byCode[p.Code] = p, p
		d.order = append(d.order, p)
	}
	return p
}

// manyTitles is how many earlier films somebody has whose filmography is long.
const manyTitles = 80

// earlier are films that no list has.
func earlier(code string) []Credit {
	credits := make([]Credit, 0, manyTitles)
	for i := range manyTitles {
		credits = append(credits, Credit{fmt.Sprintf("1950A%03d", i), fmt.Sprintf("지난 작품 %s의 %d", code, i+1), "제작부"})
	}
	return credits
}

// keyOf says who is credited. Among sixteen names one is that of two people in
// different films, one that of an actor and somebody of the staff.
func keyOf(movieCd, name, nameEN, part string) string {
	key := name + "\n" + nameEN
	switch oneOf(name, 16) {
	case 0:
		return fmt.Sprint(key, "\n", oneOf(name+movieCd, 2))
	case 1:
		return fmt.Sprint(key, "\n", part == partActor)
	}
	return key
}

// oneOf is a number below n that a text always has.
func oneOf(text string, n uint64) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return (h.Sum64() >> 7) % n
}

// titles are the person's, each film once, the newest code first.
func (p *Registered) titles() (titles []string) {
	seen := map[string]bool{}
	for _, c := range p.filmography() {
		if !seen[c.MovieCd] {
			seen[c.MovieCd] = true
			titles = append(titles, c.Title)
		}
	}
	return titles
}

func (p *Registered) filmography() []Credit {
	sorted := slices.Clone(p.Credits)
	slices.SortStableFunc(sorted, func(a, b Credit) int { return cmp.Compare(b.MovieCd, a.MovieCd) })
	return sorted
}

// department is the part of most credits, the first of several.
func (p *Registered) department() (most string) {
	count := map[string]int{}
	for _, c := range p.Credits {
		count[c.Part]++
	}
	for _, c := range p.Credits {
		if most == "" || count[c.Part] > count[most] {
			most = c.Part
		}
	}
	return most
}

// sex is unknown of some.
func (p *Registered) sex() string {
	return []string{"남자", "여자", "남자", "여자", ""}[oneOf(p.Code, 5)]
}

func appendPeople(b []byte, total int, people []Registered, omitEmpty bool) []byte {
	b = fmt.Appendf(b, `{"peopleListResult":{"totCnt":%d`, total)
	if len(people) > 0 || !omitEmpty {
		b = array(b, "peopleList", people, func(b []byte, p Registered) []byte {
			return object(b, "peopleCd", p.Code, "peopleNm", p.Name, "peopleNmEn", p.NameEN, "repRoleNm", p.department(),
				"filmoNames", strings.Join(p.titles(), "|"))
		})
	}
	return append(b, `,"source":"`+source+`"}}`...)
}

func appendPerson(b []byte, p *Registered) []byte {
	b = append(b, `{"peopleInfoResult":{"peopleInfo":`...)
	b = object(b, "peopleCd", p.Code, "peopleNm", p.Name, "peopleNmEn", p.NameEN, "sex", p.sex(), "repRoleNm", p.department())
	b = array(b, "homepages", nil, named("url"))
	b = array(b, "filmos", p.filmography(), func(b []byte, c Credit) []byte {
		return object(b, "movieCd", c.MovieCd, "movieNm", c.Title, "moviePartNm", c.Part)
	})
	return append(b, `},"source":"`+source+`"}}`...)
}
