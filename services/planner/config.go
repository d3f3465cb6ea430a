package planner

import (
	"errors"
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/limits"
	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/policy"
	"github.com/cledit/pipeline/services/planner/internal/tick"
)

// Config is what the planner runs with.
type Config struct {
	service.Config
	Database
	StreamConfig
	Planning

	// Now is the clock that everything is judged by; time.Now when nil. Pauses
	// between ticks are real time.
	Now func() time.Time `env:"-"`
	// OnStatus is called after every tick with what it saw; nil for none. It must
	// not block.
	OnStatus func(Status) `env:"-"`
}

// Database says where the tables are.
type Database struct {
	URL string `env:"DATABASE_URL,required" secret:"url" help:"Postgres with the pipeline's schema"`
}

// StreamConfig says how the streams are to be.
type StreamConfig struct {
	Replicas    int  `env:"STREAM_REPLICAS" envDefault:"1" help:"copies of each stream: 1 on one server, 3 or 5 in a cluster"`
	RawMaxBytes Size `env:"RAW_MAX_BYTES" envDefault:"8GiB" help:"what RAW may hold; the oldest payloads go first"`
	// How long NATS waits for a sign of life before it gives the work to another.
	JobAckWait time.Duration `env:"JOB_ACK_WAIT" envDefault:"2m" help:"when a job whose fetcher is silent goes to another; leave it alone, it is for tests"`
	RawAckWait time.Duration `env:"RAW_ACK_WAIT" envDefault:"1m" help:"when an answer whose loader is silent goes to another; leave it alone, it is for tests"`
}

// Planning says what is worth knowing, and how much may be asked for.
type Planning struct {
	limits.KOBIS
	limits.TMDB
	Interval         time.Duration `env:"PLANNER_INTERVAL" envDefault:"2s" help:"time between two ticks"`
	HighWater        int           `env:"PLANNER_HIGH_WATER" envDefault:"500" help:"outstanding jobs allowed per source, 1 to 100000"`
	BackfillFromYear int           `env:"BACKFILL_FROM_YEAR" envDefault:"1919" help:"first year whose films are verified, 1880 to this year"`
	BackfillToYear   int           `env:"BACKFILL_TO_YEAR" envDefault:"0" help:"last year whose films are verified, up to 2100; 0 for this year"`
	BoxOfficeFrom    Date          `env:"BOX_OFFICE_FROM" help:"first day of box office, YYYY-MM-DD; 7 days back by default"`
	HeadSchedule     Schedule      `env:"CATALOGUE_SCHEDULE" envDefault:"15 4 * * *" help:"when the head of the KOBIS list is read, as a cron expression in Asia/Seoul"`
}

// Validate checks that the driver can read the URL, and the files that it names.
func (d Database) Validate() []error {
	if expected := schema.URLProblem(d.URL); expected != "" {
		return []error{&service.Problem{Variable: "DATABASE_URL", Expected: expected}}
	}
	return nil
}

// Validate checks what a single value cannot tell.
func (s StreamConfig) Validate() (problems []error) {
	if s.Replicas != 1 && s.Replicas != 3 && s.Replicas != 5 {
		problems = append(problems, &service.Problem{Variable: "STREAM_REPLICAS", Expected: "1, 3 or 5"})
	}
	for variable, wait := range map[string]time.Duration{"JOB_ACK_WAIT": s.JobAckWait, "RAW_ACK_WAIT": s.RawAckWait} {
		if wait < time.Second || wait >= topology.DuplicateWindow {
			problems = append(problems, &service.Problem{Variable: variable, Expected: fmt.Sprintf("from 1s to below %s", topology.DuplicateWindow)})
		}
	}
	if s.RawMaxBytes < leastRaw {
		problems = append(problems, &service.Problem{Variable: "RAW_MAX_BYTES", Expected: "1MiB or more: room for an answer"})
	}
	return problems
}

// leastRaw is the least that RAW may hold: the largest message.
const leastRaw = 1 << 20

// firstBoxOffice is before the first day that KOBIS has, 2003-11-11.
var firstBoxOffice = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

const (
	// mostHighWater is far more than fetchers take in a day; each job is a row and a message.
	mostHighWater = 100_000
	// Each year is a window whose films are listed: there are none before the first
	// films, and none that are announced for the next century.
	firstYear, lastYear = 1880, 2100
)

// Validate checks ranges.
func (p Planning) Validate() []error {
	var problems []error
	check := func(ok bool, variable, expected string) {
		if !ok {
			problems = append(problems, &service.Problem{Variable: variable, Expected: expected})
		}
	}
	check(p.Interval > 0, "PLANNER_INTERVAL", "a positive duration such as 2s")
	problems = append(problems, service.CheckNumber("PLANNER_HIGH_WATER", p.HighWater, 1, mostHighWater)...)
	// A first year to come would leave out all that there is.
	thisYear := policy.Date(time.Now(), policy.Seoul).Year()
	problems = append(problems, service.CheckNumber("BACKFILL_FROM_YEAR", p.BackfillFromYear, firstYear, thisYear)...)
	check(p.BackfillToYear == 0 || p.BackfillToYear >= p.BackfillFromYear && p.BackfillToYear <= lastYear,
		"BACKFILL_TO_YEAR", fmt.Sprintf("a year from BACKFILL_FROM_YEAR to %d, or 0 for this year", lastYear))
	check(p.BoxOfficeFrom.IsZero() || !p.BoxOfficeFrom.Before(firstBoxOffice),
		"BOX_OFFICE_FROM", "a day from 2000-01-01 on: KOBIS has none before 2003-11-11, and each day is a call")
	return problems
}

func (s StreamConfig) topology() topology.Config {
	return topology.Config{Replicas: s.Replicas, RawMaxBytes: int64(s.RawMaxBytes), JobAckWait: s.JobAckWait, RawAckWait: s.RawAckWait}
}

// stuckAfter is how long a job must have been seen as stuck: an acknowledgement
// takes a moment to remove it.
const stuckAfter = 10 * time.Second

// tick is what a tick goes by.
func (c Config) tick() tick.Config {
	now := c.Now
	if now == nil {
		now = time.Now
	}
	return tick.Config{
		Now: now, HighWater: c.HighWater, FirstYear: c.BackfillFromYear, LastYear: c.BackfillToYear, BoxOfficeFrom: c.BoxOfficeFrom.Time,
		KOBISDailyQuota: c.KOBISDailyQuota, KOBISZone: c.KOBISZone.Location, NextHead: c.HeadSchedule.Next, Topology: c.topology(),
		StuckAfter: stuckAfter,
	}
}

// errNoTick is the state of a planner that has just started.
var errNoTick = errors.New("no tick has ended yet")
