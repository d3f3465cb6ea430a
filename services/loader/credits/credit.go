package credits

import (
	"strings"
	"unicode"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
)

// Sources of a credit.
const (
	kobis = "kobis"
	tmdb  = "tmdb"
)

// Credit is a row of production.credits. Empty texts, no episodes and the zero
// PersonID are NULL.
type Credit struct {
	TitleID        uuid.UUID
	Source         string // kobis for a credit of both
	Department     string
	Position       int32  // from 0 within title, source and department
	Job            string // of the vocabulary, empty where the source's word is in none
	Role           string // the source's own word
	RoleTmdb       string // TMDB's word, of a credit of both
	NameKo         string
	NameEn         string
	Character      string
	CharacterKobis string // where Character is TMDB's
	Episodes       int32
	PersonID       uuid.UUID
	MergedBy       string // what shows that a credit of both is one person's
}

// lister numbers the credits of a title by source and department.
type lister struct {
	title uuid.UUID
	next  map[[2]string]int32
	list  []Credit
}

func newLister(title uuid.UUID, size int) *lister {
	return &lister{title: title, next: make(map[[2]string]int32), list: make([]Credit, 0, size)}
}

func (l *lister) add(c Credit) {
	place := [2]string{c.Source, c.Department}
	c.TitleID, c.Position = l.title, l.next[place]
	l.next[place]++
	l.list = append(l.list, c)
}

// Film lists the credits of a film, those of both sources once. Either record may
// be nil. Without a detail, the directors of the list row stand in.
func Film(title uuid.UUID, list *record.KobisMovie, detail *record.KobisMovieDetail, movie *record.TmdbMovie) []Credit {
	l := newLister(title, 0)
	switch {
	case detail != nil && detail.Found:
		l.detail(detail)
	case list != nil:
		for _, name := range list.Directors {
			ko, en := Names(name, "")
			l.add(Credit{Source: kobis, Department: Directing, Job: jobDirector, Role: roleDirector, NameKo: ko, NameEn: en})
		}
	}
	if movie != nil {
		l.work(&movie.TmdbWork)
	}
	return merge(l.list)
}

// Series lists the credits of a series, its creators first.
func Series(title uuid.UUID, s *record.TmdbSeries) []Credit {
	l := newLister(title, len(s.Cast)+len(s.Crew))
	for _, person := range s.CreatedBy {
		l.person(person, Credit{Department: Creation, Job: jobCreator, Role: "Creator"})
	}
	l.work(&s.TmdbWork)
	return l.list
}

func (l *lister) detail(d *record.KobisMovieDetail) {
	for _, p := range d.Directors {
		ko, en := Names(p.Name, p.NameEn)
		l.add(Credit{Source: kobis, Department: Directing, Job: jobDirector, Role: roleDirector, NameKo: ko, NameEn: en})
	}
	for _, p := range d.Actors {
		ko, en := Names(p.Name, p.NameEn)
		character := p.Character
		if character == "" {
			character = p.CharacterEn
		}
		l.add(Credit{Source: kobis, Department: Acting, Job: jobActor, Role: roleActor, NameKo: ko, NameEn: en, Character: character})
	}
	for _, p := range d.Staff {
		ko, en := Names(p.Name, p.NameEn)
		department, job := KobisJob(p.Role)
		l.add(Credit{Source: kobis, Department: department, Job: job, Role: p.Role, NameKo: ko, NameEn: en})
	}
}

func (l *lister) work(w *record.TmdbWork) {
	for _, c := range w.Cast {
		l.person(c.TmdbPerson, Credit{Department: Acting, Job: jobActor, Role: "Actor", Character: c.Character, Episodes: c.Episodes})
	}
	for _, c := range w.Crew {
		department, job := TmdbJob(c.Department, c.Job)
		l.person(c.TmdbPerson, Credit{Department: department, Job: job, Role: c.Job, Episodes: c.Episodes})
	}
}

func (l *lister) person(p record.TmdbPerson, credit Credit) {
	credit.Source = tmdb
	credit.NameKo, credit.NameEn = Names(p.Name, p.NameOriginal)
	if p.ID != 0 {
		credit.PersonID = identity.OfNumber(identity.TmdbPerson, p.ID)
	}
	l.add(credit)
}

// Names tells a person's Korean name from the one in Latin letters: TMDB answers
// either under both of its fields, and KOBIS's Korean field holds Latin names too.
// A name in a third script counts as the Korean field's, where a reader expects
// what the source calls the person.
func Names(name, other string) (ko, en string) {
	for _, n := range []string{name, other} {
		switch {
		case n == "":
		case isLatin(n):
			if en == "" {
				en = n
			}
		case ko == "" || !HasHangul(ko) && HasHangul(n):
			ko = n
		}
	}
	return ko, en
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

// HasHangul tells a Korean text from one in another script.
func HasHangul(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0
}
