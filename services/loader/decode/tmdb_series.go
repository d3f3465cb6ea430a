package decode

import (
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type tmdbSeriesBody struct {
	tmdbWorkBody
	Name             scalar   `json:"name"`
	OriginalName     scalar   `json:"original_name"`
	FirstAirDate     scalar   `json:"first_air_date"`
	LastAirDate      scalar   `json:"last_air_date"`
	Type             scalar   `json:"type"`
	InProduction     scalar   `json:"in_production"`
	NumberOfSeasons  scalar   `json:"number_of_seasons"`
	NumberOfEpisodes scalar   `json:"number_of_episodes"`
	EpisodeRunTime   []scalar `json:"episode_run_time"`
	LastEpisode      *struct {
		Runtime scalar `json:"runtime"`
	} `json:"last_episode_to_air"`
	Networks  []tmdbNamed     `json:"networks"`
	CreatedBy []tmdbPersonRow `json:"created_by"`
	Seasons   []struct {
		SeasonNumber scalar `json:"season_number"`
		Name         scalar `json:"name"`
		EpisodeCount scalar `json:"episode_count"`
		AirDate      scalar `json:"air_date"`
		PosterPath   scalar `json:"poster_path"`
	} `json:"seasons"`
	// The aggregate covers all seasons and names guests too; credits has the regular
	// cast of the latest season alone.
	AggregateCredits *tmdbCreditsBody `json:"aggregate_credits"`
	Credits          tmdbCreditsBody  `json:"credits"`
	ContentRatings   struct {
		Results []struct {
			ISO    scalar `json:"iso_3166_1"`
			Rating scalar `json:"rating"`
		} `json:"results"`
	} `json:"content_ratings"`
}

func tmdbSeries(r tmdbReader, p messages.Payload, facts *Facts) error {
	var body tmdbSeriesBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	work, err := r.work(p.Key, &body.tmdbWorkBody, body.Name, body.OriginalName)
	if err != nil {
		return err
	}
	r.credits = "credits"
	work.Cast, work.Crew = r.allSeasons(body.AggregateCredits, &body.Credits)
	series := r.series(work, &body)
	facts.TmdbSeries = []record.TmdbSeries{series}
	r.mentions(facts, &work)
	for _, p := range series.CreatedBy {
		facts.person(p, r.doubtful("created_by"))
	}
	return nil
}

// allSeasons are the credits of the aggregate, in which the regular cast is marked,
// and without one all that there is.
func (r tmdbReader) allSeasons(aggregate, lasting *tmdbCreditsBody) ([]record.TmdbCast, []record.TmdbCrew) {
	if aggregate == nil {
		return r.cast(lasting.Cast), r.crew(lasting.Crew)
	}
	regular := r.cast(lasting.Cast)
	r.credits = "aggregate_credits"
	cast, crew := r.cast(aggregate.Cast), r.crew(aggregate.Crew)
	regulars(cast, regular)
	return cast, crew
}

// episodeLength is the first length that is one. TMDB has left the list empty since
// 2023; the last episode tells its own.
func (r tmdbReader) episodeLength(body *tmdbSeriesBody) *int32 {
	for _, length := range body.EpisodeRunTime {
		if minutes := r.positive("episode_run_time", length); minutes != nil {
			return minutes
		}
	}
	if body.LastEpisode == nil {
		return nil
	}
	return r.positive("last_episode_to_air.runtime", body.LastEpisode.Runtime)
}

func (r tmdbReader) series(work record.TmdbWork, body *tmdbSeriesBody) record.TmdbSeries {
	series := record.TmdbSeries{
		TmdbWork:       work,
		FirstAirDate:   r.date("first_air_date", body.FirstAirDate),
		LastAirDate:    r.date("last_air_date", body.LastAirDate),
		Type:           r.text("type", body.Type),
		InProduction:   r.truth("in_production", body.InProduction),
		SeasonCount:    r.int32("number_of_seasons", body.NumberOfSeasons),
		EpisodeCount:   r.int32("number_of_episodes", body.NumberOfEpisodes),
		Networks:       r.tmdbCompanies("networks", body.Networks),
		CreatedBy:      make([]record.TmdbPerson, 0, len(body.CreatedBy)),
		Seasons:        make([]record.TmdbSeason, 0, len(body.Seasons)),
		ContentRatings: make([]record.TmdbRating, 0, len(body.ContentRatings.Results)),
	}
	series.EpisodeRunMinutes = r.episodeLength(body)
	for _, p := range body.CreatedBy {
		if person := r.person("created_by", p); person.Name != "" {
			series.CreatedBy = append(series.CreatedBy, person)
		}
	}
	for _, s := range body.Seasons {
		series.Seasons = append(series.Seasons, record.TmdbSeason{
			Number: r.count("seasons.season_number", s.SeasonNumber), Name: r.text("seasons.name", s.Name),
			EpisodeCount: r.count("seasons.episode_count", s.EpisodeCount), AirDate: r.day("seasons.air_date", s.AirDate),
			Poster: r.code("seasons.poster_path", s.PosterPath),
		})
	}
	for _, c := range body.ContentRatings.Results {
		series.ContentRatings = append(series.ContentRatings, record.TmdbRating{
			Country: r.country("content_ratings.iso_3166_1", c.ISO), Rating: r.text("content_ratings.rating", c.Rating),
		})
	}
	return series
}
