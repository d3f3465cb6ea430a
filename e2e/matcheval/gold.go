package matcheval

import (
	"slices"
	"strings"

	"github.com/cledit/pipeline/services/loader/match"
	"github.com/cledit/pipeline/services/loader/record"
)

// Pair is a film and a record of TMDB with the facts that two dumps agree in.
type Pair struct {
	MovieCd string
	TmdbID  int32
	// Facts are letters: K Korean title, O title in another language, Y year,
	// T the very day, D director, C two of the cast, R running time; h: decided by
	// hand. x: a short on one side and a feature on the other.
	Facts string
}

// proves reports whether a pair is one film beyond doubt: three facts, or two of
// which one is a day, a director or cast beside a title; and the forms fit.
func (p Pair) proves() bool {
	has := func(letters string) bool { return strings.ContainsAny(p.Facts, letters) }
	switch {
	case has("x"):
		return false
	case has("h"):
		return true
	case has("T") && has("KODC"), has("C") && has("KO"):
		return true
	case has("D") && has("KO") && has("Y"):
		return true
	}
	return has("K") && has("O") && has("Y")
}

// doubtful reports whether nobody can say without looking: such films are left out.
func (p Pair) doubtful() bool {
	has := func(letters string) bool { return strings.ContainsAny(p.Facts, letters) }
	return !p.proves() && !has("x") && (has("KO") && has("YD") || has("K") && has("O"))
}

// pairs finds what both sides may have in common: a title, or a director.
func (w *World) pairs() ([]Pair, error) {
	index := make(map[string][]*film)
	add := func(key string, f *film) {
		if list := index[key]; key != "" && (len(list) == 0 || list[len(list)-1] != f) {
			index[key] = append(list, f)
		}
	}
	for _, f := range w.films {
		for _, t := range f.match.Titles {
			add(match.Normalise(t), f)
			add(match.Normalise(unbracketed(t)), f)
		}
		for _, d := range f.match.Directors {
			if n := match.Normalise(d); n != "" {
				add("@"+n, f)
			}
		}
	}
	var all []Pair
	for _, id := range w.sim.TMDB.Catalogue().MovieIDs() {
		m, err := w.movie(int32(id))
		if err != nil {
			return nil, err
		}
		seen := make(map[*film]bool)
		for _, key := range keysOf(m) {
			for _, f := range index[key] {
				if !seen[f] {
					seen[f] = true
					all = append(all, Pair{f.code, m.TmdbID, facts(f, m)})
				}
			}
		}
	}
	return all, nil
}

func keysOf(m *record.TmdbMovie) []string {
	var keys []string
	for _, t := range titlesOf(m) {
		keys = append(keys, match.Normalise(t))
	}
	for _, d := range directorsOf(m) {
		keys = append(keys, "@"+match.Normalise(d))
	}
	return keys
}

func titlesOf(m *record.TmdbMovie) []string { return []string{m.Title, m.TitleEn, m.TitleOriginal} }

func directorsOf(m *record.TmdbMovie) (names []string) {
	for _, c := range m.Crew {
		if c.Job == "Director" {
			names = append(names, c.Name)
		}
	}
	return names
}

func unbracketed(s string) string {
	before, _, _ := strings.Cut(s, "(")
	return before
}

func facts(f *film, m *record.TmdbMovie) string {
	var b strings.Builder
	korean, other := sharedTitles(f.match.Titles, titlesOf(m))
	say := func(holds bool, letter byte) {
		if holds {
			b.WriteByte(letter)
		}
	}
	day, year := dates(f, m)
	say(korean, 'K')
	say(other, 'O')
	say(year, 'Y')
	say(day, 'T')
	say(sharedNames(f.match.Directors, directorsOf(m)) > 0, 'D')
	say(sharedNames(castOf(f), castNames(m)) > 1, 'C')
	minutes, length := f.match.RuntimeMinutes, m.RuntimeMinutes
	say(minutes != nil && length != nil && max(*minutes-*length, *length-*minutes) <= 3, 'R')
	say(length != nil && *length > 60 && f.match.Form == "단편", 'x')
	return b.String()
}

// sharedTitles compares letters; a title in Hangul is a Korean one.
func sharedTitles(a, b []string) (korean, other bool) {
	for _, s := range a {
		for _, t := range []string{match.Normalise(s), match.Normalise(unbracketed(s))} {
			if t == "" || !slices.ContainsFunc(b, func(o string) bool { return match.Normalise(o) == t }) {
				continue
			}
			if strings.ContainsFunc(t, func(r rune) bool { return r >= '가' && r <= '힣' }) {
				korean = true
			} else {
				other = true
			}
		}
	}
	return korean, other
}

func dates(f *film, m *record.TmdbMovie) (day, year bool) {
	if m.ReleaseDate == nil {
		return false, false
	}
	released := m.ReleaseDate.Year()
	if f.match.OpenDate != nil {
		day = f.match.OpenDate.Sub(*m.ReleaseDate).Abs().Hours() <= 3*24
		year = released == f.match.OpenDate.Year()
	}
	if made := f.match.ProductionYear; made != nil {
		year = year || released >= int(*made)-1 && released <= int(*made)+1
	}
	return day, year
}

func castOf(f *film) (names []string) {
	if f.detail == nil {
		return nil
	}
	for _, a := range f.detail.Actors {
		names = append(names, a.Name, a.NameEn)
	}
	return names
}

func castNames(m *record.TmdbMovie) (names []string) {
	for _, c := range m.Cast {
		names = append(names, c.Name)
	}
	return names
}

func sharedNames(a, b []string) (n int) {
	known := make(map[string]bool)
	for _, s := range a {
		known[match.Normalise(s)] = true
	}
	delete(known, "")
	for _, s := range b {
		if key := match.Normalise(s); known[key] {
			delete(known, key)
			n++
		}
	}
	return n
}

// Gold is what is known about films before any verdict.
type Gold struct {
	Pairs map[string]Pair // by movieCd
	// Doubtful films have a record that may be theirs: no verdict on them counts.
	Doubtful map[string][]Pair
	rivals   map[string][]Pair
}

// Build finds the gold set. Decided are pairs that were looked at: with the fact h
// they are one film, with n they are not, and with u they are, but the recording
// lacks the title under which TMDB would find the record.
func (w *World) Build(decided []Pair) (Gold, error) {
	all, err := w.pairs()
	if err != nil {
		return Gold{}, err
	}
	byHand := make(map[Pair]string)
	for _, p := range decided {
		byHand[p.key()] = p.Facts
		if strings.ContainsAny(p.Facts, "hu") && !slices.ContainsFunc(all, func(o Pair) bool { return o.key() == p.key() }) {
			all = append(all, p.key()) // somebody saw what no fact tells
		}
	}
	g := Gold{Pairs: make(map[string]Pair), Doubtful: make(map[string][]Pair)}
	for _, p := range all {
		hand := byHand[p.key()]
		p.Facts += hand
		switch {
		case strings.Contains(hand, "n"):
		case strings.Contains(hand, "u"), p.doubtful():
			g.Doubtful[p.MovieCd] = append(g.Doubtful[p.MovieCd], p)
		case p.proves():
			g.prove(p)
		}
	}
	for code := range g.Pairs {
		delete(g.Doubtful, code) // what is proven needs no doubt about others
	}
	for code, rivals := range g.rivals {
		delete(g.Pairs, code)
		g.Doubtful[code] = rivals
	}
	return g, nil
}

// prove adds a pair; a film with two proven records is a doubtful one.
func (g *Gold) prove(p Pair) {
	old, there := g.Pairs[p.MovieCd]
	if there && old.TmdbID != p.TmdbID {
		if g.rivals == nil {
			g.rivals = make(map[string][]Pair)
		}
		g.rivals[p.MovieCd] = append(g.rivals[p.MovieCd], old, p)
		return
	}
	g.Pairs[p.MovieCd] = p
}

func (p Pair) key() Pair { return Pair{MovieCd: p.MovieCd, TmdbID: p.TmdbID} }
