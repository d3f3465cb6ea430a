// Package editions tells which films of KOBIS are editions of one work by KOBIS's own
// facts, where TMDB does not tell: films whose titles differ by the name of an edition,
// of the same director and year. It is pure and looks at all films of a title at once.
//
// How it fails: by leaving films apart. Where more than one work could be meant, nobody
// is joined.
package editions

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/match"
)

// Showing is a film of KOBIS as far as it takes to decide whether it is an edition of
// another one: KOBIS counts a cut or a re-release as a film of its own.
type Showing struct {
	MovieCd   string
	Title     string
	Year      *int32   // of the production
	Directors []string // as KOBIS writes them
	Nations   []string // KOBIS's words
	Form      string   // KOBIS's word
	TmdbID    *int32   // of its match
	// A person's word: that it stands alone, that TMDB has no record of it, and which
	// records it is not.
	Alone, Unrecorded bool
	Banned            []int32
}

// Joint is what shows that a film belongs to a work with others of its title.
type Joint struct {
	TmdbID *int32   // of the work, where one of its films has a match
	Films  []string // of the work, by their codes
	Facts  []string // that show it, each a line for a person
}

// Most is the number of films of a title beyond which nobody tells which belong
// together.
const Most = match.MostNamesakes

// short is KOBIS's word for a short film, which a feature is no edition of.
const short = "단편"

// yearsOfEditions is how far the years of production of one film's editions are apart.
const yearsOfEditions = 1

// Join tells which films of one plain title are one work, by KOBIS's facts alone: their
// titles differ by the name of an edition, and year and director are the same. Where more
// than one work could be meant nobody is joined: another film of that title which fits
// too, or two records of TMDB. What a person decided about a film stands above it.
func Join(films []Showing) map[string]Joint {
	if len(films) > Most {
		return nil
	}
	films = slices.Clone(films)
	slices.SortFunc(films, func(a, b Showing) int { return strings.Compare(a.MovieCd, b.MovieCd) })
	joints := make(map[string]Joint)
	for _, work := range components(films) {
		join(work, joints)
	}
	return joints
}

// components are films that editions connect.
func components(films []Showing) [][]*Showing {
	group := make([]int, len(films))
	for i := range films {
		group[i] = i
	}
	for i := range films {
		for j := range i {
			if films[i].fits(&films[j]) && group[i] != group[j] {
				from, to := max(group[i], group[j]), min(group[i], group[j])
				for k := range group {
					if group[k] == from {
						group[k] = to
					}
				}
			}
		}
	}
	members := make([][]*Showing, len(films))
	for i := range films {
		members[group[i]] = append(members[group[i]], &films[i])
	}
	return slices.DeleteFunc(members, func(m []*Showing) bool { return len(m) < 2 })
}

// fits reports whether two films of one plain title may be one work's.
func (s *Showing) fits(o *Showing) bool {
	if s.Alone || o.Alone || s.Year == nil || o.Year == nil || max(*s.Year-*o.Year, *o.Year-*s.Year) > yearsOfEditions {
		return false
	}
	if (s.Form == short) != (o.Form == short) {
		return false
	}
	if len(s.Nations) > 0 && len(o.Nations) > 0 &&
		!slices.ContainsFunc(s.Nations, func(n string) bool { return slices.Contains(o.Nations, n) }) {
		return false
	}
	return len(s.shared(o)) > 0
}

// shared are the directors of two films of which one names no other.
func (s *Showing) shared(o *Showing) []string {
	few, many := s.Directors, o.Directors
	if len(few) > len(many) {
		few, many = many, few
	}
	for _, name := range few {
		if !slices.ContainsFunc(many, func(other string) bool { return match.Normalise(other) == match.Normalise(name) }) {
			return nil
		}
	}
	return few
}

// join makes one work of films, if nothing speaks against it.
func join(films []*Showing, joints map[string]Joint) {
	var plain *Showing
	var record *int32
	for _, f := range films {
		if _, edition := match.PlainTitle(f.Title); !edition {
			if plain != nil && (plain.TmdbID == nil || f.TmdbID == nil || *plain.TmdbID != *f.TmdbID) {
				return // two films of the title
			}
			plain = f
		}
		if f.TmdbID != nil {
			if record != nil && *record != *f.TmdbID {
				return // TMDB tells them apart
			}
			record = f.TmdbID
		}
	}
	for i, f := range films {
		for _, o := range films[:i] {
			if !f.fits(o) {
				return // one of them is another film
			}
		}
	}
	films = slices.DeleteFunc(films, func(f *Showing) bool {
		return record != nil && (f.Unrecorded || slices.Contains(f.Banned, *record))
	})
	if len(films) < 2 {
		return
	}
	codes := make([]string, 0, len(films))
	for _, f := range films {
		codes = append(codes, f.MovieCd)
	}
	for _, f := range films {
		joints[f.MovieCd] = Joint{record, codes, f.facts(films)}
	}
}

// facts are what a film has in common with the others of its work.
func (s *Showing) facts(films []*Showing) []string {
	facts := make([]string, 0, len(films)-1)
	for _, o := range films {
		if o != s {
			facts = append(facts, fmt.Sprintf("%s %s differs by the name of an edition alone, directed by %s, made in %d",
				o.MovieCd, o.Title, strings.Join(s.shared(o), ", "), *o.Year))
		}
	}
	return facts
}
