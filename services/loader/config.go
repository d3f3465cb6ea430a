package loader

import (
	"time"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/services/loader/database"
)

// Config is what the loader runs with.
type Config struct {
	service.Config
	Database
	Consumers int `env:"LOADER_CONSUMERS" envDefault:"5" help:"workers, each with one database connection"`
	Chunk     int `env:"LOADER_CHUNK" envDefault:"500" help:"rows, or titles, of one transaction; one payload at least"`

	// Now is the clock of updated_at and marked_at; time.Now when nil.
	Now func() time.Time `env:"-"`

	// answer and limit are those of sessions, and aside is that of workers, where they
	// are not 0, for tests.
	answer, limit, aside time.Duration
}

// Database says where the tables are.
type Database = database.Config

const (
	mostConsumers = 100
	largestChunk  = 10_000
)

// Validate checks ranges.
func (c Config) Validate() []error {
	var problems []error
	if c.Consumers < 1 || c.Consumers > mostConsumers {
		problems = append(problems, &service.Problem{Variable: "LOADER_CONSUMERS", Expected: "a number from 1 to 100"})
	}
	if c.Chunk < 1 || c.Chunk > largestChunk {
		problems = append(problems, &service.Problem{Variable: "LOADER_CHUNK", Expected: "a number from 1 to 10000"})
	}
	return problems
}

// clock is time.Now in place of nil.
func clock(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
