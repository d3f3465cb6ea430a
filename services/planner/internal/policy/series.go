package policy

import (
	"fmt"
	"strconv"

	"github.com/cledit/pipeline/pkg/instant"
	"github.com/cledit/pipeline/pkg/messages"
)

// Series is what is known about a series of TMDB.
type Series struct {
	TMDBID       int
	Discovered   bool
	InProduction bool
	Row          *Expiring
	Seasons      []Season // as its detail lists them
}

// Season is a season of a series, and what is known of its own answer.
type Season struct {
	Number   int // 0 are specials
	Episodes int // that the series lists
	Row      *Expiring
	Known    int // episodes in the season's answer
}

// inProductionAge is when a series that is still made is read again.
const inProductionAge = 14 * day

// Due lists the calls that a series wants: itself, then its seasons.
func (s Series) Due() []Due {
	d := Due{
		Name:     messages.Name{Source: messages.TMDB, Kind: messages.KindSeriesDetail, Key: strconv.Itoa(s.TMDBID)},
		Workload: SeriesDetail, Rank: -int64(s.TMDBID), // ids grow with time
	}
	switch {
	case s.Row == nil && !s.Discovered:
		return nil
	case s.Row == nil:
		return []Due{d}
	}
	d = s.Row.due(d)
	if s.InProduction && !s.Row.Missing && !d.At.IsZero() {
		d.At = instant.Earlier(d.At, s.Row.FetchedAt.Add(inProductionAge))
	}
	return append([]Due{d}, s.seasonsDue()...)
}

// wantedSeasons are those whose credits are asked for. A series of one season tells
// them itself; specials, and seasons without episodes, are left out.
func (s Series) wantedSeasons() []Season {
	if s.Row == nil || s.Row.Missing {
		return nil
	}
	var seasons []Season
	for _, season := range s.Seasons {
		if season.Number > 0 && season.Episodes > 0 {
			seasons = append(seasons, season)
		}
	}
	if len(seasons) < 2 {
		return nil
	}
	return seasons
}

// seasonsDue are the calls for seasons. TMDB tells that a series has changed, and not
// which season: its latest may have, and those whose episodes are not as many as before.
func (s Series) seasonsDue() (due []Due) {
	seasons := s.wantedSeasons()
	last := 0
	for _, season := range seasons {
		last = max(last, season.Number)
	}
	for _, season := range seasons {
		d := Due{
			Name:     messages.Name{Source: messages.TMDB, Kind: messages.KindSeasonDetail, Key: fmt.Sprintf("%d.%d", s.TMDBID, season.Number)},
			Workload: SeasonDetail, Rank: -int64(s.TMDBID),
		}
		if season.Row != nil {
			d = s.again(d, season, season.Number == last)
		}
		due = append(due, d)
	}
	return due
}

// again is when a season that was answered is asked for again.
func (s Series) again(d Due, season Season, last bool) Due {
	row := *season.Row
	if !last || s.Row.EditedAt.After(s.Row.FetchedAt) { // the series is read first
		row.EditedAt, row.UnseenBefore = row.FetchedAt, row.FetchedAt
	}
	if season.Known != season.Episodes && s.Row.FetchedAt.After(row.FetchedAt) {
		row.EditedAt = s.Row.FetchedAt
	}
	d = row.due(d)
	if last && s.InProduction && !row.Missing && !d.At.IsZero() {
		d.At = instant.Earlier(d.At, row.FetchedAt.Add(inProductionAge))
	}
	return d
}
