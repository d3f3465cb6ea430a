package stack

import (
	"errors"
	"net"
	"strings"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
)

// Config says where the stack stands and what its sources are.
type Config struct {
	service.Streams
	LogLevel    string `env:"LOG_LEVEL" envDefault:"info" help:"of the log in the folder: trace, debug, info, warn or error"`
	Dir         string `env:"CLEDIT_DIR" envDefault:".cledit" help:"folder for everything: database, streams, logs"`
	DatabaseURL string `env:"DATABASE_URL" secret:"url" help:"a Postgres to use instead of one of its own"`
	KOBISKeys   string `env:"KOBIS_API_KEYS" secret:"true" help:"keys of the real KOBIS, comma-separated; needs TMDB_ACCESS_TOKEN too"`
	TMDBToken   string `env:"TMDB_ACCESS_TOKEN" secret:"true" help:"read access token of the real TMDB; needs KOBIS_API_KEYS too"`
	ConsoleAddr string `env:"CONSOLE_ADDR" envDefault:"127.0.0.1:8088" help:"where the console is; a free port if taken; off for none"`
	Data        string `flag:"data" help:"folder of recorded bodies for the simulated sources; empty: the built-in tables"`
	Catalogue   string `flag:"catalogue" help:"films of the folder that are listed: 2021-2024 (default), 2018 or all"`
	JSON        bool   `flag:"json" help:"print the summary as JSON"`
	Exit        bool   `flag:"exit" help:"end the demo after its checks, on a terminal too"`

	// KOBISURL and TMDBURL are where the real sources are; empty: where they are.
	KOBISURL string `env:"-"`
	TMDBURL  string `env:"-"`
	// Tell has warnings and errors of the services said, beside the log.
	Tell bool `env:"-"`
}

// Validate checks what belongs together.
func (c Config) Validate() []error {
	problems := append(service.LogConfig{LogLevel: c.LogLevel}.Validate(), CheckDatabase(c.DatabaseURL)...)
	if (c.KOBISKeys == "") != (c.TMDBToken == "") {
		problems = append(problems, &service.Problem{
			Variable: "KOBIS_API_KEYS", Expected: "keys together with TMDB_ACCESS_TOKEN",
			Remedy: "set both for the real sources, neither for the simulated ones",
		})
	}
	if host, _, err := net.SplitHostPort(c.ConsoleAddr); c.ConsoleAddr != consoleOff && (err != nil || !loopback(host)) {
		problems = append(problems, &service.Problem{Variable: "CONSOLE_ADDR", Expected: "an address on loopback such as 127.0.0.1:8088, or off"})
	}
	if c.Catalogue != "" && c.Data == "" {
		problems = append(problems, &service.Problem{
			Variable: "--catalogue", Expected: "a folder of recorded bodies beside it", Remedy: "pass --data too",
		})
	}
	if c.Real() {
		_, kobis := service.FromMap[fetcherkobis.Config](map[string]string{"KOBIS_API_KEYS": c.KOBISKeys})
		_, tmdb := service.FromMap[fetchertmdb.Config](map[string]string{"TMDB_ACCESS_TOKEN": c.TMDBToken})
		problems = append(problems, found(kobis)...)
		problems = append(problems, found(tmdb)...)
	}
	return problems
}

// CheckDatabase checks that the driver can read the URL of a Postgres of the operator's;
// empty means that there is none.
func CheckDatabase(url string) []error {
	if url == "" {
		return nil
	}
	if expected := schema.URLProblem(url); expected != "" {
		return []error{&service.Problem{Variable: "DATABASE_URL", Expected: expected}}
	}
	return nil
}

// found are the problems of a configuration: what a fetcher would refuse is refused
// before a folder is claimed for its source.
func found(err error) []error {
	if refused, ok := errors.AsType[*service.ConfigError](err); ok {
		return refused.Problems
	}
	return nil
}

// Real says whether the sources are the real ones.
func (c Config) Real() bool { return c.KOBISKeys != "" && c.TMDBToken != "" }

// Simulated is the configuration with simulated sources, whatever keys are given.
func (c Config) Simulated() Config {
	c.KOBISKeys, c.TMDBToken = "", ""
	return c
}

// realSources is the origin of what calls were paid for.
const realSources = "the real sources"

// origin is what the data of a folder came from, in words that are compared.
func (c Config) origin() string {
	switch {
	case c.Real():
		return realSources
	case c.Data == "":
		return "the built-in tables"
	default:
		return strings.TrimSpace("recorded bodies of " + c.Data + " " + c.Catalogue)
	}
}
