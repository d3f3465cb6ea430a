package fetchertmdb

import (
	"context"
	"regexp"
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
	BaseURL string `env:"TMDB_BASE_URL" envDefault:"https://api.themoviedb.org" help:"where the TMDB API is"`
	Token
	limits.TMDB
	Concurrency int `env:"FETCH_CONCURRENCY" envDefault:"16" help:"calls in flight of this replica, 1 to 1000"`
	fetcher.Retries
	// Files lets the token in a file change while the fetcher runs.
	Files service.SecretFiles
	// FilesInterval is how often such a file is read; 0 is 10 s.
	FilesInterval time.Duration `env:"-"`
	// Clock is what days, slots and answers are timed by; nil is the system's.
	Clock quota.Clock `env:"-"`
}

// Token is what TMDB admits calls by.
type Token struct {
	AccessToken string `env:"TMDB_ACCESS_TOKEN,required" secret:"true" help:"TMDB read access token"`
}

// Validate checks that the token can be sent.
func (t Token) Validate() []error {
	return fetcher.OneSecret("TMDB_ACCESS_TOKEN", []string{t.AccessToken})
}

// Validate checks what a single value can't tell.
func (c Config) Validate() []error {
	problems := fetcher.BaseURLWithout("TMDB_BASE_URL", c.BaseURL,
		"a URL without the API's version at its end, as in https://api.themoviedb.org: /3/… is added to it", version.MatchString)
	return append(problems, fetcher.Concurrency(c.Concurrency)...)
}

// version is how bases of TMDB end that other clients use.
var version = regexp.MustCompile(`^v?[0-9]+$`)

// Run answers jobs until ctx ends, then finishes what is in flight, hands back
// the rest and returns nil. It fails only at start.
func Run(ctx context.Context, cfg Config) error {
	return fetcher.Run(ctx, cfg.Config, fetcher.Options{
		Source: messages.TMDB, API: api{}, BaseURL: cfg.BaseURL, Keys: []string{cfg.AccessToken},
		ReadKeys: cfg.Files.List("TMDB_ACCESS_TOKEN"), KeysInterval: cfg.FilesInterval,
		CheckKeys: func(keys []string) []error { return fetcher.OneSecret("TMDB_ACCESS_TOKEN", keys) },
		Rate:      cfg.TMDBRate, Concurrency: cfg.Concurrency, Backoff: cfg.Backoff(), Clock: cfg.Clock,
	})
}
