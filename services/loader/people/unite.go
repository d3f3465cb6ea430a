package people

import (
	"cmp"
	"slices"
)

// Unite makes one person of those who are one by verdicts and have one name: who tells by
// code who somebody else is. A person with several names is one of each.
func Unite(list []Person, who map[string]string) []Person {
	if len(who) == 0 {
		return list
	}
	type key struct{ code, name string }
	groups := make(map[key][]Person)
	for _, p := range list {
		k := key{cmp.Or(who[p.Code], p.Code), p.Name}
		groups[k] = append(groups[k], p)
	}
	all := make([]Person, 0, len(groups))
	for k, members := range groups {
		slices.SortFunc(members, func(a, b Person) int { return cmp.Compare(a.Code, b.Code) })
		one := members[0]
		one.Code = k.code
		if len(members) > 1 || members[0].Code != k.code {
			one.members = members
		}
		for _, m := range members[1:] {
			one.Titles = append(slices.Clone(one.Titles), m.Titles...)
			one.Films = append(slices.Clone(one.Films), m.Films...)
			one.Known = one.Known && m.Known
		}
		all = append(all, one)
	}
	return all
}

// each are the codes that a person is.
func (p *Person) each() []Person {
	if len(p.members) == 0 {
		return []Person{*p}
	}
	return p.members
}

// unknown are the codes whose filmography is not known.
func (p *Person) unknown() (codes []string) {
	for _, m := range p.each() {
		if !m.Known {
			codes = append(codes, m.Code)
		}
	}
	return codes
}

func (p *Person) sameEnglish(nameEn string) bool {
	return slices.ContainsFunc(p.each(), func(m Person) bool { return sameEnglish(nameEn, m.NameEn) })
}

// otherWork reports whether the most of what a person does is of another kind.
func (p *Person) otherWork(part string) bool {
	return !slices.ContainsFunc(p.each(), func(m Person) bool {
		return m.Department == "" || (m.Department == Actor) == (part == Actor)
	})
}
