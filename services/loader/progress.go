package loader

import (
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// progressEach is how often a backlog is told of, and for how long it must have
// stood to be told at all.
const progressEach = 10 * time.Second

// progress tells how far the workers have come with what is in RAW: after a
// replay, an outage or a first load that is what somebody waits for.
type progress struct {
	log     zerolog.Logger
	metrics *metrics
	now     func() time.Time

	mu     sync.Mutex
	since  time.Time // the beginning of the period; zero without a backlog
	loaded int       // messages in the period
	told   bool
}

// pulled tells of a pull: how many messages it brought and how many are left.
func (p *progress) pulled(messages int, left uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.metrics.backlog.Set(float64(left))
	if left == 0 {
		if p.told {
			p.log.Info().Msg("the backlog is loaded")
		}
		p.since, p.loaded, p.told = time.Time{}, 0, false
		p.metrics.eta.Set(0)
		return
	}
	now := p.now()
	if p.since.IsZero() {
		p.since = now
	}
	p.loaded += messages
	elapsed := now.Sub(p.since)
	if elapsed < progressEach || p.loaded == 0 {
		return
	}
	rate := float64(p.loaded) / elapsed.Seconds()
	rest := time.Duration(float64(left) / rate * float64(time.Second)).Round(time.Second)
	p.metrics.eta.Set(rest.Seconds())
	p.log.Info().Uint64("left", left).Float64("per_second", float64(int(rate*10))/10).Stringer("takes", rest).Msg("loading a backlog")
	p.since, p.loaded, p.told = now, 0, true
}
