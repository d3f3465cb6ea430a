package staging

import (
	"context"
	"strconv"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/record"
)

func (l tmdbLanding) tmdbMovies(ctx context.Context) error {
	found, missing := split(every(l.payloads, func(f *decode.Facts) []record.TmdbMovie { return f.TmdbMovies }),
		func(m *record.TmdbMovie) bool { return m.Found })
	t := l.tmdbMovieTable()
	if err := t.land(ctx, l.landing, newest(found, func(m *record.TmdbMovie) int32 { return m.TmdbID })); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	type movie = stamped[record.TmdbMovie]
	written, err := l.q.MarkTmdbMoviesMissing(ctx, db.MarkTmdbMoviesMissingParams{
		LoadedAt:  l.now,
		TmdbID:    column(missing, func(m *movie) int32 { return m.row.TmdbID }),
		ExpiresAt: column(missing, func(m *movie) time.Time { return m.expires }),
		RawID:     column(missing, func(m *movie) int64 { return m.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_movies", err)
	}
	l.count("staging.tmdb_movies", len(missing), len(written))
	for _, w := range written {
		l.marks.movie(w.TmdbID, w.Changed)
	}
	return nil
}

func (l tmdbLanding) tmdbMovieTable() *table[record.TmdbMovie] {
	return &table[record.TmdbMovie]{
		source: messages.TMDB, kind: messages.KindMovieDetail,
		rows:    func(f *decode.Facts) []record.TmdbMovie { return f.TmdbMovies },
		entity:  func(m *record.TmdbMovie) string { return strconv.Itoa(int(m.TmdbID)) },
		subject: subject(messages.TMDB, messages.KindMovieDetail),
		key:     itself, atOnce: detailsAtOnce, write: l.writeTmdbMovies,
	}
}

func (l tmdbLanding) writeTmdbMovies(ctx context.Context, found []stamped[record.TmdbMovie]) error {
	written, err := l.q.UpsertTmdbMovies(ctx, tmdbMovieParams(found, l.now))
	if err != nil {
		return failed("staging.tmdb_movies", err)
	}
	l.count("staging.tmdb_movies", len(found), len(written))
	for _, w := range written {
		l.marks.movie(w.TmdbID, w.Changed)
	}
	return nil
}

func tmdbMovieParams(movies []stamped[record.TmdbMovie], now time.Time) db.UpsertTmdbMoviesParams {
	type movie = stamped[record.TmdbMovie]
	return db.UpsertTmdbMoviesParams{
		LoadedAt:            now,
		TmdbID:              column(movies, func(m *movie) int32 { return m.row.TmdbID }),
		Title:               column(movies, func(m *movie) string { return m.row.Title }),
		TitleEn:             column(movies, func(m *movie) string { return m.row.TitleEn }),
		TitleOriginal:       column(movies, func(m *movie) string { return m.row.TitleOriginal }),
		OriginalLanguage:    column(movies, func(m *movie) string { return m.row.OriginalLanguage }),
		OverviewKo:          column(movies, func(m *movie) string { return m.row.OverviewKo }),
		OverviewEn:          column(movies, func(m *movie) string { return m.row.OverviewEn }),
		Tagline:             column(movies, func(m *movie) string { return m.row.Tagline }),
		ReleaseDate:         column(movies, func(m *movie) *time.Time { return m.row.ReleaseDate }),
		RuntimeMinutes:      column(movies, func(m *movie) *int32 { return m.row.RuntimeMinutes }),
		ImdbID:              column(movies, func(m *movie) string { return m.row.ImdbID }),
		PosterPath:          column(movies, func(m *movie) string { return m.row.PosterPath }),
		BackdropPath:        column(movies, func(m *movie) string { return m.row.BackdropPath }),
		Status:              column(movies, func(m *movie) string { return m.row.Status }),
		Adult:               column(movies, func(m *movie) *bool { return m.row.Adult }),
		Popularity:          column(movies, func(m *movie) *float64 { return m.row.Popularity }),
		VoteAverage:         column(movies, func(m *movie) *float64 { return m.row.VoteAverage }),
		VoteCount:           column(movies, func(m *movie) *int32 { return m.row.VoteCount }),
		OriginCountries:     jsons(movies, func(m *movie) []string { return m.row.OriginCountries }),
		ProductionCountries: jsons(movies, func(m *movie) []string { return m.row.ProductionCountries }),
		Genres:              jsons(movies, func(m *movie) []record.TmdbGenre { return m.row.Genres }),
		Companies:           jsons(movies, func(m *movie) []record.TmdbCompany { return m.row.Companies }),
		AlternativeTitles:   jsons(movies, func(m *movie) []record.TmdbAlternativeTitle { return m.row.AlternativeTitles }),
		Translations:        jsons(movies, func(m *movie) []record.TmdbTranslation { return m.row.Translations }),
		ReleaseDates:        jsons(movies, func(m *movie) []record.TmdbRelease { return m.row.ReleaseDates }),
		Keywords:            jsons(movies, func(m *movie) []string { return m.row.Keywords }),
		Images:              jsons(movies, func(m *movie) []record.TmdbImage { return m.row.Images }),
		ExternalIds:         jsons(movies, func(m *movie) []record.TmdbExternalID { return m.row.ExternalIDs }),
		CastMembers:         jsons(movies, func(m *movie) []record.TmdbCast { return m.row.Cast }),
		CrewMembers:         jsons(movies, func(m *movie) []record.TmdbCrew { return m.row.Crew }),
		ExpiresAt:           column(movies, func(m *movie) time.Time { return m.expires }),
		FetchedAt:           column(movies, func(m *movie) time.Time { return m.at }),
		RawID:               column(movies, func(m *movie) int64 { return m.rawID }),
	}
}
