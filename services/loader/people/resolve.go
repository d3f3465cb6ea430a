package people

import (
	"cmp"
	"slices"
	"strings"
)

// RuleVersion changes with the rules: decisions of another one are made again.
const RuleVersion = 1

// The parts that KOBIS gives directors and actors in filmographies; those of the staff
// have the words of the film's detail.
const (
	Director = "감독"
	Actor    = "배우"
)

// Person is somebody whom KOBIS lists. All texts are cleaned, as staged.
type Person struct {
	Code, Name, NameEn string
	Department         string // the part of most credits, may be empty
	Titles             []string
	// Films is the filmography where Known is true: a row for each film and part.
	Films []Part
	Known bool

	// members are the codes that are this person by verdicts, where it is several.
	members []Person
}

// Part is a part in a film.
type Part struct{ MovieCd, Part string }

// Film is a film with its credits.
type Film struct {
	MovieCd string
	Titles  []string // as the list has it and as its detail does
	Credits []Credit
	// Verdicts are what somebody decided about the credits of the film.
	Verdicts []Verdict
}

// Credit is a person of a film's detail. Character tells two actors of one name apart,
// for verdicts alone; it may be empty.
type Credit struct{ Name, NameEn, Part, Character string }

// Status is what became of a credit.
type Status string

// The statuses.
const (
	Accepted Status = "accepted"
	Review   Status = "review" // several may be meant
	None     Status = "none"   // nobody is known who may be
)

// Reason says why a credit has its person, or none.
type Reason string

// The reasons.
const (
	ByVerdict     Reason = "verdict"        // somebody decided so
	Banned        Reason = "banned"         // somebody decided that it is none of those who may be meant
	ByList        Reason = "list"           // the one of the name with a film of the title
	ByFilmography Reason = "filmography"    // the one with the film and the part
	ByRest        Reason = "rest"           // the others with film and part have other English names
	Unlisted      Reason = "not listed"     // nobody of the name has a film of the title
	NotTheFilm    Reason = "not the film"   // those who have one of the title do not have this one
	NotThePart    Reason = "not the part"   // those who have the film have other parts in it
	OtherEnglish  Reason = "english name"   // the only one has another English name
	OtherWork     Reason = "other work"     // the only one does other work, and another credit of the film has the name
	Several       Reason = "several"        // several have a film of the title, and not all filmographies are known
	SamePart      Reason = "the same part"  // several have the film with the part
	TooMany       Reason = "too many names" // more people than are compared
)

// mostCandidates is ten times what a name and a title were seen to have.
const mostCandidates = 50

// Decision is what became of a credit.
type Decision struct {
	Status Status
	Code   string // of the person, where Accepted
	Reason Reason
	// Candidates are the codes of those who may be meant, ascending, and Ask those of them
	// whose filmography is not known and would decide.
	Candidates, Ask []string
}

// Titles are the forms in which a film's titles may stand in a filmography: a working
// title loses its mark, or keeps it.
func Titles(titles ...string) []string {
	var all []string
	for _, title := range titles {
		bare := strings.TrimSpace(strings.TrimSuffix(title, workingTitle))
		if bare == "" {
			continue
		}
		all = append(all, title, bare, bare+workingTitle, bare+" "+workingTitle)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

const workingTitle = "(가제)"

// Resolve decides every credit of a film, in their order. people are all those whom a
// name of the film and a title of Titles lead to, and may be more.
func Resolve(film Film, people []Person) []Decision {
	byName := named(film, people)
	works := make(map[string]map[bool]bool) // by name: is somebody an actor, or not
	for _, c := range film.Credits {
		if works[c.Name] == nil {
			works[c.Name] = map[bool]bool{}
		}
		works[c.Name][c.Part == Actor] = true
	}
	decisions := make([]Decision, 0, len(film.Credits))
	for _, c := range film.Credits {
		candidates := film.allowed(c, byName[c.Name])
		d := decide(film.MovieCd, c, candidates, len(works[c.Name]) > 1)
		if len(candidates) == 0 && len(byName[c.Name]) > 0 {
			d.Reason = Banned
		}
		if code := film.pinned(c); code != "" {
			d = Decision{Status: Accepted, Code: code, Reason: ByVerdict, Candidates: []string{code}}
			candidates = nil
		}
		for _, p := range candidates[:min(len(candidates), mostCandidates)] {
			d.Candidates = append(d.Candidates, p.Code)
			if d.Status == Review && d.Reason != TooMany {
				d.Ask = append(d.Ask, p.unknown()...)
			}
		}
		slices.Sort(d.Ask)
		decisions = append(decisions, d)
	}
	return decisions
}

// named are the people who have the film or one of its titles, each once and in the
// order of their codes, by name.
func named(film Film, people []Person) map[string][]*Person {
	forms := Titles(film.Titles...)
	byName := make(map[string][]*Person)
	for i := range people {
		p := &people[i]
		if p.has(film.MovieCd) || slices.ContainsFunc(p.Titles, func(t string) bool { return slices.Contains(forms, t) }) {
			byName[p.Name] = append(byName[p.Name], p)
		}
	}
	for name, list := range byName {
		slices.SortFunc(list, func(a, b *Person) int { return cmp.Compare(a.Code, b.Code) })
		byName[name] = slices.CompactFunc(list, func(a, b *Person) bool { return a.Code == b.Code })
	}
	return byName
}

// decide says who a credit is; twofold tells that the film credits the name both for
// acting and for other work.
func decide(movieCd string, c Credit, candidates []*Person, twofold bool) Decision {
	switch {
	case len(candidates) == 0:
		return Decision{Status: None, Reason: Unlisted}
	case len(candidates) > mostCandidates:
		return Decision{Status: Review, Reason: TooMany}
	}
	var with []*Person // the film and the part, by filmography
	unknown, film := 0, false
	for _, p := range candidates {
		switch {
		case !p.Known:
			unknown++
		case p.plays(movieCd, c.Part):
			with = append(with, p)
		default:
			film = film || p.has(movieCd)
		}
	}
	switch {
	case len(candidates) == 1 && unknown == 1:
		return listed(c, candidates[0], twofold)
	case unknown > 0:
		return Decision{Status: Review, Reason: Several}
	case len(with) == 1:
		return Decision{Status: Accepted, Code: with[0].Code, Reason: ByFilmography}
	case len(with) > 1:
		return among(c, with)
	case film:
		return Decision{Status: None, Reason: NotThePart}
	}
	return Decision{Status: None, Reason: NotTheFilm}
}

// listed decides by the list alone.
func listed(c Credit, p *Person, twofold bool) Decision {
	switch {
	case !p.sameEnglish(c.NameEn):
		return Decision{Status: Review, Reason: OtherEnglish}
	case twofold && p.otherWork(c.Part):
		return Decision{Status: Review, Reason: OtherWork}
	}
	return Decision{Status: Accepted, Code: p.Code, Reason: ByList}
}

// among tells several of a name apart who have the same part in the film: those who
// have another English name are not meant.
func among(c Credit, with []*Person) Decision {
	rest := slices.DeleteFunc(slices.Clone(with), func(p *Person) bool { return !p.sameEnglish(c.NameEn) })
	if len(rest) == 1 {
		return Decision{Status: Accepted, Code: rest[0].Code, Reason: ByRest}
	}
	return Decision{Status: Review, Reason: SamePart}
}

// sameEnglish compares names as they are written, white space apart: other spellings
// are other people's.
func sameEnglish(a, b string) bool { return a == b || spaceless(a) == spaceless(b) }

func spaceless(s string) string { return strings.Join(strings.Fields(s), "") }

func (p *Person) has(movieCd string) bool {
	return slices.ContainsFunc(p.Films, func(f Part) bool { return f.MovieCd == movieCd })
}

func (p *Person) plays(movieCd, part string) bool {
	return slices.ContainsFunc(p.Films, func(f Part) bool { return f.MovieCd == movieCd && f.Part == part })
}
