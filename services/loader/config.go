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
	Consumers int `env:"LOADER_CONSUMERS" envDefault:"5" help:"workers, each with one database connection, 1 to 100"`
	Chunk     int `env:"LOADER_CHUNK" envDefault:"500" help:"maximum rows (or titles) per transaction, 1 to 10000; a payload is never split"`

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
	return append(service.CheckNumber("LOADER_CONSUMERS", c.Consumers, 1, mostConsumers),
		service.CheckNumber("LOADER_CHUNK", c.Chunk, 1, largestChunk)...)
}

// clock is time.Now in place of nil.
func clock(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}
