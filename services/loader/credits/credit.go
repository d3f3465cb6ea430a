package credits

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/people"
	"github.com/cledit/pipeline/services/loader/phonetic"
	"github.com/cledit/pipeline/services/loader/record"
	"github.com/cledit/pipeline/services/loader/spelling"
)

// Sources of a credit.
const (
	kobis = "kobis"
	tmdb  = "tmdb"
)

// Credit is a row of production.credits. Empty texts, no episodes and the zero
// PersonID are NULL.
type Credit struct {
	TitleID      uuid.UUID
	Source       string // kobis for a credit of both
	Department   string
	Position     int32  // from 0 within the title, as a page prints it
	Job          string // of the vocabulary; the source's word where that is in none
	Role         string // the source's own word
	RoleTmdb     string // TMDB's word, of a credit of both
	NameKo       string // in Hangul
	NameEn       string // in Latin letters, as sent
	NameOriginal string // in a third script
	NameDisplay  string // of NameEn
	NameSort     string // of NameEn, else as the other
	NameSent     string // as KOBIS sent it, where that has marks
	Namesake     int32  // KOBIS's number for one of several of the name, 0: none
	Character    string // the Korean part, else the other
	CharacterKo  string
	CharacterEn  string // in any other script
	Remarks      string // of part and name, with commas between
	Episodes     int32
	BillingTmdb  int32  // TMDB's order of its cast, from 1, 0: none
	Seasons      string // of a series: appearances
	PersonID     uuid.UUID
	KobisPerson  string // the code of whom KOBIS has; empty where that is not sure
	MergedBy     string // what shows that a credit of both is one person's
}

// lister lists the credits of a title.
type lister struct {
	title uuid.UUID
	list  []Credit
	posts map[post]int // the places of TMDB's people, by job and part
	who   Who
}

func newLister(title uuid.UUID, size int) *lister {
	return &lister{title: title, list: make([]Credit, 0, size)}
}

func (l *lister) add(c Credit) { l.list = append(l.list, c) }

// done is the list as a page prints it.
func (l *lister) done(list []Credit) []Credit {
	for i := range list {
		c := &list[i]
		c.Character = cmp.Or(c.CharacterKo, c.CharacterEn)
		c.NameDisplay, c.NameSort = displayName(c.NameKo, c.NameEn)
		c.NameSort = cmp.Or(c.NameSort, c.NameKo, c.NameOriginal)
	}
	return l.print(list)
}

// Film lists the credits of a film, those of both sources once. Either record may
// be nil. Without a detail, the directors of the list row are taken.
func Film(title uuid.UUID, list *record.KobisMovie, detail *record.KobisMovieDetail, movie *record.TmdbMovie) []Credit {
	return FilmOf(title, list, detail, movie, nil)
}

// Who tells the code of the person of KOBIS whom a credit of a detail is, empty where that
// is not sure: by both names, the part, as filmographies have it, and the character.
type Who func(credit people.Credit) string

// FilmOf is Film with the people of KOBIS. A credit that TMDB has too keeps TMDB's person.
func FilmOf(title uuid.UUID, list *record.KobisMovie, detail *record.KobisMovieDetail, movie *record.TmdbMovie, who Who) []Credit {
	l := newLister(title, 0)
	l.who = who
	switch {
	case detail != nil && detail.Found:
		l.detail(detail, list)
	case list != nil:
		l.directors(list)
	}
	l.list = once(l.list)
	if movie != nil {
		l.work(&movie.TmdbWork)
	}
	credits := l.done(merge(l.list))
	for i := range credits {
		if c := &credits[i]; c.PersonID == uuid.Nil && c.KobisPerson != "" {
			c.PersonID = identity.Of(identity.KobisPerson + c.KobisPerson)
		}
	}
	return credits
}

func (l *lister) directors(list *record.KobisMovie) {
	for _, name := range list.Directors {
		l.kobis(people.Credit{Name: name, Part: people.Director}, Credit{Department: Directing, Job: jobDirector, Role: roleDirector})
	}
}

func (l *lister) detail(d *record.KobisMovieDetail, list *record.KobisMovie) {
	if len(d.Directors) == 0 && list != nil {
		l.directors(list)
	}
	for _, p := range asListed(d.Directors, list) {
		who := people.Credit{Name: p.Name, NameEn: p.NameEn, Part: people.Director}
		l.kobis(who, Credit{Department: Directing, Job: jobDirector, Role: roleDirector})
	}
	for _, p := range d.Actors {
		c := Credit{Department: Acting, Job: jobActor, Role: roleActor}
		c.part(p.Character)
		c.part(p.CharacterEn)
		l.kobis(people.Credit{Name: p.Name, NameEn: p.NameEn, Part: people.Actor, Character: p.Played()}, c)
	}
	for _, p := range d.Staff {
		department, job := kobisJob(p.Role)
		who := people.Credit{Name: p.Name, NameEn: p.NameEn, Part: p.Role}
		l.kobis(who, Credit{Department: department, Job: job, Role: p.Role})
	}
}

// asListed puts the directors of a detail into the order of the list row: the detail
// has several in another one, most often in reverse. Whom the row does not name come
// behind.
func asListed(directors []record.KobisDirector, list *record.KobisMovie) []record.KobisDirector {
	if list == nil || len(directors) < 2 {
		return directors
	}
	places := make(map[string]int, len(list.Directors))
	for i, name := range list.Directors {
		if _, known := places[compact(name)]; !known {
			places[compact(name)] = i
		}
	}
	place := func(d record.KobisDirector) int {
		if at, ok := places[compact(d.Name)]; ok {
			return at
		}
		return len(list.Directors)
	}
	sorted := slices.Clone(directors)
	slices.SortStableFunc(sorted, func(a, b record.KobisDirector) int { return cmp.Compare(place(a), place(b)) })
	return sorted
}

// again adds a credit of TMDB's, or what it says to the one that the person has for
// the same job and part: TMDB has several words for a job (Costume Design, Costume
// Designer), and a part twice where one is uncredited.
func (l *lister) again(p record.TmdbPerson, c Credit) {
	l.person(p, c)
	last := len(l.list) - 1
	added := l.list[last]
	if added.PersonID == uuid.Nil {
		return
	}
	key := post{added.PersonID, added.Department, added.Job + "\x00" + compact(added.CharacterKo+added.CharacterEn)}
	at, known := l.posts[key]
	if !known {
		if l.posts == nil {
			l.posts = make(map[post]int)
		}
		l.posts[key] = last
		return
	}
	l.list = l.list[:last]
	old := &l.list[at]
	old.Role = withWord(old.Role, added.Role)
	old.Remarks, old.Episodes = common(old.Remarks, added.Remarks), max(old.Episodes, added.Episodes)
	if len(added.Seasons) > len(old.Seasons) {
		old.Seasons = added.Seasons
	}
}

func (l *lister) work(w *record.TmdbWork) {
	for i, p := range w.Cast {
		c := Credit{Department: Acting, Job: jobActor, Role: "Actor", Episodes: p.Episodes, BillingTmdb: billing(w.Cast, i)}
		c.part(p.Character)
		l.again(p.TmdbPerson, c)
	}
	for _, p := range w.Crew {
		l.again(p.TmdbPerson, creditOfCrew(&p))
	}
}

func creditOfCrew(c *record.TmdbCrew) Credit {
	department, job := tmdbJob(c.Department, c.Job)
	return Credit{Department: department, Job: job, Role: c.Job, Episodes: c.Episodes}
}

// billing is TMDB's order of somebody, or the place where it gives none.
func billing(cast []record.TmdbCast, i int) int32 {
	return billingOf(cast[i].Order, i)
}

func billingOf(order int32, place int) int32 {
	if order > 0 && order < math.MaxInt32 {
		return order + 1
	}
	return int32(place + 1)
}

// kobis adds a credit of KOBIS's, whose names have marks.
func (l *lister) kobis(who people.Credit, c Credit) {
	n := readName(who.Name)
	c.Source = kobis
	c.NameKo, c.NameEn, c.NameOriginal = Names(n.clean, who.NameEn)
	c.NameSent, c.Namesake, c.Remarks = n.sent, n.namesake, both(c.Remarks, n.remarks)
	if l.who != nil {
		c.KobisPerson = l.who(who)
	}
	l.add(c)
}

func (l *lister) person(p record.TmdbPerson, credit Credit) {
	credit.Source = tmdb
	credit.NameKo, credit.NameEn, credit.NameOriginal = Names(p.Name, p.NameOriginal)
	if p.ID != 0 {
		credit.PersonID = identity.OfNumber(identity.TmdbPerson, p.ID)
	}
	l.add(credit)
}

// part takes what a source calls a part, where none of that script is known yet.
func (c *Credit) part(text string) {
	part, said := readPart(text)
	c.Remarks = both(c.Remarks, said)
	if spelling.HasHangul(part) {
		c.CharacterKo = cmp.Or(c.CharacterKo, part)
	} else {
		c.CharacterEn = cmp.Or(c.CharacterEn, part)
	}
}

// Names tells a person's Korean name from the one in Latin letters and that in a
// third script: TMDB answers any under both of its fields, and KOBIS's Korean field
// holds Latin names too. A name without letters counts as the original one. What tells
// people of a name apart is left out: a numeral, what a name in Hangul has in brackets.
func Names(name, other string) (ko, en, original string) {
	names := make([]string, 0, 4)
	for _, n := range []string{name, other} {
		who, more := withoutMark(n)
		names = append(names, who, more)
	}
	return byScript(names...)
}

// withoutMark is a name and, where it has the Korean one in brackets, that.
func withoutMark(name string) (who, korean string) {
	if m := openBracket.FindStringSubmatchIndex(name); m != nil && !firm.MatchString(name) {
		before, within := strings.TrimSpace(name[:m[3]]), strings.Trim(name[m[3]:], " ()（）")
		switch {
		case spelling.HasHangul(before):
			name = before
		case spelling.HasHangul(within):
			name, korean = before, within
		}
	}
	return phonetic.WithoutNumeral(name), korean
}

func byScript(names ...string) (ko, en, original string) {
	for _, n := range names {
		switch {
		case n == "":
		case isLatin(n):
			en = cmp.Or(en, n)
		case spelling.HasHangul(n):
			ko = cmp.Or(ko, n)
		default:
			original = cmp.Or(original, n)
		}
	}
	return ko, en, original
}

func isLatin(s string) bool {
	latin := false
	for _, r := range s {
		if unicode.IsLetter(r) {
			if !unicode.Is(unicode.Latin, r) {
				return false
			}
			latin = true
		}
	}
	return latin
}
