package policy

import (
	"strconv"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// Person is what is known about somebody of TMDB.
type Person struct {
	TMDBID   int
	Credited bool       // in a title of production
	Named    bool       // has a name in Hangul
	Newest   *time.Time // the latest release of what the person is credited in
	Row      *Expiring
}

// Due lists the call that a person wants: those whom a title credits, the ones without a
// name in Hangul first. Who is credited no longer goes when the answer expires.
func (p Person) Due() []Due {
	if !p.Credited {
		return nil
	}
	d := Due{
		Name:     messages.Name{Source: messages.TMDB, Kind: messages.KindPersonDetail, Key: strconv.Itoa(p.TMDBID)},
		Workload: PersonDetail, Rank: newestFirst(p.Newest),
	}
	if p.Named {
		d.Rank += 2 * lastRank
	}
	if p.Row != nil {
		d = p.Row.due(d)
	}
	return []Due{d}
}
