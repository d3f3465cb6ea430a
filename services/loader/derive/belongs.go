package derive

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/cledit/pipeline/services/loader/credits"
	"github.com/cledit/pipeline/services/loader/internal/db"
)

// What belongs to a title is guarded by its mark, so the wanted rows are compared with those
// that are there in the statement that writes them, and only the difference is written: a
// replay writes nothing.

// firsts are the rows whose key is that of none before them.
func firsts[K comparable, V any](rows []V, key func(*V) K) []V {
	seen := make(map[K]bool, len(rows))
	list := make([]V, 0, len(rows))
	for i := range rows {
		if k := key(&rows[i]); !seen[k] {
			seen[k] = true
			list = append(list, rows[i])
		}
	}
	return list
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

func (w *writer) credits(ctx context.Context, o *output) (int64, error) {
	return w.moved(w.q.SyncCredits(ctx, creditParams(o.ids(), firsts(o.credits, keyOfCredit))))
}

func creditParams(titles []uuid.UUID, rows []credits.Credit) db.SyncCreditsParams {
	type row = credits.Credit
	return db.SyncCreditsParams{
		TitleIds:     titles,
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

		KobisPeopleCd: column(rows, func(c *row) string { return c.KobisPerson }),
		MergedBy:      column(rows, func(c *row) string { return c.MergedBy }),
		Seasons:       column(rows, func(c *row) string { return c.Seasons }),
	}
}

type companyKey struct {
	title, company uuid.UUID
	role           string
}

func (w *writer) titleCompanies(ctx context.Context, o *output) (int64, error) {
	type row = credits.TitleCompany
	rows := firsts(o.companies, func(c *row) companyKey { return companyKey{c.TitleID, c.CompanyID, c.Role} })
	return w.moved(w.q.SyncTitleCompanies(ctx, db.SyncTitleCompaniesParams{
		TitleIds:      o.ids(),
		TitleID:       column(rows, func(c *row) uuid.UUID { return c.TitleID }),
		CompanyID:     column(rows, func(c *row) uuid.UUID { return c.CompanyID }),
		Role:          column(rows, func(c *row) string { return c.Role }),
		Position:      column(rows, func(c *row) int32 { return c.Position }),
		Sources:       column(rows, func(c *row) string { return c.Sources }),
		Editions:      column(rows, func(c *row) string { return c.Editions }),
		TmdbCompanyID: column(rows, func(c *row) uuid.UUID { return c.TmdbCompanyID }),
	}))
}

type genreKey struct{ title, genre uuid.UUID }

func (w *writer) titleGenres(ctx context.Context, o *output) (int64, error) {
	rows := firsts(o.genres, func(g *titleGenre) genreKey { return genreKey{g.title, g.ID} })
	written, err := w.q.SyncTitleGenres(ctx, db.SyncTitleGenresParams{
		TitleIds: o.ids(),
		TitleID:  column(rows, func(g *titleGenre) uuid.UUID { return g.title }),
		GenreID:  column(rows, func(g *titleGenre) uuid.UUID { return g.ID }),
		Position: column(rows, func(g *titleGenre) int32 { return g.Position }),
		Sources:  column(rows, func(g *titleGenre) string { return g.Sources }),
	})
	w.genreLeft = w.genreLeft || written.Dropped
	return w.moved(written.Written, err)
}

type dayKey struct {
	date    time.Time
	movieCd string
}

func (w *writer) boxOffice(ctx context.Context, o *output) (int64, error) {
	if len(o.movieCds) == 0 {
		return 0, nil
	}
	type row = boxOffice
	rows := firsts(o.boxOffice, func(r *row) dayKey { return dayKey{r.Date.UTC(), r.MovieCd} })
	return w.q.SyncBoxOffice(ctx, db.SyncBoxOfficeParams{
		LoadedAt:      w.now,
		MovieCds:      o.movieCds,
		Date:          column(rows, func(r *row) *time.Time { return r.Date }),
		MovieCd:       column(rows, func(r *row) string { return r.MovieCd }),
		TitleID:       column(rows, func(r *row) uuid.UUID { return r.titleID }),
		Rank:          column(rows, func(r *row) *int32 { return r.Rank }),
		RankChange:    column(rows, func(r *row) *int32 { return r.RankChange }),
		IsNew:         column(rows, func(r *row) bool { return r.IsNew }),
		Title:         column(rows, func(r *row) string { return r.Title }),
		Audience:      column(rows, func(r *row) *int64 { return r.Audience }),
		AudienceTotal: column(rows, func(r *row) *int64 { return r.AudienceTotal }),
		SalesAmount:   column(rows, func(r *row) *int64 { return r.SalesAmount }),
		SalesTotal:    column(rows, func(r *row) *int64 { return r.SalesTotal }),
		Screens:       column(rows, func(r *row) *int32 { return r.Screens }),
		Shows:         column(rows, func(r *row) *int32 { return r.Shows }),
	})
}
