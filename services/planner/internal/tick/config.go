package tick

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/why"
)

// Config is what a tick goes by.
type Config struct {
	Now             func() time.Time
	HighWater       int            // outstanding jobs allowed per source
	FirstYear       int            // first year whose films are verified
	LastYear        int            // last one; 0: this year
	BoxOfficeFrom   time.Time      // first day of box office, midnight UTC; zero: 7 days back
	KOBISDailyQuota int            // calls per key and day
	KOBISZone       *time.Location // whose midnight renews them
	// NextHead is when the head of KOBIS's list is read next, after a time.
	NextHead func(time.Time) time.Time
	Topology topology.Config
	// StuckAfter is how long a job must have been seen as stuck before it is moved to
	// DEAD: an acknowledgement takes a moment to remove it.
	StuckAfter time.Duration
	// OnTick is called with what a tick came to, as a step of it; nil for none.
	OnTick func(context.Context, Result) error

	// Say makes a sentence of a reason, for the log.
	Say func(why.Reason) string

	Log    zerolog.Logger
	Tracer trace.Tracer
}

// years are the first and last year whose films are verified.
func (c Config) years(now time.Time) (from, to int) {
	if c.LastYear == 0 {
		return c.FirstYear, now.In(policy.Seoul).Year()
	}
	return c.FirstYear, c.LastYear
}
