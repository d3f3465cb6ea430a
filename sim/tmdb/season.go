package tmdb

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/cledit/pipeline/sim/traffic"
)

// seasonItem is a season as its series lists it.
type seasonItem struct {
	AirDate      *string `json:"air_date"`
	EpisodeCount int     `json:"episode_count"`
	ID           int     `json:"id"`
	Name         string  `json:"name"`
	Overview     string  `json:"overview"`
	PosterPath   *string `json:"poster_path"`
	SeasonNumber int     `json:"season_number"`
	VoteAverage  float64 `json:"vote_average"`
}

type seasonDetail struct {
	UnderscoreID string    `json:"_id"`
	AirDate      *string   `json:"air_date"`
	Episodes     []episode `json:"episodes"`
	Name         string    `json:"name"`
	Overview     string    `json:"overview"`
	ID           int       `json:"id"`
	PosterPath   *string   `json:"poster_path"`
	SeasonNumber int       `json:"season_number"`
	VoteAverage  float64   `json:"vote_average"`
}

// episode names nobody: who is a guest of which episode is not known here.
type episode struct {
	AirDate        *string      `json:"air_date"`
	EpisodeNumber  int          `json:"episode_number"`
	EpisodeType    string       `json:"episode_type"`
	ID             int          `json:"id"`
	Name           string       `json:"name"`
	Overview       string       `json:"overview"`
	ProductionCode string       `json:"production_code"`
	Runtime        *int         `json:"runtime"`
	SeasonNumber   int          `json:"season_number"`
	ShowID         int          `json:"show_id"`
	StillPath      *string      `json:"still_path"`
	VoteAverage    float64      `json:"vote_average"`
	VoteCount      int          `json:"vote_count"`
	Crew           []crewMember `json:"crew"`
	GuestStars     []castMember `json:"guest_stars"`
}

// mostSeasons is above what any series has; ids of seasons and of their episodes are
// made of the numbers.
const mostSeasons = 1_000

// seasons lists those that are known, oldest first.
func (s *Series) seasons() []seasonItem {
	if s.Recorded != nil {
		return s.recordedSeasons()
	}
	items := make([]seasonItem, 0, s.Seasons)
	for n := 1; n <= s.Seasons; n++ {
		items = append(items, seasonItem{EpisodeCount: s.episodesOf(n), ID: s.ID*mostSeasons + n, Name: "시즌 " + strconv.Itoa(n), SeasonNumber: n})
	}
	if len(items) > 0 {
		items[0].AirDate = nullable(s.FirstAired)
	}
	return items
}

func (s *Series) recordedSeasons() (items []seasonItem) {
	for _, m := range s.Recorded.Detail {
		if m.Name == "seasons" && json.Unmarshal(m.Value, &items) != nil {
			return nil // it was checked when it was read
		}
	}
	return items
}

// episodesOf spreads the episodes over the seasons, the first ones have more.
func (s *Series) episodesOf(n int) int {
	count := s.Episodes / s.Seasons
	if n <= s.Episodes%s.Seasons {
		count++
	}
	return count
}

// regulars is how many of a cast, which is listed by billing, belong to it for good;
// the others are guests of one season.
func regulars(cast []Role) int { return (len(cast) + 1) / 2 }

// plays says whether the i-th of the cast is in the n-th season.
func (s *Series) plays(i, n int) bool {
	return i < regulars(s.Cast) || s.Seasons > 0 && i%s.Seasons == n-1
}

// episodesWith counts those of somebody in the cast; 0 where nothing is known.
func (s *Series) episodesWith(i int) (count int) {
	for n := 1; n <= s.Seasons; n++ {
		if s.plays(i, n) {
			count += s.episodesOf(n)
		}
	}
	return count
}

// season answers /3/tv/{id}/season/{n}.
func (s *Server) season(id int, number string, q query) traffic.Answer {
	t, found := s.catalogue.Serial(id)
	n, err := strconv.Atoi(number)
	if !found || err != nil {
		return notFound()
	}
	items := t.seasons()
	at := slices.IndexFunc(items, func(i seasonItem) bool { return i.SeasonNumber == n })
	if at < 0 {
		return notFound()
	}
	if t.Recorded != nil {
		if members := t.Recorded.Seasons[n]; members != nil {
			return recordedSeason(members, q)
		}
	}
	return compose(
		items[at].ID, "", q, membersOf(encode(t.season(&items[at]))),
		func(block string) json.RawMessage { return t.seasonBlock(n, block) },
	)
}

func (s *Series) season(item *seasonItem) seasonDetail {
	detail := seasonDetail{
		AirDate: item.AirDate, Episodes: []episode{}, Name: item.Name, ID: item.ID, PosterPath: item.PosterPath,
		SeasonNumber: item.SeasonNumber,
	}
	for e := 1; e <= item.EpisodeCount; e++ {
		detail.Episodes = append(detail.Episodes, episode{
			EpisodeNumber: e, EpisodeType: "standard", ID: item.ID*mostSeasons + e, Name: strconv.Itoa(e) + "화",
			SeasonNumber: item.SeasonNumber, ShowID: s.ID, Crew: []crewMember{}, GuestStars: []castMember{},
		})
	}
	return detail
}

// seasonBlock gives an appended block of the n-th season, nil for an unknown one.
func (s *Series) seasonBlock(n int, name string) json.RawMessage {
	switch name {
	case "aggregate_credits":
		return encode(s.aggregateOf(func(i int) (bool, int) { return s.plays(i, n), s.episodesIn(n) }, s.episodesIn(n)))
	case "credits":
		return encode(credits{castOf(s.Cast[:regulars(s.Cast)]), []crewMember{}})
	}
	return nil
}

func (s *Series) episodesIn(n int) int {
	if s.Seasons == 0 {
		return 0 // of a recorded series
	}
	return s.episodesOf(n)
}

// recordedSeason answers with a recorded body, of the blocks those that are asked for.
func recordedSeason(members []Member, q query) traffic.Answer {
	asked := strings.Split(q.Get("append_to_response"), ",")
	blocks := []string{"aggregate_credits", "credits", "external_ids"}
	return raw(Object(slices.DeleteFunc(slices.Clone(members), func(m Member) bool {
		return slices.Contains(blocks, m.Name) && !slices.Contains(asked, m.Name)
	})))
}

// SeasonsOf is the number of seasons that the series of a country have which have
// several, specials aside.
func (c *Catalogue) SeasonsOf(country string) (count int) {
	for _, s := range c.discover(discover{Origin: country, Adult: true}) {
		seasons := slices.DeleteFunc(s.seasons(), func(i seasonItem) bool { return i.SeasonNumber == 0 || i.EpisodeCount == 0 })
		if len(seasons) > 1 {
			count += len(seasons)
		}
	}
	return count
}
