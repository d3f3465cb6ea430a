package merge

import (
	"strings"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
)

// Series makes a title of a series, which TMDB alone knows.
func Series(s *record.TmdbSeries) Title {
	from := sources{}
	t := Title{
		ID: identity.OfNumber(identity.TmdbSeries, s.TmdbID), Kind: KindSeries, TmdbID: &s.TmdbID,

		TitleKo:          pick(from, "title_ko", text(FromTmdb, korean(&s.TmdbWork))),
		TitleEn:          pick(from, "title_en", text(FromTmdb, s.TitleEn)),
		TitleOriginal:    pick(from, "title_original", text(FromTmdb, s.TitleOriginal)),
		OriginalLanguage: pick(from, "original_language", text(FromTmdb, s.OriginalLanguage)),
		ReleaseDate:      pick(from, "release_date", value(FromTmdb, s.FirstAirDate)),
		LastAirDate:      pick(from, "last_air_date", value(FromTmdb, s.LastAirDate)),
		RuntimeMinutes:   pick(from, "runtime_minutes", value(FromTmdb, s.EpisodeRunMinutes)),
		SeasonCount:      pick(from, "season_count", value(FromTmdb, s.SeasonCount)),
		EpisodeCount:     pick(from, "episode_count", value(FromTmdb, s.EpisodeCount)),
		WatchGrade:       pick(from, "watch_grade", text(FromTmdb, rating(s.ContentRatings))),
		Status:           pick(from, "status", text(FromTmdb, s.Status)),
		Overview:         pick(from, "overview", text(FromTmdb, s.OverviewKo), text(FromTmdb, s.OverviewEn)),
		PosterPath:       pick(from, "poster_path", text(FromTmdb, s.PosterPath)),
		BackdropPath:     pick(from, "backdrop_path", text(FromTmdb, s.BackdropPath)),
		ImdbID:           pick(from, "imdb_id", text(FromTmdb, s.ImdbID)),
		Countries:        pick(from, "countries", many(FromTmdb, s.OriginCountries)),
		MissingSince:     s.MissingSince,
	}
	t.Sources = from
	return t
}

// rating is the Korean one; TMDB writes the bare age.
func rating(ratings []record.TmdbRating) string {
	for _, r := range ratings {
		if r.Country == "KR" {
			return strings.TrimSpace(r.Rating)
		}
	}
	return ""
}
