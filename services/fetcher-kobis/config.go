package fetcherkobis

import (
	"context"
	"path"
	"time"

	"github.com/cledit/pipeline/pkg/fetcher"
	"github.com/cledit/pipeline/pkg/limits"
	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
)

// Config is what the fetcher runs with.
type Config struct {
	service.Config
	BaseURL string `env:"KOBIS_BASE_URL" envDefault:"https://www.kobis.or.kr/kobisopenapi/webservice/rest" help:"where the KOBIS Open API is"`
	Keys
	limits.KOBIS
	Concurrency int `env:"FETCH_CONCURRENCY" envDefault:"4" help:"calls in flight of this replica, 1 to 1000"`
	fetcher.Retries
	// Files lets keys in a file change while the fetcher runs.
	Files service.SecretFiles
	// FilesInterval is how often such a file is read; 0 is 10 s.
	FilesInterval time.Duration `env:"-"`

	// DayLength makes the quota's days shorter, for simulations; 0 is a civil day.
	DayLength time.Duration `env:"-"`
	// PageSize is how many films are asked for per page of a list; 0 is 100,
	// which is what KOBIS gives at most today.
	PageSize int `env:"-"`
	// Clock is what days, slots and answers are timed by; nil is the system's.
	Clock quota.Clock `env:"-"`
}

// Keys are what KOBIS admits calls by.
type Keys struct {
	APIKeys []string `env:"KOBIS_API_KEYS,required" secret:"true" help:"KOBIS API keys, comma-separated"`
}

// Validate checks that the keys can be sent.
func (k Keys) Validate() []error { return fetcher.Secrets("KOBIS_API_KEYS", k.APIKeys) }

// Validate checks what a single value can't tell.
func (c Config) Validate() []error {
	problems := fetcher.BaseURLWithout("KOBIS_BASE_URL", c.BaseURL,
		"a URL that ends before the resource, as in …/webservice/rest: /movie/… and /boxoffice/… are added to it", isResource)
	return append(problems, fetcher.Concurrency(c.Concurrency)...)
}

// isResource tells a base that goes on into a resource.
func isResource(segment string) bool {
	return segment == "movie" || segment == "boxoffice" || segment == "people" || segment == "company" ||
		path.Ext(segment) == ".json" || path.Ext(segment) == ".xml"
}

// Run answers jobs until ctx ends, then finishes what is in flight, hands back
// the rest and returns nil. It fails only at start.
func Run(ctx context.Context, cfg Config) error {
	return fetcher.Run(ctx, cfg.Config, fetcher.Options{
		Source: messages.KOBIS, API: api{pageSize: cfg.PageSize}, BaseURL: cfg.BaseURL, Keys: cfg.APIKeys,
		ReadKeys: cfg.Files.List("KOBIS_API_KEYS"), KeysInterval: cfg.FilesInterval,
		CheckKeys:  func(keys []string) []error { return Keys{APIKeys: keys}.Validate() },
		DailyQuota: cfg.KOBISDailyQuota, Zone: cfg.KOBISZone.Location, DayLength: cfg.DayLength, Rate: cfg.KOBISRate,
		Concurrency: cfg.Concurrency, Backoff: cfg.Backoff(), Clock: cfg.Clock,
	})
}
