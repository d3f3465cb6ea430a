package quota

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
	"github.com/cledit/pipeline/pkg/quota/internal/kv"
	"github.com/cledit/pipeline/pkg/quota/internal/slots"
	"github.com/cledit/pipeline/pkg/redact"
)

var token = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// Config is how one replica uses one source.
type Config struct {
	// Source names the ledger: all replicas of one source share it. It becomes
	// the first token of its records' names: letters, digits, _ and -.
	Source string
	// Replica names this process for people; it need not be unique.
	Replica string
	// Keys are the API keys or tokens, at least one. They stay in memory.
	Keys []string
	// DailyQuota is the number of calls per key and day; 0 means no daily limit.
	DailyQuota int
	// Rate is the limit of all replicas together.
	Rate Rate
	// Zone is the zone whose midnight renews the budgets; nil is UTC. It must
	// have a name of the time zone database.
	Zone *time.Location
	// DayLength makes days shorter for simulations; 0 means civil days.
	DayLength time.Duration
	// Deadline bounds a request: it is answered, or given up, within this time
	// from Start. 0 means 30 s.
	Deadline time.Duration
	// Clock is nil for the system's.
	Clock Clock
	// Log gets state changes: a key exhausted or disabled, contact lost.
	Log zerolog.Logger
}

// Rate allows at most N requests in any window of length Per. Its text is such as
// 40/10s, from 1/1m to 1000/1s on average.
type Rate = slots.Rate

// Store is what a ledger needs of a key-value bucket: a read, a compare-and-set
// (revision 0 creates) and a watch. A jetstream.KeyValue is one.
type Store = kv.Store

// Fingerprint names a key without telling it: the first 12 hex digits of its
// SHA-256.
func Fingerprint(key string) string { return redact.Fingerprint(key) }

func (c Config) calendar() budget.Calendar {
	return budget.Calendar{Zone: c.Zone, Length: c.DayLength}
}

// withDefaults fills in what was left out and names every problem at once.
func (c Config) withDefaults() (Config, error) {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Clock == nil {
		c.Clock = SystemClock{}
	}
	if c.Deadline == 0 {
		c.Deadline = slots.DefaultDeadline
	}
	if c.Replica == "" {
		c.Replica = "replica"
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("%w: %w", ErrBadConfig, err)
	}
	return c, nil
}

func (c Config) check() error {
	var problems []error
	if !token.MatchString(c.Source) {
		problems = append(problems, fmt.Errorf("source %q must be letters, digits, _ and -", c.Source))
	}
	if c.DailyQuota < 0 || c.DayLength < 0 || c.Deadline < 0 {
		problems = append(problems, errors.New("daily quota, day length and deadline must not be negative"))
	}
	if _, err := time.LoadLocation(c.Zone.String()); err != nil || c.Zone == time.Local {
		problems = append(problems, fmt.Errorf("zone %q is not a name of the time zone database", c.Zone))
	}
	return errors.Join(append(problems, c.Rate.Check(), checkKeys(c.Keys))...)
}

func checkKeys(keys []string) error {
	if len(keys) == 0 {
		return errors.New("at least one key is needed")
	}
	seen := map[string]bool{}
	for i, key := range keys {
		switch {
		case key == "":
			return fmt.Errorf("key %d is empty", i+1)
		case seen[key]:
			return fmt.Errorf("key %d (%s) is given twice", i+1, Fingerprint(key))
		}
		seen[key] = true
	}
	return nil
}
