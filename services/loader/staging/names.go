package staging

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/record"
)

// People and companies belong to no single title, so no title's mark guards their
// rows in production. They are written here instead, under the lock that the
// staging row has until the transaction ends: the two never disagree, and
// production never depends on which title was derived last. A name from a text that
// had to be repaired never replaces another one that is kept still.

func (l tmdbLanding) tmdbPeople(ctx context.Context) error {
	people := best(every(l.payloads, func(f *decode.Facts) []record.TmdbPersonName { return f.TmdbPeople }),
		func(p *record.TmdbPersonName) int32 { return p.ID },
		func(p *record.TmdbPersonName) int { return rank(!p.Doubtful) })
	if len(people) == 0 {
		return nil
	}
	type person = stamped[record.TmdbPersonName]
	written, err := l.q.UpsertTmdbPeople(ctx, db.UpsertTmdbPeopleParams{
		LoadedAt:     l.now,
		TmdbID:       column(people, func(p *person) int32 { return p.row.ID }),
		Name:         column(people, func(p *person) string { return p.row.Name }),
		NameOriginal: column(people, func(p *person) string { return p.row.NameOriginal }),
		ProfilePath:  column(people, func(p *person) string { return p.row.Profile }),
		Readable:     column(people, func(p *person) bool { return !p.row.Doubtful }),
		ExpiresAt:    column(people, func(p *person) time.Time { return p.expires }),
		FetchedAt:    column(people, func(p *person) time.Time { return p.at }),
		RawID:        column(people, func(p *person) int64 { return p.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_people", err)
	}
	l.count("staging.tmdb_people", len(people), len(written))
	changed := make([]credits.Person, 0, len(written))
	for _, w := range written {
		if w.Changed {
			changed = append(changed, credits.PersonOf(w.TmdbID, w.Name, orEmpty(w.NameOriginal), orEmpty(w.ProfilePath)))
		}
	}
	return l.people(ctx, changed)
}

func (l *landing) people(ctx context.Context, people []credits.Person) error {
	if len(people) == 0 {
		return nil
	}
	credits.SortPeople(people)
	written, err := l.q.UpsertPeople(ctx, db.UpsertPeopleParams{
		LoadedAt:     l.now,
		ID:           column(people, func(p *credits.Person) uuid.UUID { return p.ID }),
		TmdbID:       column(people, func(p *credits.Person) int32 { return p.TmdbID }),
		NameKo:       column(people, func(p *credits.Person) string { return p.NameKo }),
		NameEn:       column(people, func(p *credits.Person) string { return p.NameEn }),
		NameOriginal: column(people, func(p *credits.Person) string { return p.NameOriginal }),
		NameDisplay:  column(people, func(p *credits.Person) string { return p.NameDisplay }),
		NameSort:     column(people, func(p *credits.Person) string { return p.NameSort }),
		ProfilePath:  column(people, func(p *credits.Person) string { return p.Profile }),
	})
	l.count("production.people", len(people), int(written))
	return failed("production.people", err)
}

func (l tmdbLanding) tmdbCompanies(ctx context.Context) error {
	companies := best(every(l.payloads, func(f *decode.Facts) []record.TmdbCompanyName { return f.TmdbCompanies }),
		func(c *record.TmdbCompanyName) int32 { return c.ID },
		func(c *record.TmdbCompanyName) int { return rank(!c.Doubtful) })
	if len(companies) == 0 {
		return nil
	}
	type company = stamped[record.TmdbCompanyName]
	written, err := l.q.UpsertTmdbCompanies(ctx, db.UpsertTmdbCompaniesParams{
		LoadedAt:  l.now,
		TmdbID:    column(companies, func(c *company) int32 { return c.row.ID }),
		Name:      column(companies, func(c *company) string { return c.row.Name }),
		Country:   column(companies, func(c *company) string { return c.row.Country }),
		LogoPath:  column(companies, func(c *company) string { return c.row.Logo }),
		Readable:  column(companies, func(c *company) bool { return !c.row.Doubtful }),
		ExpiresAt: column(companies, func(c *company) time.Time { return c.expires }),
		FetchedAt: column(companies, func(c *company) time.Time { return c.at }),
		RawID:     column(companies, func(c *company) int64 { return c.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_companies", err)
	}
	l.count("staging.tmdb_companies", len(companies), len(written))
	changed := make([]credits.Company, 0, len(written))
	for _, w := range written {
		if w.Changed {
			changed = append(changed, credits.TmdbCompanyOf(w.TmdbID, w.Name, orEmpty(w.Country), orEmpty(w.LogoPath)))
		}
	}
	return l.companies(ctx, changed)
}

// kobisCompanies comes last before the marks: every chunk names the large
// distributors, and their rows stay locked until it ends.
func (l kobisLanding) kobisCompanies(ctx context.Context) error {
	companies := best(every(l.payloads, func(f *decode.Facts) []record.KobisCompanyName { return f.KobisCompanies }),
		func(c *record.KobisCompanyName) string { return c.Code },
		func(c *record.KobisCompanyName) int { return rank(!c.Doubtful, c.FromDetail) })
	if len(companies) == 0 {
		return nil
	}
	type company = stamped[record.KobisCompanyName]
	written, err := l.q.UpsertKobisCompanies(ctx, db.UpsertKobisCompaniesParams{
		LoadedAt:   l.now,
		CompanyCd:  column(companies, func(c *company) string { return c.row.Code }),
		Name:       column(companies, func(c *company) string { return c.row.Name }),
		NameEn:     column(companies, func(c *company) string { return c.row.NameEn }),
		Readable:   column(companies, func(c *company) bool { return !c.row.Doubtful }),
		FromDetail: column(companies, func(c *company) bool { return c.row.FromDetail }),
		FetchedAt:  column(companies, func(c *company) time.Time { return c.at }),
		RawID:      column(companies, func(c *company) int64 { return c.rawID }),
	})
	if err != nil {
		return failed("staging.kobis_companies", err)
	}
	l.count("staging.kobis_companies", len(companies), len(written))
	changed := make([]credits.Company, 0, len(written))
	for _, w := range written {
		if w.Changed {
			changed = append(changed, credits.KobisCompanyOf(w.CompanyCd, w.Name, orEmpty(w.NameEn)))
		}
	}
	return l.companies(ctx, changed)
}

func (l *landing) companies(ctx context.Context, companies []credits.Company) error {
	if len(companies) == 0 {
		return nil
	}
	credits.SortCompanies(companies)
	written, err := l.q.UpsertCompanies(ctx, db.UpsertCompaniesParams{
		LoadedAt:       l.now,
		ID:             column(companies, func(c *credits.Company) uuid.UUID { return c.ID }),
		KobisCompanyCd: column(companies, func(c *credits.Company) string { return c.KobisCode }),
		TmdbID:         column(companies, func(c *credits.Company) *int32 { return c.TmdbID }),
		NameKo:         column(companies, func(c *credits.Company) string { return c.NameKo }),
		NameEn:         column(companies, func(c *credits.Company) string { return c.NameEn }),
		Country:        column(companies, func(c *credits.Company) string { return c.Country }),
		LogoPath:       column(companies, func(c *credits.Company) string { return c.Logo }),
	})
	l.count("production.companies", len(companies), int(written))
	return failed("production.companies", err)
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
