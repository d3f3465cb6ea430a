package merge

import (
	"strings"

	"github.com/cledit/pipeline/services/loader/identity"
	"github.com/cledit/pipeline/services/loader/record"
)

// Series makes a title of a series, which TMDB alone knows.
func Series(s *record.TmdbSeries) Title { return series(s, picker{sources: make(map[string]string)}) }

// ExplainSeries does what ExplainFilm does.
func ExplainSeries(s *record.TmdbSeries) (Title, []Choice) {
	var trace []Choice
	title := series(s, picker{make(map[string]string), &trace})
	return title, trace
}

func series(s *record.TmdbSeries, from picker) Title {
	t := Title{
		ID: identity.OfNumber(identity.TmdbSeries, s.TmdbID), Kind: KindSeries, TmdbID: &s.TmdbID,

		TitleKo:          pick(from, "title_ko", text(tmdbSeries, korean(&s.TmdbWork))),
		TitleEn:          pick(from, "title_en", text(tmdbSeries, s.TitleEn)),
		TitleOriginal:    pick(from, "title_original", text(tmdbSeries, s.TitleOriginal)),
		OriginalLanguage: pick(from, "original_language", text(tmdbSeries, Language(s.OriginalLanguage))),
		ReleaseDate:      pick(from, "release_date", value(tmdbSeries, s.FirstAirDate)),
		LastAirDate:      pick(from, "last_air_date", value(tmdbSeries, s.LastAirDate)),
		RuntimeMinutes:   pick(from, "runtime_minutes", value(tmdbSeries, s.EpisodeRunMinutes)),
		SeasonCount:      pick(from, "season_count", value(tmdbSeries, s.SeasonCount)),
		EpisodeCount:     pick(from, "episode_count", value(tmdbSeries, s.EpisodeCount)),
		WatchGrade:       pick(from, "watch_grade", text(tmdbSeries, rating(s.ContentRatings))),
		Status:           pick(from, "status", text(tmdbSeries, s.Status)),
		Overview:         pick(from, "overview", text(tmdbSeries.of("ko"), s.OverviewKo), text(tmdbSeries.of("en"), s.OverviewEn)),
		PosterPath: pick(from, "poster_path", text(tmdbSeries, s.PosterPath),
			text(tmdbSeries.of("ko"), image(s.Images, record.Poster, "ko")), text(tmdbSeries.of("en"), image(s.Images, record.Poster, "en")),
			text(tmdbSeries.of("without text"), image(s.Images, record.Poster, ""))),
		BackdropPath: pick(from, "backdrop_path", text(tmdbSeries, s.BackdropPath),
			text(tmdbSeries.of("without text"), image(s.Images, record.Backdrop, "")),
			text(tmdbSeries.of("ko"), image(s.Images, record.Backdrop, "ko")),
			text(tmdbSeries.of("en"), image(s.Images, record.Backdrop, "en"))),
		ImdbID:       pick(from, "imdb_id", text(tmdbSeries, s.ImdbID)),
		Countries:    pick(from, "countries", many(tmdbSeries, s.OriginCountries)),
		MissingSince: s.MissingSince,
	}
	t.TitleEnDisplay = displayTitle(t.TitleEn)
	t.GradeCode, t.StatusCode = grade(seriesGrades, t.WatchGrade), statuses[t.Status]
	if s.Adult != nil && *s.Adult {
		t.Adult, from.sources["adult"] = true, fromTmdb
	}
	t.Sources = from.sources
	return t
}

// rating is the first Korean one that says something; TMDB writes the bare age.
func rating(ratings []record.TmdbRating) string {
	for _, r := range ratings {
		if rating := strings.TrimSpace(r.Rating); r.Country == "KR" && rating != "" {
			return rating
		}
	}
	return ""
}
