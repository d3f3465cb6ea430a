package stack

import (
	"maps"

	"github.com/cledit/pipeline/sim"
)

// environments are the variables that each service of a stack reads, as its binary would
// from the environment.
type environments struct {
	cfg      Config
	nats     string // URL
	password string // of NATS; empty on simulated sources
	database string // URL
	sources  *sources
	truth    *sim.Truth // nil with the real sources
}

func (h *Stack) environments() environments {
	return environments{h.cfg, h.nats.ClientURL(), h.nats.password, h.database, h.sources, h.Truth()}
}

// common is what every service is told.
func (e environments) common(more map[string]string) map[string]string {
	environment := map[string]string{"NATS_URL": e.nats, "HTTP_ADDR": "127.0.0.1:0"}
	if e.password != "" {
		environment["NATS_USER"], environment["NATS_PASSWORD"] = natsUser, e.password
	}
	maps.Copy(environment, more)
	return environment
}

// pick takes the named variables of the sources.
func (e environments) pick(names ...string) map[string]string {
	var all map[string]string
	if e.sources == nil {
		all = map[string]string{
			"KOBIS_API_KEYS": e.cfg.KOBISKeys, "TMDB_ACCESS_TOKEN": e.cfg.TMDBToken,
			"KOBIS_BASE_URL": e.cfg.KOBISURL, "TMDB_BASE_URL": e.cfg.TMDBURL,
		}
	} else {
		all = e.sources.environment()
	}
	picked := map[string]string{}
	for _, name := range names {
		if value := all[name]; value != "" {
			picked[name] = value
		}
	}
	return picked
}

// demonstration are settings that make a simulated run end soon; the real
// sources keep the defaults.
func (e environments) demonstration(environment, faster map[string]string) map[string]string {
	if e.sources != nil {
		maps.Copy(environment, faster)
	}
	return environment
}

func (e environments) planner() map[string]string {
	environment := e.common(e.pick("KOBIS_DAILY_QUOTA", "KOBIS_RATE", "TMDB_RATE"))
	environment["DATABASE_URL"] = e.database
	faster := map[string]string{"PLANNER_INTERVAL": "250ms"}
	if truth := e.truth; truth != nil && len(truth.BoxOfficeDays) > 0 {
		day := truth.BoxOfficeDays[0]
		faster["BOX_OFFICE_FROM"] = day[:4] + "-" + day[4:6] + "-" + day[6:]
	}
	return e.demonstration(environment, faster)
}

func (e environments) kobis() map[string]string {
	environment := e.common(e.pick("KOBIS_BASE_URL", "KOBIS_API_KEYS", "KOBIS_DAILY_QUOTA", "KOBIS_RATE"))
	return e.demonstration(environment, map[string]string{"FETCH_CONCURRENCY": "16"})
}

func (e environments) tmdb() map[string]string {
	environment := e.common(e.pick("TMDB_BASE_URL", "TMDB_ACCESS_TOKEN", "TMDB_RATE"))
	return e.demonstration(environment, map[string]string{"FETCH_CONCURRENCY": "16"})
}

func (e environments) loader() map[string]string {
	environment := e.common(nil)
	environment["DATABASE_URL"] = e.database
	return environment
}
