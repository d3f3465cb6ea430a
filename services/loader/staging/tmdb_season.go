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

type season = stamped[record.TmdbSeasonDetail]

// tmdbSeasons writes seasons; what changes is their series.
func (l tmdbLanding) tmdbSeasons(ctx context.Context) error {
	found, missing := split(every(l.payloads, func(f *decode.Facts) []record.TmdbSeasonDetail { return f.TmdbSeasons }),
		func(s *record.TmdbSeasonDetail) bool { return s.Found })
	inOrder := func(s *record.TmdbSeasonDetail) string { return fmt.Sprintf("%010d.%010d", s.TmdbID, s.Number) }
	if err := l.tmdbSeasonTable().land(ctx, l.landing, newest(found, inOrder)); err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	written, err := l.q.MarkTmdbSeasonsMissing(ctx, db.MarkTmdbSeasonsMissingParams{
		LoadedAt:     l.now,
		TmdbID:       column(missing, func(s *season) int32 { return s.row.TmdbID }),
		SeasonNumber: column(missing, func(s *season) int32 { return s.row.Number }),
		ExpiresAt:    column(missing, func(s *season) time.Time { return s.expires }),
		RawID:        column(missing, func(s *season) int64 { return s.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_seasons", err)
	}
	l.count("staging.tmdb_seasons", len(missing), len(written))
	for _, w := range written {
		if w.Changed {
			l.marks.serie(w.TmdbID, true)
		}
	}
	return nil
}

func (l tmdbLanding) tmdbSeasonTable() *table[record.TmdbSeasonDetail] {
	return &table[record.TmdbSeasonDetail]{
		source: messages.TMDB, kind: messages.KindSeasonDetail,
		rows:    func(f *decode.Facts) []record.TmdbSeasonDetail { return f.TmdbSeasons },
		entity:  func(s *record.TmdbSeasonDetail) string { return fmt.Sprintf("%d.%d", s.TmdbID, s.Number) },
		subject: subject(messages.TMDB, messages.KindSeasonDetail),
		key:     itself, atOnce: detailsAtOnce, write: l.writeTmdbSeasons,
	}
}

func (l tmdbLanding) writeTmdbSeasons(ctx context.Context, found []season) error {
	written, err := l.q.UpsertTmdbSeasons(ctx, db.UpsertTmdbSeasonsParams{
		LoadedAt:     l.now,
		TmdbID:       column(found, func(s *season) int32 { return s.row.TmdbID }),
		SeasonNumber: column(found, func(s *season) int32 { return s.row.Number }),
		Name:         column(found, func(s *season) string { return s.row.Name }),
		AirDate:      column(found, func(s *season) *time.Time { return s.row.AirDate }),
		EpisodeCount: column(found, func(s *season) *int32 { return s.row.EpisodeCount }),
		CastMembers:  jsons(found, func(s *season) []record.TmdbCast { return s.row.Cast }),
		CrewMembers:  jsons(found, func(s *season) []record.TmdbCrew { return s.row.Crew }),
		ExpiresAt:    column(found, func(s *season) time.Time { return s.expires }),
		FetchedAt:    column(found, func(s *season) time.Time { return s.at }),
		RawID:        column(found, func(s *season) int64 { return s.rawID }),
	})
	if err != nil {
		return failed("staging.tmdb_seasons", err)
	}
	l.count("staging.tmdb_seasons", len(found), len(written))
	for _, s := range found {
		l.marks.serie(s.row.TmdbID, false)
	}
	for _, w := range written {
		l.marks.serie(w.TmdbID, w.Changed)
	}
	return nil
}
