package derive

import (
	"context"
	"crypto/md5" //nolint:gosec // a short key of long texts, as the table has it
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/merge"
	"github.com/cledit/pipeline/services/loader/people"
	"github.com/cledit/pipeline/services/loader/record"
)

// spreadPeople marks the films that people of KOBIS may be credited in, as spread does
// those of TMDB's records: a film's credits may be in another worker's transaction now.
func (d *derivation) spreadPeople(ctx context.Context, keys []string) error {
	codes := make([]string, 0, len(keys))
	for _, key := range keys {
		codes = append(codes, strings.TrimPrefix(key, identity.KobisPerson))
	}
	codes, err := d.mergePeople(ctx, codes)
	if err != nil {
		return err
	}
	titles, err := d.q.TitlesOfPeople(ctx, codes)
	if err != nil {
		return fmt.Errorf("reading the titles of people: %w", err)
	}
	films, err := d.q.FilmsOfPeople(ctx, db.FilmsOfPeopleParams{Titles: people.Titles(titles...), PeopleCds: codes})
	if err != nil {
		return fmt.Errorf("looking for films of people: %w", err)
	}
	if len(films) == 0 {
		return nil
	}
	marks := make([]string, 0, len(films))
	for _, movieCd := range films {
		marks = append(marks, identity.KobisMovie+movieCd)
	}
	slices.Sort(marks)
	if err := d.q.Mark(ctx, db.MarkParams{Keys: marks, MarkedAt: d.now}); err != nil {
		return fmt.Errorf("marking films of people: %w", err)
	}
	return nil
}

// castOf is whom KOBIS credits in the main film of a work, under the titles of all editions.
func castOf(editions []edition, main merge.FilmRecord) people.Film {
	list, detail, _ := main.Present()
	film := people.Film{MovieCd: main.MovieCd}
	if detail == nil {
		return film
	}
	film.Titles = append(film.Titles, detail.Title)
	if list != nil {
		film.Titles = append(film.Titles, list.Title)
	}
	for i := range editions {
		film.Titles = append(film.Titles, editions[i].title())
	}
	for _, p := range detail.Directors {
		film.Credits = append(film.Credits, people.Credit{Name: p.Name, NameEn: p.NameEn, Part: people.Director})
	}
	for _, p := range detail.Actors {
		film.Credits = append(film.Credits, people.Credit{Name: p.Name, NameEn: p.NameEn, Part: people.Actor, Character: p.Played()})
	}
	for _, p := range detail.Staff {
		film.Credits = append(film.Credits, people.Credit{Name: p.Name, NameEn: p.NameEn, Part: p.Role})
	}
	return film
}

// united are people by name, those who are others by verdicts as those, and their codes.
func united(
	ctx context.Context, q *db.Queries, found map[string]*people.Person,
) (byName map[string][]people.Person, merged []string, err error) {
	rows, err := q.MergedPeople(ctx, slices.Collect(maps.Keys(found)))
	if err != nil {
		return nil, nil, fmt.Errorf("reading who is another by verdicts: %w", err)
	}
	who := make(map[string]string, len(rows))
	for _, r := range rows {
		who[r.PeopleCd] = r.PersonCd
		merged = append(merged, r.PeopleCd)
	}
	list := make([]people.Person, 0, len(found))
	for _, person := range found {
		list = append(list, *person)
	}
	byName = make(map[string][]people.Person)
	for _, person := range people.Unite(list, who) {
		byName[person.Name] = append(byName[person.Name], person)
	}
	return byName, merged, nil
}

// readPeople reads the people of KOBIS who may be meant by the credits of films, by name.
// People who are others by verdicts are those; merged are their codes.
func readPeople(ctx context.Context, q *db.Queries, films []people.Film) (byName map[string][]people.Person, merged []string, err error) {
	keys := make(map[uuid.UUID]bool)
	p := db.PeopleOfCreditsParams{}
	for i := range films {
		if len(films[i].Credits) == 0 {
			continue
		}
		code, err := json.Marshal([]map[string]string{{"movie_cd": films[i].MovieCd}})
		if err != nil { // a map of texts always marshals
			panic(err)
		}
		p.Films = append(p.Films, code)
		titles := people.Titles(films[i].Titles...)
		for _, c := range films[i].Credits {
			for _, title := range titles {
				keys[md5.Sum([]byte(c.Name+"|"+title))] = true
			}
		}
	}
	if len(p.Films) == 0 {
		return nil, nil, nil // nobody is credited
	}
	p.Keys = slices.Collect(maps.Keys(keys))
	rows, err := q.PeopleOfCredits(ctx, p)
	if err != nil {
		return nil, nil, fmt.Errorf("looking for people of credits: %w", err)
	}
	found := make(map[string]*people.Person, len(rows))
	for i := range rows {
		r := &rows[i]
		if found[r.PeopleCd] == nil {
			if found[r.PeopleCd], err = personOf(r); err != nil {
				return nil, nil, err
			}
		}
		if r.Title != "" {
			found[r.PeopleCd].Titles = append(found[r.PeopleCd].Titles, r.Title)
		}
	}
	return united(ctx, q, found)
}

// personOf is somebody without the titles that rows add. A filmography is not known where
// the list has a title that it lacks, and more titles than it has films: somebody gained a
// film since. Which of the two was read later does not count, so that what is derived
// depends on what they say alone.
func personOf(r *db.PeopleOfCreditsRow) (*people.Person, error) {
	p := &people.Person{Code: r.PeopleCd, Name: r.Name, NameEn: text(r.NameEn), Department: text(r.Department), Known: r.Gone}
	if !r.Told || r.Gone {
		return p, nil
	}
	var titles []string
	var filmography []record.KobisFilmo
	var c columns
	c.into(r.Titles, &titles)
	c.into(r.Filmography, &filmography)
	if err := c.err("staging.kobis_people", r.PeopleCd); err != nil {
		return nil, err
	}
	has, films := make(map[string]bool, len(filmography)), make(map[string]bool, len(filmography))
	for _, f := range filmography {
		has[f.Title], films[f.MovieCd] = true, true
		p.Films = append(p.Films, people.Part{MovieCd: f.MovieCd, Part: f.Part})
	}
	p.Known = len(titles) <= len(films) || !slices.ContainsFunc(titles, func(t string) bool { return !has[t] })
	return p, nil
}

// personMatch is a row of production.person_matches.
type personMatch struct {
	movieCd string
	people.Credit
	people.Decision
}

// personMatches are those of a film, each name and part once.
type personMatches struct {
	list   []personMatch
	places map[people.Credit]int
}

// add keeps of several the one that is not decided: a verdict may tell some of them by
// their characters.
func (m *personMatches) add(row personMatch) {
	row.Character = ""
	if m.places == nil {
		m.places = make(map[people.Credit]int)
	}
	at, known := m.places[row.Credit]
	switch {
	case !known:
		m.places[row.Credit] = len(m.list)
		m.list = append(m.list, row)
	case m.list[at].Status == people.Accepted:
		m.list[at] = row
	}
}

// resolve decides who the credits of a film are, and returns whom each is.
func (o *output) resolve(film people.Film, byName map[string][]people.Person) credits.Who {
	var mayBe []people.Person
	names := make(map[string]bool)
	for _, c := range film.Credits {
		if !names[c.Name] {
			names[c.Name] = true
			mayBe = append(mayBe, byName[c.Name]...)
		}
	}
	if len(mayBe) == 0 && len(film.Verdicts) == 0 {
		return nil
	}
	who := make(map[people.Credit]string)
	var open personMatches
	for i, d := range people.Resolve(film, mayBe) {
		c := film.Credits[i]
		if d.Code != "" {
			who[c] = d.Code
			o.listed(d.Code)
		}
		if d.Reason != people.ByList && d.Reason != people.Unlisted {
			open.add(personMatch{film.MovieCd, c, d})
		}
	}
	o.personMatches = append(o.personMatches, open.list...)
	return func(credit people.Credit) string { return who[credit] }
}

func (o *output) listed(peopleCd string) {
	if o.kobisPeople == nil {
		o.kobisPeople = make(map[string]bool)
	}
	o.kobisPeople[peopleCd] = true
}

// peopleOfKobis adds who is missing, as people does.
func (w *writer) peopleOfKobis(ctx context.Context, o *output) (int64, error) {
	if len(o.kobisPeople) == 0 {
		return 0, nil
	}
	return addPeopleOfKobis(ctx, w.q, slices.Sorted(maps.Keys(o.kobisPeople)), w.now)
}

func addPeopleOfKobis(ctx context.Context, q *db.Queries, codes []string, now time.Time) (int64, error) {
	rows, err := q.StagedKobisPeople(ctx, codes)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	list := make([]credits.KobisPerson, 0, len(rows))
	for _, r := range rows {
		list = append(list, credits.KobisPersonOf(r.PeopleCd, r.Name, text(r.NameEn), text(r.Department)))
	}
	credits.SortKobisPeople(list)
	type row = credits.KobisPerson
	return q.UpsertPeopleOfKobis(ctx, db.UpsertPeopleOfKobisParams{
		LoadedAt:     now,
		ID:           column(list, func(p *row) uuid.UUID { return p.ID }),
		PeopleCd:     column(list, func(p *row) string { return p.Code }),
		NameKo:       column(list, func(p *row) string { return p.NameKo }),
		NameEn:       column(list, func(p *row) string { return p.NameEn }),
		NameOriginal: column(list, func(p *row) string { return p.NameOriginal }),
		NameDisplay:  column(list, func(p *row) string { return p.NameDisplay }),
		NameSort:     column(list, func(p *row) string { return p.NameSort }),
		Department:   column(list, func(p *row) string { return p.Department }),
	})
}

func (w *writer) personMatches(ctx context.Context, o *output) (int64, error) {
	if len(o.movieCds) == 0 {
		return 0, nil
	}
	type row = personMatch
	rows := o.personMatches
	written, err := w.q.SyncPersonMatches(ctx, db.SyncPersonMatchesParams{
		MovieCds: o.movieCds, LoadedAt: w.now, RuleVersion: people.RuleVersion,
		MovieCd:    column(rows, func(m *row) string { return m.movieCd }),
		Name:       column(rows, func(m *row) string { return m.Name }),
		NameEn:     column(rows, func(m *row) string { return m.NameEn }),
		Part:       column(rows, func(m *row) string { return m.Part }),
		Status:     column(rows, func(m *row) string { return string(m.Status) }),
		PeopleCd:   column(rows, func(m *row) string { return m.Code }),
		Reason:     column(rows, func(m *row) string { return string(m.Reason) }),
		Candidates: column(rows, func(m *row) string { return strings.Join(m.Candidates, ",") }),
		Ask:        column(rows, func(m *row) string { return strings.Join(m.Ask, ",") }),
	})
	return int64(len(written)), err
}
