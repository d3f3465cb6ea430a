package decode

import (
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type tmdbMovieBody struct {
	tmdbWorkBody
	Title         scalar          `json:"title"`
	OriginalTitle scalar          `json:"original_title"`
	Tagline       scalar          `json:"tagline"`
	ReleaseDate   scalar          `json:"release_date"`
	Runtime       scalar          `json:"runtime"`
	Credits       tmdbCreditsBody `json:"credits"`
	ReleaseDates  struct {
		Results []struct {
			ISO          scalar `json:"iso_3166_1"`
			ReleaseDates []struct {
				Certification scalar `json:"certification"`
				ReleaseDate   scalar `json:"release_date"`
				Type          scalar `json:"type"`
			} `json:"release_dates"`
		} `json:"results"`
	} `json:"release_dates"`
}

func tmdbMovie(r tmdbReader, p messages.Payload, facts *Facts) error {
	var body tmdbMovieBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	work, err := r.work(p.Key, &body.tmdbWorkBody, body.Title, body.OriginalTitle)
	if err != nil {
		return err
	}
	r.credits = "credits"
	work.Cast, work.Crew = r.cast(body.Credits.Cast), r.crew(body.Credits.Crew)
	movie := record.TmdbMovie{
		TmdbWork:            work,
		Tagline:             r.text("tagline", body.Tagline),
		ReleaseDate:         r.date("release_date", body.ReleaseDate),
		RuntimeMinutes:      r.positive("runtime", body.Runtime),
		ProductionCountries: r.countries("production_countries.iso_3166_1", body.ProductionCountries),
		ReleaseDates:        r.releases(&body),
	}
	facts.TmdbMovies = []record.TmdbMovie{movie}
	r.mentions(facts, &work)
	return nil
}

func (r tmdbReader) releases(body *tmdbMovieBody) []record.TmdbRelease {
	releases := make([]record.TmdbRelease, 0, len(body.ReleaseDates.Results))
	for _, country := range body.ReleaseDates.Results {
		for _, d := range country.ReleaseDates {
			releases = append(releases, record.TmdbRelease{
				Country:       r.country("release_dates.iso_3166_1", country.ISO),
				Date:          r.day("release_dates.release_date", d.ReleaseDate),
				Type:          r.count("release_dates.type", d.Type),
				Certification: r.text("release_dates.certification", d.Certification),
			})
		}
	}
	return releases
}
