package decode

import (
	"fmt"
	"math"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

// tmdbSeasonBody leaves out the guests and the crew of each episode, whom the
// aggregate names too.
type tmdbSeasonBody struct {
	Name     scalar `json:"name"`
	AirDate  scalar `json:"air_date"`
	Episodes []struct {
		EpisodeNumber scalar `json:"episode_number"`
	} `json:"episodes"`
	AggregateCredits *tmdbCreditsBody `json:"aggregate_credits"`
	Credits          tmdbCreditsBody  `json:"credits"`
}

// seasonOf is the season that a name is of.
func seasonOf(name messages.Name) (record.TmdbSeasonDetail, error) {
	series, season := name.Scope()
	id, ok := contract.TmdbID(series)
	number, err := contract.Int(season)
	if !ok || err != nil || number < 0 || number > math.MaxInt32 {
		return record.TmdbSeasonDetail{}, fmt.Errorf("%w: %q is not a season of TMDB", ErrUnreadable, name.Key)
	}
	return record.TmdbSeasonDetail{TmdbID: id, Number: int32(number)}, nil
}

func tmdbSeason(r *reader, p messages.Payload, facts *Facts) error {
	var body tmdbSeasonBody
	if err := r.unmarshal(p.Body, &body); err != nil {
		return err
	}
	season, err := seasonOf(p.Name)
	if err != nil {
		return err
	}
	r.is(p.Key)
	r.credits = "credits"
	season.Found = true
	season.Name, season.AirDate = r.text("name", body.Name), r.date("air_date", body.AirDate)
	season.EpisodeCount = new(int32(len(body.Episodes)))
	season.Cast, season.Crew = r.allSeasons(body.AggregateCredits, &body.Credits)
	facts.TmdbSeasons = []record.TmdbSeasonDetail{season}
	r.mentions(facts, &record.TmdbWork{Cast: season.Cast, Crew: season.Crew})
	return nil
}
