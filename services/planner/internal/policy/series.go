package policy

import (
	"strconv"

	"github.com/cledit/pipeline/pkg/messages"
)

// Series is what is known about a series of TMDB.
type Series struct {
	TMDBID       int
	Discovered   bool
	InProduction bool
	Row          *Expiring
}

// inProductionAge is when a series that is still made is read again.
const inProductionAge = 14 * day

// Due lists the calls that a series wants.
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
		d.At = earlier(d.At, s.Row.FetchedAt.Add(inProductionAge))
	}
	return []Due{d}
}
