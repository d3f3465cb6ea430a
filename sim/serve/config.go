package serve

import (
	"net/url"
	"time"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/recorded"
	"github.com/cledit/pipeline/sim/tmdb"
	"github.com/cledit/pipeline/sim/traffic"
)

// seed is that of all that is drawn.
const seed = 1

// Config says what is simulated. Keys, quota and rates have the names that the
// fetchers know them by, so that one environment serves both.
type Config struct {
	service.LogConfig
	DataConfig
	KOBISConfig
	TMDBConfig
	TrafficConfig
}

// DataConfig says which records there are, and where they are served.
type DataConfig struct {
	KOBISAddr string `env:"SIM_KOBIS_ADDR" envDefault:"127.0.0.1:9101" help:"address of KOBIS"`
	TMDBAddr  string `env:"SIM_TMDB_ADDR" envDefault:"127.0.0.1:9102" help:"address of TMDB; may be that of KOBIS"`
	Data      string `flag:"data" help:"folder of recorded bodies; the built-in catalogue without it"`
	Catalogue string `flag:"catalogue" help:"films of the folder that are listed: 2021-2024, 2018 or all"`
	Films     int    `env:"SIM_GENERATE_FILMS" envDefault:"0" help:"films to make up besides"`
	Series    int    `env:"SIM_GENERATE_SERIES" envDefault:"0" help:"series to make up besides"`
	BoxOffice bool   `env:"SIM_GENERATE_BOX_OFFICE" envDefault:"false" help:"make up box office days that are not known"`
	NotFound  string `env:"SIM_NOT_FOUND" envDefault:"empty" help:"answer for an unknown film: empty, null or missing movieInfo"`
}

// KOBISConfig are the limits of KOBIS.
type KOBISConfig struct {
	KOBISKeys    []string      `env:"KOBIS_API_KEYS" secret:"true" help:"keys that are accepted; any key without it"`
	KOBISQuota   int           `env:"KOBIS_DAILY_QUOTA" envDefault:"3000" help:"calls per key and day; 0 for no limit"`
	KOBISRate    traffic.Rate  `env:"KOBIS_RATE" envDefault:"5/1s" help:"rate that is audited, such as 40/10s"`
	KOBISEnforce bool          `env:"SIM_KOBIS_ENFORCE_RATE" envDefault:"false" help:"answer 429 above the rate"`
	KOBISZone    time.Location `env:"KOBIS_QUOTA_ZONE" envDefault:"Asia/Seoul" help:"where the quota's day begins"`
	KOBISFaults  traffic.Rates `env:"SIM_KOBIS_FAULTS" help:"shares of faults, such as timeout=0.01,500=0.02 (timeout, 500, 429, html, reset, empty, truncated, cut)"`
	Day          time.Duration `env:"SIM_DAY" envDefault:"24h" help:"length of the quota's day"`
}

// TMDBConfig are the limits of TMDB.
type TMDBConfig struct {
	TMDBToken  string        `env:"TMDB_ACCESS_TOKEN" secret:"true" help:"token that is accepted; any token without it"`
	TMDBRate   traffic.Rate  `env:"TMDB_RATE" envDefault:"40/10s" help:"rate that is audited, such as 40/10s"`
	TMDBFaults traffic.Rates `env:"SIM_TMDB_FAULTS" help:"shares of faults, as for KOBIS"`
}

// TrafficConfig is common to both.
type TrafficConfig struct {
	Latency traffic.Latency `env:"SIM_LATENCY" help:"time that an answer takes, such as 5ms-20ms"`
}

// Validate checks what a single value cannot tell.
func (c Config) Validate() []error {
	var problems []error
	if c.Catalogue != "" && c.Data == "" {
		problems = append(problems, &service.Problem{Variable: "--catalogue", Expected: "--data beside it: the built-in catalogue has no choice"})
	}
	switch c.Catalogue {
	case "", recorded.Recent, recorded.Whole2018, recorded.All:
	default:
		problems = append(problems, &service.Problem{Variable: "--catalogue", Expected: "2021-2024, 2018 or all"})
	}
	switch kobis.NotFound(c.NotFound) {
	case kobis.NotFoundEmpty, kobis.NotFoundNull, kobis.NotFoundMissing:
	default:
		problems = append(problems, &service.Problem{Variable: "SIM_NOT_FOUND", Expected: "empty, null or missing"})
	}
	return append(problems, c.validateNumbers()...)
}

func (c Config) validateNumbers() []error {
	var problems []error
	for name, negative := range map[string]bool{
		"SIM_GENERATE_FILMS": c.Films < 0 || c.Films > 10_000_000, "SIM_GENERATE_SERIES": c.Series < 0,
		"KOBIS_DAILY_QUOTA": c.KOBISQuota < 0,
	} {
		if negative {
			problems = append(problems, &service.Problem{Variable: name, Expected: "0 or more, and films up to 10000000"})
		}
	}
	if c.Day <= 0 {
		problems = append(problems, &service.Problem{Variable: "SIM_DAY", Expected: "a positive duration"})
	}
	return problems
}

// Options are the simulator's own.
func (c Config) Options() sim.Options {
	var tokens []string
	if c.TMDBToken != "" {
		tokens = []string{c.TMDBToken}
	}
	return sim.Options{
		Data: c.Data, Catalogue: c.Catalogue,
		Generate: generate.Options{Films: c.Films, Series: c.Series, BoxOffice: c.BoxOffice, Seed: seed},
		KOBIS: kobis.Options{
			Keys: c.KOBISKeys,
			Limits: traffic.Limits{
				DailyQuota: c.KOBISQuota, Day: c.Day, Zone: &c.KOBISZone, Rate: c.KOBISRate, EnforceRate: c.KOBISEnforce,
			},
			Latency: c.Latency, Faults: traffic.Faults{Rates: c.KOBISFaults, Seed: seed},
			NotFound: kobis.NotFound(c.NotFound),
		},
		TMDB: tmdb.Options{
			Tokens: tokens, Limits: traffic.Limits{Rate: c.TMDBRate, EnforceRate: true},
			Latency: c.Latency, Faults: traffic.Faults{Rates: c.TMDBFaults, Seed: seed + 1},
		},
	}
}

// baseURLs are what the fetchers' KOBIS_BASE_URL and TMDB_BASE_URL are to be.
func baseURLs(kobisHost, tmdbHost string) (forKOBIS, forTMDB string) {
	k := url.URL{Scheme: "http", Host: kobisHost, Path: sim.KOBISPath}
	t := url.URL{Scheme: "http", Host: tmdbHost}
	return k.String(), t.String()
}
