// Package limits is what the sources allow, as settings: each with its default, for the
// fetchers that register it with the ledger and for the planner that assumes it until
// one has.
package limits

import (
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
)

// KOBIS is what KOBIS allows.
type KOBIS struct {
	KOBISDailyQuota int        `env:"KOBIS_DAILY_QUOTA" envDefault:"3000" help:"calls per key and day, 1 to 1000000"`
	KOBISRate       quota.Rate `env:"KOBIS_RATE" envDefault:"5/1s" help:"calls of all replicas together, such as 5/1s"`
	KOBISZone       Zone       `env:"KOBIS_QUOTA_ZONE" envDefault:"Asia/Seoul" help:"time zone whose midnight renews the daily quota"`
}

// TMDB is what TMDB allows.
type TMDB struct {
	TMDBRate quota.Rate `env:"TMDB_RATE" envDefault:"40/10s" help:"calls of all replicas together, such as 40/10s"`
}

// mostQuota is more than a key can spend in a day, at ten calls a second.
const mostQuota = 1_000_000

// Validate checks the quota's range.
func (k KOBIS) Validate() []error {
	return service.CheckNumber("KOBIS_DAILY_QUOTA", k.KOBISDailyQuota, 1, mostQuota)
}

// Zone is a time zone by its name in the time zone database.
type Zone struct{ *time.Location }

// UnmarshalText reads a name such as Asia/Seoul.
func (z *Zone) UnmarshalText(text []byte) error {
	zone, err := time.LoadLocation(string(text))
	if err != nil || zone == time.Local {
		return fmt.Errorf("%q is not a time zone such as Asia/Seoul", text)
	}
	z.Location = zone
	return nil
}

// MarshalText writes the name.
func (z Zone) MarshalText() ([]byte, error) { return []byte(z.String()), nil }
