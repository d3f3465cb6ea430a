package staging

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/pkg/messages"

	"github.com/cledit/pipeline/services/loader/aliases"
	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/record"
)

type (
	listedPerson = stamped[record.KobisPerson]
	kobisPerson  = stamped[record.KobisPersonDetail]
	tmdbPerson   = stamped[record.TmdbPersonDetail]
)

func (l kobisLanding) kobisPeopleLists(ctx context.Context) error {
	type page = stamped[record.KobisPeoplePage]
	pages := newest(every(l.payloads, func(f *decode.Facts) []record.KobisPeoplePage { return f.KobisPeoplePages }),
		func(p *record.KobisPeoplePage) int32 { return p.Page })
	if len(pages) == 0 {
		return nil
	}
	written, err := l.q.UpsertKobisPeoplePages(ctx, db.UpsertKobisPeoplePagesParams{
		LoadedAt:   l.now,
		Page:       column(pages, func(p *page) int32 { return p.row.Page }),
		TotalCount: column(pages, func(p *page) int32 { return p.row.TotalCount }),
		PeopleCds:  jsons(pages, func(p *page) []string { return p.row.PeopleCds }),
		FetchedAt:  column(pages, func(p *page) time.Time { return p.at }),
		RawID:      column(pages, func(p *page) int64 { return p.rawID }),
	})
	if err != nil {
		return failed("staging.kobis_people_pages", err)
	}
	l.count("staging.kobis_people_pages", len(pages), int(written))
	t := l.kobisPeopleTable()
	return t.land(ctx, l.landing, newest(every(l.payloads, t.rows), t.entity))
}

func (l kobisLanding) kobisPeopleTable() *table[record.KobisPerson] {
	return &table[record.KobisPerson]{
		source: messages.KOBIS, kind: messages.KindPeopleList,
		rows:   namedPeople,
		entity: func(p *record.KobisPerson) string { return p.PeopleCd },
		listed: l.listedPeople,
		key:    itself, atOnce: rowsAtOnce, write: l.writeKobisPeople,
	}
}

// namedPeople are the rows of a list that have a name, as those of films have a title.
func namedPeople(f *decode.Facts) (named []record.KobisPerson) {
	for _, p := range f.KobisPeople {
		if p.Name != "" {
			named = append(named, p)
		}
	}
	return named
}

// listedPeople are the pages that rows of people stand on.
func (l kobisLanding) listedPeople(ctx context.Context, pages listedOn) ([]listedAnswer, error) {
	rows, err := l.q.ListedPeopleAnswers(
		ctx, db.ListedPeopleAnswersParams{PeopleCds: pages.entities, OfChunk: pages.ofChunk, RawIds: pages.rawIDs},
	)
	return column(rows, func(r *db.ListedPeopleAnswersRow) listedAnswer {
		return listedAnswer{r.PeopleCd, answer{id: r.ID, fetchedAt: r.LastFetchedAt}}
	}), err
}

func (l kobisLanding) writeKobisPeople(ctx context.Context, people []listedPerson) error {
	written, err := l.q.UpsertKobisPeople(ctx, db.UpsertKobisPeopleParams{
		LoadedAt:   l.now,
		PeopleCd:   column(people, func(p *listedPerson) string { return p.row.PeopleCd }),
		Name:       column(people, func(p *listedPerson) string { return p.row.Name }),
		NameEn:     column(people, func(p *listedPerson) string { return p.row.NameEn }),
		Department: column(people, func(p *listedPerson) string { return p.row.Department }),
		Titles:     jsons(people, func(p *listedPerson) []string { return p.row.Titles }),
		FetchedAt:  column(people, func(p *listedPerson) time.Time { return p.at }),
		RawID:      column(people, func(p *listedPerson) int64 { return p.rawID }),
	})
	if err != nil {
		return failed("staging.kobis_people", err)
	}
	l.count("staging.kobis_people", len(people), len(written))
	var changed []string
	for _, w := range written {
		l.marks.person(w.PeopleCd, w.Changed)
		if w.Changed {
			changed = append(changed, w.PeopleCd)
		}
	}
	if len(changed) > 0 {
		if _, err = l.q.SetKobisPeopleTitles(ctx, changed); err != nil {
			return failed("staging.kobis_people_titles", err)
		}
	}
	return l.peopleOfKobis(ctx, people)
}

// peopleOfKobis brings whom the list names to production, which may have been emptied
// since, as what stands in staging has it.
func (l kobisLanding) peopleOfKobis(ctx context.Context, people []listedPerson) error {
	rows, err := l.q.KobisPeopleNamed(ctx, column(people, func(p *listedPerson) string { return p.row.PeopleCd }))
	if err != nil {
		return failed("production.people", err)
	}
	list := make([]credits.KobisPerson, 0, len(rows))
	for _, r := range rows {
		list = append(list, credits.KobisPersonOf(r.PeopleCd, r.Name, orEmpty(r.NameEn), orEmpty(r.Department)))
	}
	credits.SortKobisPeople(list)
	type row = credits.KobisPerson
	written, err := l.q.UpsertPeopleOfKobis(ctx, db.UpsertPeopleOfKobisParams{
		LoadedAt:     l.now,
		ID:           column(list, func(p *row) uuid.UUID { return p.ID }),
		PeopleCd:     column(list, func(p *row) string { return p.Code }),
		NameKo:       column(list, func(p *row) string { return p.NameKo }),
		NameEn:       column(list, func(p *row) string { return p.NameEn }),
		NameOriginal: column(list, func(p *row) string { return p.NameOriginal }),
		NameDisplay:  column(list, func(p *row) string { return p.NameDisplay }),
		NameSort:     column(list, func(p *row) string { return p.NameSort }),
		Department:   column(list, func(p *row) string { return p.Department }),
	})
	l.count("production.people", len(list), int(written))
	if err != nil {
		return failed("production.people", err)
	}
	err = aliases.Sync(ctx, l.q, column(people, func(p *listedPerson) string { return p.row.PeopleCd }))
	return failed("production.person_aliases", err)
}

func (l kobisLanding) kobisPeopleDetails(ctx context.Context) error {
	found, missing := split(every(l.payloads, func(f *decode.Facts) []record.KobisPersonDetail { return f.KobisPersonDetails }),
		func(p *record.KobisPersonDetail) bool { return p.Found })
	t := l.kobisPeopleDetailTable()
	if err := t.land(ctx, l.landing, newest(found, t.entity)); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	written, err := l.q.MarkKobisPeopleDetailsMissing(ctx, db.MarkKobisPeopleDetailsMissingParams{
		LoadedAt: l.now,
		PeopleCd: column(missing, func(p *kobisPerson) string { return p.row.PeopleCd }),
		RawID:    column(missing, func(p *kobisPerson) int64 { return p.rawID }),
	})
	l.count("staging.kobis_people_details", len(missing), len(written))
	for _, w := range written {
		l.marks.person(w.PeopleCd, true)
	}
	return failed("staging.kobis_people_details", err)
}

func (l kobisLanding) kobisPeopleDetailTable() *table[record.KobisPersonDetail] {
	return &table[record.KobisPersonDetail]{
		source: messages.KOBIS, kind: messages.KindPeopleDetail,
		rows:    func(f *decode.Facts) []record.KobisPersonDetail { return f.KobisPersonDetails },
		entity:  func(p *record.KobisPersonDetail) string { return p.PeopleCd },
		subject: subject(messages.KOBIS, messages.KindPeopleDetail),
		key:     itself, atOnce: detailsAtOnce, write: l.writeKobisPeopleDetails,
	}
}

func (l kobisLanding) writeKobisPeopleDetails(ctx context.Context, found []kobisPerson) error {
	written, err := l.q.UpsertKobisPeopleDetails(ctx, db.UpsertKobisPeopleDetailsParams{
		LoadedAt:    l.now,
		PeopleCd:    column(found, func(p *kobisPerson) string { return p.row.PeopleCd }),
		Name:        column(found, func(p *kobisPerson) string { return p.row.Name }),
		NameEn:      column(found, func(p *kobisPerson) string { return p.row.NameEn }),
		Sex:         column(found, func(p *kobisPerson) string { return p.row.Sex }),
		Department:  column(found, func(p *kobisPerson) string { return p.row.Department }),
		Filmography: jsons(found, func(p *kobisPerson) []record.KobisFilmo { return p.row.Filmography }),
		FetchedAt:   column(found, func(p *kobisPerson) time.Time { return p.at }),
		RawID:       column(found, func(p *kobisPerson) int64 { return p.rawID }),
	})
	l.count("staging.kobis_people_details", len(found), len(written))
	for _, w := range written {
		l.marks.person(w.PeopleCd, true)
	}
	return failed("staging.kobis_people_details", err)
}

func (l tmdbLanding) tmdbPersons(ctx context.Context) error {
	found, missing := split(every(l.payloads, func(f *decode.Facts) []record.TmdbPersonDetail { return f.TmdbPersons }),
		func(p *record.TmdbPersonDetail) bool { return p.Found })
	if err := l.tmdbPersonTable().land(ctx, l.landing, newest(found, func(p *record.TmdbPersonDetail) int32 { return p.TmdbID })); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	written, err := l.q.MarkTmdbPersonsMissing(ctx, db.MarkTmdbPersonsMissingParams{
		LoadedAt:  l.now,
		TmdbID:    column(missing, func(p *tmdbPerson) int32 { return p.row.TmdbID }),
		ExpiresAt: column(missing, func(p *tmdbPerson) time.Time { return p.expires }),
		RawID:     column(missing, func(p *tmdbPerson) int64 { return p.rawID }),
	})
	l.count("staging.tmdb_persons", len(missing), len(written))
	return failed("staging.tmdb_persons", err)
}

func (l tmdbLanding) tmdbPersonTable() *table[record.TmdbPersonDetail] {
	return &table[record.TmdbPersonDetail]{
		source: messages.TMDB, kind: messages.KindPersonDetail,
		rows:    func(f *decode.Facts) []record.TmdbPersonDetail { return f.TmdbPersons },
		entity:  func(p *record.TmdbPersonDetail) string { return fmt.Sprint(p.TmdbID) },
		subject: subject(messages.TMDB, messages.KindPersonDetail),
		key:     itself, atOnce: detailsAtOnce, write: l.writeTmdbPersons,
	}
}

func (l tmdbLanding) writeTmdbPersons(ctx context.Context, found []tmdbPerson) error {
	written, err := l.q.UpsertTmdbPersons(ctx, db.UpsertTmdbPersonsParams{
		LoadedAt:     l.now,
		TmdbID:       column(found, func(p *tmdbPerson) int32 { return p.row.TmdbID }),
		Name:         column(found, func(p *tmdbPerson) string { return p.row.Name }),
		NameKo:       column(found, func(p *tmdbPerson) string { return p.row.NameKo }),
		AlsoKnownAs:  jsons(found, func(p *tmdbPerson) []string { return p.row.AlsoKnownAs }),
		Gender:       column(found, func(p *tmdbPerson) *int32 { return p.row.Gender }),
		Department:   column(found, func(p *tmdbPerson) string { return p.row.Department }),
		Birthday:     column(found, func(p *tmdbPerson) *time.Time { return p.row.Birthday }),
		Deathday:     column(found, func(p *tmdbPerson) *time.Time { return p.row.Deathday }),
		PlaceOfBirth: column(found, func(p *tmdbPerson) string { return p.row.PlaceOfBirth }),
		ProfilePath:  column(found, func(p *tmdbPerson) string { return p.row.Profile }),
		Adult:        column(found, func(p *tmdbPerson) *bool { return p.row.Adult }),
		ExternalIds:  jsons(found, func(p *tmdbPerson) []record.TmdbExternalID { return p.row.ExternalIDs }),
		ExpiresAt:    column(found, func(p *tmdbPerson) time.Time { return p.expires }),
		FetchedAt:    column(found, func(p *tmdbPerson) time.Time { return p.at }),
		RawID:        column(found, func(p *tmdbPerson) int64 { return p.rawID }),
	})
	l.count("staging.tmdb_persons", len(found), len(written))
	return failed("staging.tmdb_persons", err)
}
