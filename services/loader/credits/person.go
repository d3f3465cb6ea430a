package credits

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// namesOf are the names of somebody as KOBIS has both.
type namesOf struct{ ko, en string }

// fewNames is of a job in which nobody has a namesake: of KOBIS's lists of at most as many
// names a name stands twice in 201 of 18,700, where chance explains 13 at most. In
// teams of hundreds it explains all.
const fewNames = 10

// once makes one of what KOBIS lists twice: one job, both names alike, and the same part,
// or a part in one of the rows alone. Several of its words may be one job (세트, 세트팀).
// Without a name in Latin letters two of a name in one word are two people, unless they
// play one part or the word has few names.
func once(list []Credit) []Credit {
	type row struct{ department, job, ko, en string }
	seen, names := make(map[row][]int), namesByRole(list)
	kept := list[:0]
next:
	for _, c := range list {
		key := row{c.Department, c.Job, compact(c.NameKo), compact(c.NameEn)}
		for _, at := range seen[key] {
			if old := &kept[at]; old.again(&c, c.Department != Acting && len(names[c.Role]) <= fewNames) {
				old.absorb(&c)
				continue next
			}
		}
		if len(seen[key]) < crowd {
			seen[key] = append(seen[key], len(kept))
		}
		kept = append(kept, c)
	}
	return kept
}

func namesByRole(list []Credit) map[string]map[string]bool {
	names := make(map[string]map[string]bool)
	for i := range list {
		if names[list[i].Role] == nil {
			names[list[i].Role] = make(map[string]bool)
		}
		names[list[i].Role][list[i].NameKo+list[i].NameEn] = true
	}
	return names
}

// absorb adds what the same credit says in another row: the longer part, its words and remarks.
func (c *Credit) absorb(other *Credit) {
	if len(other.CharacterKo) > len(c.CharacterKo) || c.CharacterKo+c.CharacterEn == "" {
		c.CharacterKo, c.CharacterEn = other.CharacterKo, cmp.Or(c.CharacterEn, other.CharacterEn)
	}
	c.KobisPerson = cmp.Or(c.KobisPerson, other.KobisPerson)
	c.Role, c.Remarks = withWord(c.Role, other.Role), both(c.Remarks, other.Remarks)
}

// again reports whether two rows of one job and name are one credit.
func (c *Credit) again(o *Credit, few bool) bool {
	if c.KobisPerson != o.KobisPerson && c.KobisPerson != "" && o.KobisPerson != "" {
		return false
	}
	if c.Namesake != o.Namesake || c.NameKo == "" && c.NameEn == "" {
		return false
	}
	same := c.CharacterKo == o.CharacterKo && c.CharacterEn == o.CharacterEn
	none := c.CharacterKo+c.CharacterEn == "" || o.CharacterKo+o.CharacterEn == ""
	switch {
	case c.NameKo != "" && c.NameEn != "":
		return same || none || partOf(c.CharacterKo, o.CharacterKo) || partOf(o.CharacterKo, c.CharacterKo)
	case c.Department != Acting && !hasWord(c.Role, o.Role):
		return true
	}
	return few || same && !none
}

// A role has the source's words for a job, with commas between.
const betweenWords = ", "

func hasWord(role, word string) bool { return slices.Contains(strings.Split(role, betweenWords), word) }

func withWord(role, word string) string {
	if hasWord(role, word) {
		return role
	}
	return role + betweenWords + word
}

// partOf reports whether a part is one of several that another row names: 재식 부 of
// 재식 부/ 조부장.
func partOf(one, several string) bool {
	parts := strings.FieldsFunc(several, func(r rune) bool { return r == '/' || r == ',' })
	return len(parts) > 1 && slices.ContainsFunc(parts, func(p string) bool { return compact(p) != "" && compact(p) == compact(one) })
}

// spread gives somebody who is identified in one department their other credits of
// the title, where KOBIS writes both names alike and nobody else there has the name.
func spread(list []Credit, gone []bool) {
	people := identify(list, gone)
	for i := range list {
		c := &list[i]
		if c.Source != kobis || c.PersonID != uuid.Nil || !people.know(c) {
			continue
		}
		c.PersonID = people.known[namesOf{c.NameKo, compact(c.NameEn)}]
		for _, job := range []string{c.Job, wider[c.Job]} {
			at := post{c.PersonID, c.Department, job}
			if left := people.left[at]; len(left) > 0 {
				people.left[at], gone[left[0]] = left[1:], true
				c.take(&list[left[0]], byPerson)
				break
			}
		}
	}
}

// post is somebody's job.
type post struct {
	person          uuid.UUID
	department, job string
}

// identities are the people of a title. A name that several have is nobody's.
type identities struct {
	known  map[namesOf]uuid.UUID // by both names as KOBIS writes them
	named  map[string]uuid.UUID  // whom TMDB gives a name
	spelt  map[string]string     // KOBIS's spelling in Latin letters of a name in Hangul
	shared map[string]bool       // names in Hangul that it spells in several ways
	left   map[post][]int        // what TMDB alone has
}

func identify(list []Credit, gone []bool) *identities {
	p := &identities{
		make(map[namesOf]uuid.UUID), make(map[string]uuid.UUID), make(map[string]string), make(map[string]bool),
		make(map[post][]int),
	}
	for i := range list {
		switch c := &list[i]; {
		case c.Source == tmdb:
			only(p.named, compact(c.NameKo), c.PersonID)
			only(p.named, compact(c.NameEn), c.PersonID)
			if at := (post{c.PersonID, c.Department, c.Job}); !gone[i] && c.PersonID != uuid.Nil {
				p.left[at] = append(p.left[at], i)
			}
		case c.NameKo != "" && c.NameEn != "":
			en := compact(c.NameEn)
			if old, there := p.spelt[c.NameKo]; there && old != en {
				p.shared[c.NameKo] = true
			}
			p.spelt[c.NameKo] = en
			if c.PersonID != uuid.Nil {
				only(p.known, namesOf{c.NameKo, en}, c.PersonID)
			}
		}
	}
	return p
}

// only notes whom a name is of, nobody where it is of two.
func only[K comparable](m map[K]uuid.UUID, name K, id uuid.UUID) {
	if old, there := m[name]; there && old != id {
		id = uuid.Nil
	}
	m[name] = id
}

// know reports whether it is certain whose a credit of KOBIS's is.
func (p *identities) know(c *Credit) bool {
	if c.NameKo == "" || c.NameEn == "" || p.shared[c.NameKo] {
		return false
	}
	id := p.known[namesOf{c.NameKo, compact(c.NameEn)}]
	for _, name := range []string{compact(c.NameKo), compact(c.NameEn)} {
		if other, there := p.named[name]; there && other != id {
			return false
		}
	}
	return id != uuid.Nil
}
