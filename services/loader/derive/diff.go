package derive

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
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
			NameOriginal: text(r.NameOriginal), NameDisplay: text(r.NameDisplay), NameSort: text(r.NameSort), NameSent: text(r.NameSent),
			Namesake: zeroOr(r.Namesake), Character: text(r.Character), CharacterKo: text(r.CharacterKo), CharacterEn: text(r.CharacterEn),
			Remarks: r.Remarks, Episodes: zeroOr(r.Episodes), MergedBy: text(r.MergedBy),
		}
		var seasons []credits.Appearance
		if err := json.Unmarshal(r.Seasons, &seasons); len(r.Seasons) > 0 && err != nil {
			return 0, fmt.Errorf("decoding seasons of a credit: %w", err)
		}
		c.Seasons = credits.Appearances(seasons)
		if r.BillingTmdb != nil {
			c.BillingTmdb = *r.BillingTmdb + 1
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
		TitleID:      column(rows, func(c *row) uuid.UUID { return c.TitleID }),
		Source:       column(rows, func(c *row) string { return c.Source }),
		Department:   column(rows, func(c *row) string { return c.Department }),
		Position:     column(rows, func(c *row) int32 { return c.Position }),
		Job:          column(rows, func(c *row) string { return c.Job }),
		Role:         column(rows, func(c *row) string { return c.Role }),
		RoleTmdb:     column(rows, func(c *row) string { return c.RoleTmdb }),
		NameKo:       column(rows, func(c *row) string { return c.NameKo }),
		NameEn:       column(rows, func(c *row) string { return c.NameEn }),
		Character:    column(rows, func(c *row) string { return c.Character }),
		NameOriginal: column(rows, func(c *row) string { return c.NameOriginal }),
		NameDisplay:  column(rows, func(c *row) string { return c.NameDisplay }),
		NameSort:     column(rows, func(c *row) string { return c.NameSort }),
		NameSent:     column(rows, func(c *row) string { return c.NameSent }),
		Namesake:     column(rows, func(c *row) int32 { return c.Namesake }),
		CharacterKo:  column(rows, func(c *row) string { return c.CharacterKo }),
		CharacterEn:  column(rows, func(c *row) string { return c.CharacterEn }),
		Remarks:      column(rows, func(c *row) string { return c.Remarks }),
		BillingTmdb:  column(rows, func(c *row) int32 { return c.BillingTmdb }),
		Episodes:     column(rows, func(c *row) int32 { return c.Episodes }),
		PersonID:     column(rows, func(c *row) uuid.UUID { return c.PersonID }),
		MergedBy:     column(rows, func(c *row) string { return c.MergedBy }),
		Seasons:      column(rows, func(c *row) string { return c.Seasons }),
	}
}

type companyKey struct {
	title, company uuid.UUID
	role           string
}

func (d *derivation) titleCompanies(ctx context.Context, o *output) (int64, error) {
	rows, err := d.q.TitleCompanies(ctx, o.ids())
	if err != nil {
		return 0, err
	}
	type row = credits.TitleCompany
	key := func(c *row) companyKey { return companyKey{c.TitleID, c.CompanyID, c.Role} }
	have := make(map[companyKey]row, len(rows))
	for _, r := range rows {
		c := row{TitleID: r.TitleID, CompanyID: r.CompanyID, Role: r.Role, Position: placed(r.Position), Sources: r.Sources, Editions: r.Editions}
		if r.TmdbCompanyID != nil {
			c.TmdbCompanyID = *r.TmdbCompanyID
		}
		have[key(&c)] = c
	}
	write, drop := difference(have, o.companies, key)
	titlesOf(d, write, drop, func(c *row) uuid.UUID { return c.TitleID }, func(k *companyKey) uuid.UUID { return k.title })
	if len(drop) > 0 {
		if _, err := d.q.DeleteTitleCompanies(ctx, db.DeleteTitleCompaniesParams{
			TitleID:   column(drop, func(k *companyKey) uuid.UUID { return k.title }),
			CompanyID: column(drop, func(k *companyKey) uuid.UUID { return k.company }),
			Role:      column(drop, func(k *companyKey) string { return k.role }),
		}); err != nil {
			return 0, err
		}
	}
	if len(write) == 0 {
		return int64(len(drop)), nil
	}
	written, err := d.q.AddTitleCompanies(ctx, db.AddTitleCompaniesParams{
		TitleID:       column(write, func(c *row) uuid.UUID { return c.TitleID }),
		CompanyID:     column(write, func(c *row) uuid.UUID { return c.CompanyID }),
		Role:          column(write, func(c *row) string { return c.Role }),
		Position:      column(write, func(c *row) int32 { return c.Position }),
		Sources:       column(write, func(c *row) string { return c.Sources }),
		Editions:      column(write, func(c *row) string { return c.Editions }),
		TmdbCompanyID: column(write, func(c *row) uuid.UUID { return c.TmdbCompanyID }),
	})
	return written + int64(len(drop)), err
}

// placed is a position, -1 of what an older program wrote without one.
func placed(position *int32) int32 {
	if position == nil {
		return -1
	}
	return *position
}

type genreKey struct{ title, genre uuid.UUID }

// genreRow is a row of production.title_genres.
type genreRow struct {
	genreKey
	position int32
	sources  string
}

func (d *derivation) titleGenres(ctx context.Context, o *output) (int64, error) {
	rows, err := d.q.TitleGenres(ctx, o.ids())
	if err != nil {
		return 0, err
	}
	have := make(map[genreKey]genreRow, len(rows))
	for _, r := range rows {
		key := genreKey{r.TitleID, r.GenreID}
		have[key] = genreRow{key, placed(r.Position), r.Sources}
	}
	want := column(o.genres, func(g *titleGenre) genreRow { return genreRow{genreKey{g.title, g.ID}, g.Position, g.Sources} })
	write, drop := difference(have, want, func(r *genreRow) genreKey { return r.genreKey })
	titlesOf(d, write, drop, func(r *genreRow) uuid.UUID { return r.title }, func(k *genreKey) uuid.UUID { return k.title })
	if len(drop) > 0 {
		d.genreLeft = true
		if _, err := d.q.DeleteTitleGenres(ctx, db.DeleteTitleGenresParams{
			TitleID: column(drop, func(k *genreKey) uuid.UUID { return k.title }),
			GenreID: column(drop, func(k *genreKey) uuid.UUID { return k.genre }),
		}); err != nil {
			return 0, err
		}
	}
	if len(write) == 0 {
		return int64(len(drop)), nil
	}
	written, err := d.q.AddTitleGenres(ctx, db.AddTitleGenresParams{
		TitleID:  column(write, func(r *genreRow) uuid.UUID { return r.title }),
		GenreID:  column(write, func(r *genreRow) uuid.UUID { return r.genre }),
		Position: column(write, func(r *genreRow) int32 { return r.position }),
		Sources:  column(write, func(r *genreRow) string { return r.sources }),
	})
	return written + int64(len(drop)), err
}

// day is a row of production.box_office whose values compare.
type day struct {
	date                                             time.Time
	movieCd                                          string
	titleID                                          uuid.UUID
	rank                                             number[int32]
	rankChange                                       number[int32]
	isNew                                            bool
	title                                            string
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
			Date: r.Date, MovieCd: r.MovieCd, Rank: r.Rank, RankChange: r.RankChange, Title: text(r.Title), Audience: r.Audience, AudienceTotal: r.AudienceTotal,
			SalesAmount: r.SalesAmount, SalesTotal: r.SalesTotal, Screens: r.Screens, Shows: r.Shows,
		})
		if r.TitleID != nil {
			row.titleID = *r.TitleID
		}
		row.isNew = r.IsNew != nil && *r.IsNew
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
		date: r.Date.UTC(), movieCd: r.MovieCd, rank: numberOf(r.Rank), rankChange: numberOf(r.RankChange), isNew: r.IsNew, title: r.Title,
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
		RankChange:    column(rows, func(r *day) *int32 { return r.rankChange.ptr() }),
		IsNew:         column(rows, func(r *day) bool { return r.isNew }),
		Title:         column(rows, func(r *day) string { return r.title }),
		Audience:      column(rows, func(r *day) *int64 { return r.audience.ptr() }),
		AudienceTotal: column(rows, func(r *day) *int64 { return r.audienceTotal.ptr() }),
		SalesAmount:   column(rows, func(r *day) *int64 { return r.salesAmount.ptr() }),
		SalesTotal:    column(rows, func(r *day) *int64 { return r.salesTotal.ptr() }),
		Screens:       column(rows, func(r *day) *int32 { return r.screens.ptr() }),
		Shows:         column(rows, func(r *day) *int32 { return r.shows.ptr() }),
	}
}
