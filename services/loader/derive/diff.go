package derive

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// What belongs to a title is guarded by its mark, so it is read, compared here,
// and only the difference is written: a replay writes nothing.

// difference says what is to be written and what is to go. Of wanted rows with
// the same key the first counts.
func difference[K, V comparable](have map[K]V, want []V, key func(*V) K) (write []V, drop []K) {
	wanted := make(map[K]bool, len(want))
	for i := range want {
		k := key(&want[i])
		if wanted[k] {
			continue
		}
		wanted[k] = true
		if old, there := have[k]; !there || old != want[i] {
			write = append(write, want[i])
		}
	}
	for k := range have {
		if !wanted[k] {
			drop = append(drop, k)
		}
	}
	return write, drop
}

// titlesOf notes the titles that a difference concerns.
func titlesOf[V, K any](d *derivation, write []V, drop []K, ofValue func(*V) uuid.UUID, ofKey func(*K) uuid.UUID) {
	for i := range write {
		d.stale[ofValue(&write[i])] = true
	}
	for i := range drop {
		d.stale[ofKey(&drop[i])] = true
	}
}

type creditKey struct {
	title      uuid.UUID
	source     string
	department string
	position   int32
}

func keyOfCredit(c *credits.Credit) creditKey {
	return creditKey{c.TitleID, c.Source, c.Department, c.Position}
}

// ids are those of the titles at hand.
func (o *output) ids() []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(o.titles))
	for i := range o.titles {
		ids = append(ids, o.titles[i].ID)
	}
	return ids
}

func (d *derivation) credits(ctx context.Context, o *output) (int64, error) {
	rows, err := d.q.Credits(ctx, o.ids())
	if err != nil {
		return 0, err
	}
	have := make(map[creditKey]credits.Credit, len(rows))
	for _, r := range rows {
		c := credits.Credit{
			TitleID: r.TitleID, Source: r.Source, Department: r.Department, Position: r.Position, Job: r.Job,
			Role: r.Role, RoleTmdb: text(r.RoleTmdb), NameKo: text(r.NameKo), NameEn: text(r.NameEn),
			Character: text(r.Character), CharacterKobis: text(r.CharacterKobis), MergedBy: text(r.MergedBy),
		}
		if r.Episodes != nil {
			c.Episodes = *r.Episodes
		}
		if r.PersonID != nil {
			c.PersonID = *r.PersonID
		}
		have[keyOfCredit(&c)] = c
	}
	write, drop := difference(have, o.credits, keyOfCredit)
	titlesOf(d, write, drop, func(c *credits.Credit) uuid.UUID { return c.TitleID }, func(k *creditKey) uuid.UUID { return k.title })
	if len(drop) > 0 {
		if _, err := d.q.DeleteCredits(ctx, db.DeleteCreditsParams{
			TitleID:    column(drop, func(k *creditKey) uuid.UUID { return k.title }),
			Source:     column(drop, func(k *creditKey) string { return k.source }),
			Department: column(drop, func(k *creditKey) string { return k.department }),
			Position:   column(drop, func(k *creditKey) int32 { return k.position }),
		}); err != nil {
			return 0, err
		}
	}
	if len(write) == 0 {
		return int64(len(drop)), nil
	}
	written, err := d.q.UpsertCredits(ctx, creditParams(write))
	return written + int64(len(drop)), err
}

func creditParams(rows []credits.Credit) db.UpsertCreditsParams {
	type row = credits.Credit
	return db.UpsertCreditsParams{
		TitleID:        column(rows, func(c *row) uuid.UUID { return c.TitleID }),
		Source:         column(rows, func(c *row) string { return c.Source }),
		Department:     column(rows, func(c *row) string { return c.Department }),
		Position:       column(rows, func(c *row) int32 { return c.Position }),
		Job:            column(rows, func(c *row) string { return c.Job }),
		Role:           column(rows, func(c *row) string { return c.Role }),
		RoleTmdb:       column(rows, func(c *row) string { return c.RoleTmdb }),
		NameKo:         column(rows, func(c *row) string { return c.NameKo }),
		NameEn:         column(rows, func(c *row) string { return c.NameEn }),
		Character:      column(rows, func(c *row) string { return c.Character }),
		CharacterKobis: column(rows, func(c *row) string { return c.CharacterKobis }),
		Episodes:       column(rows, func(c *row) int32 { return c.Episodes }),
		PersonID:       column(rows, func(c *row) uuid.UUID { return c.PersonID }),
		MergedBy:       column(rows, func(c *row) string { return c.MergedBy }),
	}
}

func (d *derivation) titleCompanies(ctx context.Context, o *output) (int64, error) {
	rows, err := d.q.TitleCompanies(ctx, o.ids())
	if err != nil {
		return 0, err
	}
	type row = credits.TitleCompany
	have := make(map[row]row, len(rows))
	for _, r := range rows {
		have[row(r)] = row(r)
	}
	write, drop := difference(have, o.companies, func(c *row) row { return *c })
	of := func(c *row) uuid.UUID { return c.TitleID }
	titlesOf(d, write, drop, of, of)
	if len(drop) > 0 {
		if _, err := d.q.DeleteTitleCompanies(ctx, db.DeleteTitleCompaniesParams{
			TitleID:   column(drop, func(c *row) uuid.UUID { return c.TitleID }),
			CompanyID: column(drop, func(c *row) uuid.UUID { return c.CompanyID }),
			Role:      column(drop, func(c *row) string { return c.Role }),
		}); err != nil {
			return 0, err
		}
	}
	if len(write) == 0 {
		return int64(len(drop)), nil
	}
	written, err := d.q.AddTitleCompanies(ctx, db.AddTitleCompaniesParams{
		TitleID:   column(write, func(c *row) uuid.UUID { return c.TitleID }),
		CompanyID: column(write, func(c *row) uuid.UUID { return c.CompanyID }),
		Role:      column(write, func(c *row) string { return c.Role }),
	})
	return written + int64(len(drop)), err
}

func (d *derivation) titleGenres(ctx context.Context, o *output) (int64, error) {
	rows, err := d.q.TitleGenres(ctx, o.ids())
	if err != nil {
		return 0, err
	}
	type row = db.ProductionTitleGenre
	have := make(map[row]row, len(rows))
	for _, r := range rows {
		have[r] = r
	}
	want := column(o.genres, func(g *titleGenre) row { return row{TitleID: g.title, GenreID: identity.OfGenre(g.Source, g.Name)} })
	write, drop := difference(have, want, func(r *row) row { return *r })
	of := func(r *row) uuid.UUID { return r.TitleID }
	titlesOf(d, write, drop, of, of)
	if len(drop) > 0 {
		d.genreLeft = true
		if _, err := d.q.DeleteTitleGenres(ctx, db.DeleteTitleGenresParams{
			TitleID: column(drop, func(r *row) uuid.UUID { return r.TitleID }),
			GenreID: column(drop, func(r *row) uuid.UUID { return r.GenreID }),
		}); err != nil {
			return 0, err
		}
	}
	if len(write) == 0 {
		return int64(len(drop)), nil
	}
	written, err := d.q.AddTitleGenres(ctx, db.AddTitleGenresParams{
		TitleID: column(write, func(r *row) uuid.UUID { return r.TitleID }),
		GenreID: column(write, func(r *row) uuid.UUID { return r.GenreID }),
	})
	return written + int64(len(drop)), err
}

// day is a row of production.box_office whose values compare.
type day struct {
	date                                             time.Time
	movieCd                                          string
	titleID                                          uuid.UUID
	rank                                             number[int32]
	audience, audienceTotal, salesAmount, salesTotal number[int64]
	screens, shows                                   number[int32]
}

type dayKey struct {
	date    time.Time
	movieCd string
}

// number is a nullable number that compares by value.
type number[T int32 | int64] struct {
	value T
	given bool
}

func numberOf[T int32 | int64](p *T) number[T] {
	if p == nil {
		return number[T]{}
	}
	return number[T]{*p, true}
}

func (n number[T]) ptr() *T {
	if !n.given {
		return nil
	}
	return &n.value
}

func (d *derivation) boxOffice(ctx context.Context, o *output) (int64, error) {
	if len(o.movieCds) == 0 {
		return 0, nil
	}
	rows, err := d.q.ProductionBoxOffice(ctx, o.movieCds)
	if err != nil {
		return 0, err
	}
	key := func(r *day) dayKey { return dayKey{r.date, r.movieCd} }
	have := make(map[dayKey]day, len(rows))
	for _, r := range rows {
		row := dayOf(db.BoxOfficeRow{
			Date: r.Date, MovieCd: r.MovieCd, Rank: r.Rank, Audience: r.Audience, AudienceTotal: r.AudienceTotal,
			SalesAmount: r.SalesAmount, SalesTotal: r.SalesTotal, Screens: r.Screens, Shows: r.Shows,
		})
		if r.TitleID != nil {
			row.titleID = *r.TitleID
		}
		have[key(&row)] = row
	}
	want := column(o.boxOffice, func(b *boxOffice) day {
		row := dayOf(b.BoxOfficeRow)
		row.titleID = b.titleID
		return row
	})
	write, drop := difference(have, want, key)
	if len(drop) > 0 {
		if _, err := d.q.DeleteBoxOffice(ctx, db.DeleteBoxOfficeParams{
			Date:    column(drop, func(k *dayKey) *time.Time { return &k.date }),
			MovieCd: column(drop, func(k *dayKey) string { return k.movieCd }),
		}); err != nil {
			return 0, err
		}
	}
	if len(write) == 0 {
		return int64(len(drop)), nil
	}
	written, err := d.q.UpsertBoxOffice(ctx, boxOfficeParams(write, d.now))
	return written + int64(len(drop)), err
}

func dayOf(r db.BoxOfficeRow) day {
	return day{
		date: r.Date.UTC(), movieCd: r.MovieCd, rank: numberOf(r.Rank),
		audience: numberOf(r.Audience), audienceTotal: numberOf(r.AudienceTotal),
		salesAmount: numberOf(r.SalesAmount), salesTotal: numberOf(r.SalesTotal),
		screens: numberOf(r.Screens), shows: numberOf(r.Shows),
	}
}

func boxOfficeParams(rows []day, now time.Time) db.UpsertBoxOfficeParams {
	return db.UpsertBoxOfficeParams{
		LoadedAt:      now,
		Date:          column(rows, func(r *day) *time.Time { return &r.date }),
		MovieCd:       column(rows, func(r *day) string { return r.movieCd }),
		TitleID:       column(rows, func(r *day) uuid.UUID { return r.titleID }),
		Rank:          column(rows, func(r *day) *int32 { return r.rank.ptr() }),
		Audience:      column(rows, func(r *day) *int64 { return r.audience.ptr() }),
		AudienceTotal: column(rows, func(r *day) *int64 { return r.audienceTotal.ptr() }),
		SalesAmount:   column(rows, func(r *day) *int64 { return r.salesAmount.ptr() }),
		SalesTotal:    column(rows, func(r *day) *int64 { return r.salesTotal.ptr() }),
		Screens:       column(rows, func(r *day) *int32 { return r.screens.ptr() }),
		Shows:         column(rows, func(r *day) *int32 { return r.shows.ptr() }),
	}
}
