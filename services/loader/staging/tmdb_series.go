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

func (l tmdbLanding) tmdbSeries(ctx context.Context) error {
	found, missing := split(every(l.payloads, func(f *decode.Facts) []record.TmdbSeries { return f.TmdbSeries }),
		func(s *record.TmdbSeries) bool { return s.Found })
	t := l.tmdbSeriesTable()
	if err := t.land(ctx, l.landing, newest(found, func(s *record.TmdbSeries) int32 { return s.TmdbID })); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	type series = stamped[record.TmdbSeries]
	written, err := l.q.MarkTmdbSeriesMissing(ctx, db.MarkTmdbSeriesMissingParams{
		LoadedAt:  l.now,
		TmdbID:    column(missing, func(s *series) int32 { return s.row.TmdbID }),
		ExpiresAt: column(missing, func(s *series) time.Time { return s.expires }),
		RawID:     column(missing, func(s *series) int64 { return s.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_series", err)
	}
	l.count("staging.tmdb_series", len(missing), len(written))
	for _, w := range written {
		if w.Changed {
			l.marks.serie(w.TmdbID, true)
		}
	}
	return nil
}

func (l tmdbLanding) tmdbSeriesTable() *table[record.TmdbSeries] {
	return &table[record.TmdbSeries]{
		source: messages.TMDB, kind: messages.KindSeriesDetail,
		rows:    func(f *decode.Facts) []record.TmdbSeries { return f.TmdbSeries },
		entity:  func(s *record.TmdbSeries) string { return strconv.Itoa(int(s.TmdbID)) },
		subject: subject(messages.TMDB, messages.KindSeriesDetail),
		key:     itself, atOnce: detailsAtOnce, write: l.writeTmdbSeries,
	}
}

func (l tmdbLanding) writeTmdbSeries(ctx context.Context, found []stamped[record.TmdbSeries]) error {
	written, err := l.q.UpsertTmdbSeries(ctx, tmdbSeriesParams(found, l.now))
	if err != nil {
		return failed("staging.tmdb_series", err)
	}
	l.count("staging.tmdb_series", len(found), len(written))
	for _, s := range found {
		l.marks.serie(s.row.TmdbID, false)
	}
	for _, w := range written {
		l.marks.serie(w.TmdbID, w.Changed)
	}
	return nil
}

func tmdbSeriesParams(list []stamped[record.TmdbSeries], now time.Time) db.UpsertTmdbSeriesParams {
	type series = stamped[record.TmdbSeries]
	return db.UpsertTmdbSeriesParams{
		LoadedAt:          now,
		TmdbID:            column(list, func(s *series) int32 { return s.row.TmdbID }),
		Name:              column(list, func(s *series) string { return s.row.Title }),
		NameEn:            column(list, func(s *series) string { return s.row.TitleEn }),
		NameOriginal:      column(list, func(s *series) string { return s.row.TitleOriginal }),
		OriginalLanguage:  column(list, func(s *series) string { return s.row.OriginalLanguage }),
		OverviewKo:        column(list, func(s *series) string { return s.row.OverviewKo }),
		OverviewEn:        column(list, func(s *series) string { return s.row.OverviewEn }),
		FirstAirDate:      column(list, func(s *series) *time.Time { return s.row.FirstAirDate }),
		LastAirDate:       column(list, func(s *series) *time.Time { return s.row.LastAirDate }),
		Status:            column(list, func(s *series) string { return s.row.Status }),
		Type:              column(list, func(s *series) string { return s.row.Type }),
		InProduction:      column(list, func(s *series) *bool { return s.row.InProduction }),
		SeasonCount:       column(list, func(s *series) *int32 { return s.row.SeasonCount }),
		EpisodeCount:      column(list, func(s *series) *int32 { return s.row.EpisodeCount }),
		EpisodeRunMinutes: column(list, func(s *series) *int32 { return s.row.EpisodeRunMinutes }),
		ImdbID:            column(list, func(s *series) string { return s.row.ImdbID }),
		PosterPath:        column(list, func(s *series) string { return s.row.PosterPath }),
		BackdropPath:      column(list, func(s *series) string { return s.row.BackdropPath }),
		Adult:             column(list, func(s *series) *bool { return s.row.Adult }),
		Popularity:        column(list, func(s *series) *float64 { return s.row.Popularity }),
		VoteAverage:       column(list, func(s *series) *float64 { return s.row.VoteAverage }),
		VoteCount:         column(list, func(s *series) *int32 { return s.row.VoteCount }),
		OriginCountries:   jsons(list, func(s *series) []string { return s.row.OriginCountries }),
		Genres:            jsons(list, func(s *series) []record.TmdbGenre { return s.row.Genres }),
		Companies:         jsons(list, func(s *series) []record.TmdbCompany { return s.row.Companies }),
		Networks:          jsons(list, func(s *series) []record.TmdbCompany { return s.row.Networks }),
		CreatedBy:         jsons(list, func(s *series) []record.TmdbPerson { return s.row.CreatedBy }),
		Seasons:           jsons(list, func(s *series) []record.TmdbSeason { return s.row.Seasons }),
		AlternativeTitles: jsons(list, func(s *series) []record.TmdbAlternativeTitle { return s.row.AlternativeTitles }),
		Translations:      jsons(list, func(s *series) []record.TmdbTranslation { return s.row.Translations }),
		ContentRatings:    jsons(list, func(s *series) []record.TmdbRating { return s.row.ContentRatings }),
		Keywords:          jsons(list, func(s *series) []string { return s.row.Keywords }),
		Images:            jsons(list, func(s *series) []record.TmdbImage { return s.row.Images }),
		ExternalIds:       jsons(list, func(s *series) []record.TmdbExternalID { return s.row.ExternalIDs }),
		CastMembers:       jsons(list, func(s *series) []record.TmdbCast { return s.row.Cast }),
		CrewMembers:       jsons(list, func(s *series) []record.TmdbCrew { return s.row.Crew }),
		ExpiresAt:         column(list, func(s *series) time.Time { return s.expires }),
		FetchedAt:         column(list, func(s *series) time.Time { return s.at }),
		RawID:             column(list, func(s *series) int64 { return s.rawID }),
	}
}
