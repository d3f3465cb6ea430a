package decode

import (
	"fmt"
	"math"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/record"
)

type tmdbSeasonBody struct {
	Name             scalar            `json:"name"`
	AirDate          scalar            `json:"air_date"`
	Episodes         []tmdbEpisodeBody `json:"episodes"`
	AggregateCredits *tmdbCreditsBody  `json:"aggregate_credits"`
	Credits          tmdbCreditsBody   `json:"credits"`
}

// tmdbEpisodeBody has the guests and the crew of an episode. The aggregate names most
// of them too.
type tmdbEpisodeBody struct {
	GuestStars []tmdbCastRow `json:"guest_stars"`
	Crew       []tmdbCrewRow `json:"crew"`
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

func tmdbSeason(r tmdbReader, p messages.Payload, facts *Facts) error {
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
	for i := range season.Cast {
		season.Cast[i].Regular = season.Cast[i].Regular || body.AggregateCredits == nil
	}
	r.episodes(&season, body.Episodes)
	facts.TmdbSeasons = []record.TmdbSeasonDetail{season}
	r.mentions(facts, &record.TmdbWork{Cast: season.Cast, Crew: season.Crew})
	return nil
}

// episodes adds whom an episode names and the aggregate does not, which leaves out
// some: of Game of Thrones' first season it lacks Khal Drogo, a guest of nine episodes.
func (r tmdbReader) episodes(season *record.TmdbSeasonDetail, list []tmdbEpisodeBody) {
	r.credits = "episodes"
	cast, crew := newAdded(castKey, season.Cast), newAdded(crewKey, season.Crew)
	for i := range list {
		for _, guest := range r.cast(list[i].GuestStars) {
			if at, more := cast.at(castKey(&guest), i, len(season.Cast)); at == len(season.Cast) {
				guest.Episodes, guest.Regular = 1, false
				season.Cast = append(season.Cast, guest)
			} else if more {
				season.Cast[at].Episodes++
			}
		}
		for _, member := range r.crew(list[i].Crew) {
			if at, more := crew.at(crewKey(&member), i, len(season.Crew)); at == len(season.Crew) {
				member.Episodes = 1
				season.Crew = append(season.Crew, member)
			} else if more {
				season.Crew[at].Episodes++
			}
		}
	}
}

// creditKey is somebody's credit in a season: their number, or their name where they
// have none, and the part or the job.
type creditKey struct {
	person     int32
	name, what string
}

func castKey(c *record.TmdbCast) [2]creditKey {
	return creditKeys(&c.TmdbPerson, c.CreditID, c.Character)
}

func crewKey(c *record.TmdbCrew) [2]creditKey {
	return creditKeys(&c.TmdbPerson, c.CreditID, c.Department+"\x00"+c.Job)
}

// creditKeys are what a credit is known by: its number, which an aggregate may have
// changed, and who did what.
func creditKeys(p *record.TmdbPerson, credit, what string) [2]creditKey {
	who := creditKey{person: p.ID, what: what}
	if p.ID == 0 {
		who.name = p.Name
	}
	if credit == "" {
		return [2]creditKey{who, who}
	}
	return [2]creditKey{{what: "credit " + credit}, who}
}

// added are the credits that episodes add to those of an aggregate.
type added struct {
	place   map[creditKey]int // of a credit that was added, -1 of one that was there
	episode map[int]int       // of the last that names the credit in a place
}

func newAdded[T any](keys func(*T) [2]creditKey, there []T) *added {
	a := &added{place: make(map[creditKey]int, 2*len(there)), episode: make(map[int]int)}
	for i := range there {
		for _, k := range keys(&there[i]) {
			a.place[k] = -1
		}
	}
	return a
}

// at is the place of a credit, the next one for a new one, -1 where the aggregate has
// it; more tells that another episode names it.
func (a *added) at(keys [2]creditKey, episode, next int) (place int, more bool) {
	for _, k := range keys {
		if at, known := a.place[k]; known {
			more = at >= 0 && a.episode[at] != episode
			a.episode[at] = episode
			return at, more
		}
	}
	a.place[keys[0]], a.place[keys[1]], a.episode[next] = next, next, episode
	return next, false
}
