package staging

import (
	"context"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/record"
)

func (l tmdbLanding) tmdbSearches(ctx context.Context) error {
	t := l.tmdbSearchTable()
	return t.land(ctx, l.landing, newest(every(l.payloads, t.rows), t.entity))
}

func (l tmdbLanding) tmdbSearchTable() *table[record.TmdbSearch] {
	return &table[record.TmdbSearch]{
		source: messages.TMDB, kind: messages.KindMovieSearch,
		rows:    func(f *decode.Facts) []record.TmdbSearch { return f.TmdbSearches },
		entity:  func(s *record.TmdbSearch) string { return s.MovieCd + "." + s.Variant },
		subject: subject(messages.TMDB, messages.KindMovieSearch),
		key:     itself, atOnce: detailsAtOnce, write: l.writeTmdbSearches,
	}
}

func (l tmdbLanding) writeTmdbSearches(ctx context.Context, searches []stamped[record.TmdbSearch]) error {
	type search = stamped[record.TmdbSearch]
	written, err := l.q.UpsertTmdbSearches(ctx, db.UpsertTmdbSearchesParams{
		LoadedAt:     l.now,
		MovieCd:      column(searches, func(s *search) string { return s.row.MovieCd }),
		Variant:      column(searches, func(s *search) string { return s.row.Variant }),
		Query:        column(searches, func(s *search) string { return s.row.Query }),
		Year:         column(searches, func(s *search) *int32 { return s.row.Year }),
		TotalResults: column(searches, func(s *search) int32 { return s.row.TotalResults }),
		Candidates:   jsons(searches, func(s *search) []record.TmdbCandidate { return s.row.Candidates }),
		ExpiresAt:    column(searches, func(s *search) time.Time { return s.expires }),
		FetchedAt:    column(searches, func(s *search) time.Time { return s.at }),
		RawID:        column(searches, func(s *search) int64 { return s.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_searches", err)
	}
	l.count("staging.tmdb_searches", len(searches), len(written))
	for _, w := range written {
		l.marks.film(w.MovieCd, w.Changed)
	}
	return nil
}

func (l tmdbLanding) tmdbDiscoverPages(ctx context.Context) error {
	pages := newest(every(l.payloads, func(f *decode.Facts) []record.TmdbDiscoverPage { return f.TmdbDiscoverPages }),
		func(p *record.TmdbDiscoverPage) string {
			return fmt.Sprintf("%s_%s.%09d", p.From.Format(time.DateOnly), p.To.Format(time.DateOnly), p.Page)
		})
	if len(pages) == 0 {
		return nil
	}
	type page = stamped[record.TmdbDiscoverPage]
	written, err := l.q.UpsertTmdbDiscoverPages(ctx, db.UpsertTmdbDiscoverPagesParams{
		LoadedAt:     l.now,
		WindowFrom:   column(pages, func(p *page) *time.Time { return p.row.From }),
		WindowTo:     column(pages, func(p *page) *time.Time { return p.row.To }),
		Page:         column(pages, func(p *page) int32 { return p.row.Page }),
		TotalPages:   column(pages, func(p *page) int32 { return p.row.TotalPages }),
		TotalResults: column(pages, func(p *page) int32 { return p.row.TotalResults }),
		SeriesIds:    jsons(pages, func(p *page) []int32 { return p.row.SeriesIDs }),
		ExpiresAt:    column(pages, func(p *page) time.Time { return p.expires }),
		FetchedAt:    column(pages, func(p *page) time.Time { return p.at }),
		RawID:        column(pages, func(p *page) int64 { return p.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_discover_pages", err)
	}
	l.count("staging.tmdb_discover_pages", len(pages), len(written))
	return nil
}
