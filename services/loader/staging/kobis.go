package staging

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/record"
)

func (l kobisLanding) kobisLists(ctx context.Context) error {
	pages := newest(every(l.payloads, func(f *decode.Facts) []record.KobisListPage { return f.KobisListPages }),
		func(p *record.KobisListPage) string { return fmt.Sprintf("%s.%09d", p.Scope, p.Page) })
	if len(pages) == 0 {
		return nil
	}
	type page = stamped[record.KobisListPage]
	written, err := l.q.UpsertKobisListPages(ctx, db.UpsertKobisListPagesParams{
		LoadedAt:   l.now,
		Scope:      column(pages, func(p *page) string { return p.row.Scope }),
		Page:       column(pages, func(p *page) int32 { return p.row.Page }),
		TotalCount: column(pages, func(p *page) int32 { return p.row.TotalCount }),
		MovieCds:   jsons(pages, func(p *page) []string { return p.row.MovieCds }),
		FetchedAt:  column(pages, func(p *page) time.Time { return p.at }),
		RawID:      column(pages, func(p *page) int64 { return p.rawID }),
	})
	if err != nil {
		return failed("staging.kobis_list_pages", err)
	}
	l.count("staging.kobis_list_pages", len(pages), len(written))
	return l.kobisMovies(ctx)
}

func (l kobisLanding) kobisMovies(ctx context.Context) error {
	t := l.kobisMovieTable()
	return t.land(ctx, l.landing, newest(every(l.payloads, t.rows), t.entity))
}

func (l kobisLanding) kobisMovieTable() *table[record.KobisMovie] {
	return &table[record.KobisMovie]{
		source: messages.KOBIS, kind: messages.KindMovieList,
		rows:   titled,
		entity: func(m *record.KobisMovie) string { return m.MovieCd },
		listed: l.listedFilms,
		key:    itself, atOnce: rowsAtOnce, write: l.writeKobisMovies,
	}
}

// listedFilms are the pages that rows of films stand on.
func (l kobisLanding) listedFilms(ctx context.Context, pages listedOn) ([]listedAnswer, error) {
	rows, err := l.q.ListedAnswers(ctx, db.ListedAnswersParams{MovieCds: pages.entities, OfChunk: pages.ofChunk, RawIds: pages.rawIDs})
	return column(rows, func(r *db.ListedAnswersRow) listedAnswer {
		return listedAnswer{r.MovieCd, answer{id: r.ID, fetchedAt: r.LastFetchedAt}}
	}), err
}

// titled are the rows of a list that have a title. One without says so little that
// what is known of its film stands, all of it.
func titled(f *decode.Facts) []record.KobisMovie {
	untitled := func(m record.KobisMovie) bool { return m.Title == "" }
	if !slices.ContainsFunc(f.KobisMovies, untitled) {
		return f.KobisMovies
	}
	return slices.DeleteFunc(slices.Clone(f.KobisMovies), untitled)
}

func (l kobisLanding) writeKobisMovies(ctx context.Context, movies []stamped[record.KobisMovie]) error {
	before, err := l.listedTitles(ctx, movies)
	if err != nil {
		return err
	}
	written, err := l.q.UpsertKobisMovies(ctx, kobisMovieParams(movies, l.now))
	if err != nil {
		return failed("staging.kobis_movies", err)
	}
	l.count("staging.kobis_movies", len(movies), len(written))
	for _, m := range movies {
		l.marks.film(m.row.MovieCd, false)
	}
	for _, w := range written {
		l.marks.film(w.MovieCd, w.Changed)
		if title := before[w.MovieCd]; w.Changed && title != "" {
			l.marks.left = append(l.marks.left, title)
		}
	}
	return nil
}

// listedTitles are the titles that the films have so far.
func (l kobisLanding) listedTitles(ctx context.Context, movies []stamped[record.KobisMovie]) (map[string]string, error) {
	rows, err := l.q.ListedTitles(ctx, column(movies, func(m *stamped[record.KobisMovie]) string { return m.row.MovieCd }))
	if err != nil {
		return nil, failed("staging.kobis_movies", err)
	}
	titles := make(map[string]string, len(rows))
	for _, r := range rows {
		titles[r.MovieCd] = r.Title
	}
	return titles, nil
}

func kobisMovieParams(movies []stamped[record.KobisMovie], now time.Time) db.UpsertKobisMoviesParams {
	type movie = stamped[record.KobisMovie]
	return db.UpsertKobisMoviesParams{
		LoadedAt:       now,
		MovieCd:        column(movies, func(m *movie) string { return m.row.MovieCd }),
		Title:          column(movies, func(m *movie) string { return m.row.Title }),
		TitleEn:        column(movies, func(m *movie) string { return m.row.TitleEn }),
		ProductionYear: column(movies, func(m *movie) *int32 { return m.row.ProductionYear }),
		OpenDate:       column(movies, func(m *movie) *time.Time { return m.row.OpenDate }),
		TypeName:       column(movies, func(m *movie) string { return m.row.TypeName }),
		StatusName:     column(movies, func(m *movie) string { return m.row.StatusName }),
		Nations:        jsons(movies, func(m *movie) []string { return m.row.Nations }),
		Genres:         jsons(movies, func(m *movie) []string { return m.row.Genres }),
		MainNation:     column(movies, func(m *movie) string { return m.row.MainNation }),
		MainGenre:      column(movies, func(m *movie) string { return m.row.MainGenre }),
		Directors:      jsons(movies, func(m *movie) []string { return m.row.Directors }),
		Companies:      jsons(movies, func(m *movie) []record.KobisListCompany { return m.row.Companies }),
		FetchedAt:      column(movies, func(m *movie) time.Time { return m.at }),
		RawID:          column(movies, func(m *movie) int64 { return m.rawID }),
	}
}

func (l kobisLanding) kobisDetails(ctx context.Context) error {
	found, missing := split(every(l.payloads, func(f *decode.Facts) []record.KobisMovieDetail { return f.KobisMovieDetails }),
		func(d *record.KobisMovieDetail) bool { return d.Found })
	t := l.kobisDetailTable()
	if err := t.land(ctx, l.landing, newest(found, t.entity)); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	type detail = stamped[record.KobisMovieDetail]
	written, err := l.q.MarkKobisMovieDetailsMissing(ctx, db.MarkKobisMovieDetailsMissingParams{
		LoadedAt: l.now,
		MovieCd:  column(missing, func(d *detail) string { return d.row.MovieCd }),
		RawID:    column(missing, func(d *detail) int64 { return d.rawID }),
	})
	if err != nil {
		return failed("staging.kobis_movie_details", err)
	}
	l.count("staging.kobis_movie_details", len(missing), len(written))
	for _, w := range written {
		if w.Changed {
			l.marks.film(w.MovieCd, true)
		}
	}
	return nil
}

func (l kobisLanding) kobisDetailTable() *table[record.KobisMovieDetail] {
	return &table[record.KobisMovieDetail]{
		source: messages.KOBIS, kind: messages.KindMovieDetail,
		rows:    func(f *decode.Facts) []record.KobisMovieDetail { return f.KobisMovieDetails },
		entity:  func(d *record.KobisMovieDetail) string { return d.MovieCd },
		subject: subject(messages.KOBIS, messages.KindMovieDetail),
		key:     itself, atOnce: detailsAtOnce, write: l.writeKobisDetails,
	}
}

func (l kobisLanding) writeKobisDetails(ctx context.Context, found []stamped[record.KobisMovieDetail]) error {
	written, err := l.q.UpsertKobisMovieDetails(ctx, kobisDetailParams(found, l.now))
	if err != nil {
		return failed("staging.kobis_movie_details", err)
	}
	l.count("staging.kobis_movie_details", len(found), len(written))
	for _, d := range found {
		l.marks.film(d.row.MovieCd, false)
	}
	for _, w := range written {
		l.marks.film(w.MovieCd, w.Changed)
	}
	return nil
}

func kobisDetailParams(details []stamped[record.KobisMovieDetail], now time.Time) db.UpsertKobisMovieDetailsParams {
	type detail = stamped[record.KobisMovieDetail]
	return db.UpsertKobisMovieDetailsParams{
		LoadedAt:       now,
		MovieCd:        column(details, func(d *detail) string { return d.row.MovieCd }),
		Title:          column(details, func(d *detail) string { return d.row.Title }),
		TitleEn:        column(details, func(d *detail) string { return d.row.TitleEn }),
		TitleOriginal:  column(details, func(d *detail) string { return d.row.TitleOriginal }),
		RuntimeMinutes: column(details, func(d *detail) *int32 { return d.row.RuntimeMinutes }),
		ProductionYear: column(details, func(d *detail) *int32 { return d.row.ProductionYear }),
		OpenDate:       column(details, func(d *detail) *time.Time { return d.row.OpenDate }),
		TypeName:       column(details, func(d *detail) string { return d.row.TypeName }),
		StatusName:     column(details, func(d *detail) string { return d.row.StatusName }),
		Nations:        jsons(details, func(d *detail) []string { return d.row.Nations }),
		Genres:         jsons(details, func(d *detail) []string { return d.row.Genres }),
		Directors:      jsons(details, func(d *detail) []record.KobisDirector { return d.row.Directors }),
		Actors:         jsons(details, func(d *detail) []record.KobisActor { return d.row.Actors }),
		Staff:          jsons(details, func(d *detail) []record.KobisStaff { return d.row.Staff }),
		Companies:      jsons(details, func(d *detail) []record.KobisCompany { return d.row.Companies }),
		ShowTypes:      jsons(details, func(d *detail) []record.KobisShowType { return d.row.ShowTypes }),
		Audits:         jsons(details, func(d *detail) []record.KobisAudit { return d.row.Audits }),
		WatchGrade:     column(details, func(d *detail) string { return d.row.WatchGrade }),
		FetchedAt:      column(details, func(d *detail) time.Time { return d.at }),
		RawID:          column(details, func(d *detail) int64 { return d.rawID }),
	}
}

// split tells the rows with values from the tombstones.
func split[T any](rows []stamped[T], found func(*T) bool) (with, without []stamped[T]) {
	for _, r := range rows {
		if found(r.row) {
			with = append(with, r)
		} else {
			without = append(without, r)
		}
	}
	return with, without
}
