package stack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/cledit/pipeline/cledit/report"
	"github.com/cledit/pipeline/services/planner"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/tmdb"
	"github.com/cledit/pipeline/sim/traffic"
)

// The limits of the simulated sources are the real ones, with a faster clock for
// the rates: a demonstration ends, and the ledger has as much to get wrong. The
// daily quota per key is the real one.
const (
	dailyQuota  = 3000
	kobisRate   = "300/1s"
	tmdbRate    = "400/1s"
	headerBound = 10 * time.Second
)

// sources are the simulated KOBIS and TMDB on loopback.
type sources struct {
	*sim.Sim
	keys   []string
	token  string
	server *http.Server
	url    string
	failed chan error
}

func openSources(ctx context.Context, cfg Config) (*sources, error) {
	world, err := sim.Open(sim.Options{
		Data: cfg.Data, Catalogue: cfg.Catalogue,
		KOBIS: kobis.Options{Limits: limits(kobisRate, dailyQuota)},
		TMDB:  tmdb.Options{Limits: limits(tmdbRate, 0)},
	})
	if err != nil {
		return nil, fmt.Errorf("opening the simulated sources: %w", err)
	}
	if cfg.Data == "" {
		catchUp(world.KOBIS.Catalogue(), time.Now())
	}
	s := &sources{Sim: world, failed: make(chan error, 1), token: madeUp("token")}
	for i := range keysFor(world.Truth()) {
		s.keys = append(s.keys, madeUp(fmt.Sprint("key ", i)))
	}
	world.KOBIS.SetKeys(s.keys)
	world.TMDB.SetTokens([]string{s.token})
	if err := s.listen(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// dailyWork is how many days' box office belong to a day's work: one that has none is late.
const dailyWork = 7

// catchUp gives the days before today in Seoul the rankings of the last days in the tables,
// where those end before: a KOBIS without a box office for them would be late from the
// start. The days between stay without, so that a demonstration loads as much on any day.
func catchUp(films *kobis.Catalogue, now time.Time) {
	days := films.BoxOfficeDays()
	today := now.In(planner.Seoul)
	for back := 1; back <= min(dailyWork, len(days)); back++ {
		day := today.AddDate(0, 0, -back).Format(dayForm)
		if day > days[len(days)-1] {
			films.SetBoxOffice(day, kobis.BoxOffice{Rows: films.BoxOffice(days[len(days)-back])})
		}
	}
}

// dayForm is a day as KOBIS writes it.
const dayForm = "20060102"

func limits(rate string, quota int) traffic.Limits {
	parsed, err := traffic.ParseRate(rate)
	if err != nil { // the rates are constants
		panic(err)
	}
	return traffic.Limits{Rate: parsed, DailyQuota: quota, EnforceRate: true}
}

// keysFor is how many keys load the whole catalogue within one day: a call per
// detail, some for lists, box office days and people, and a key of reserve.
func keysFor(t sim.Truth) int {
	return 2 + (t.Films+t.Films/10+len(t.BoxOfficeDays)+t.People/50)/dailyQuota
}

// madeUp is a key in KOBIS' own form, 32 hex characters.
func madeUp(name string) string {
	sum := sha256.Sum256([]byte("simulated " + name))
	return hex.EncodeToString(sum[:16])
}

func (s *sources) listen(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for the simulated sources: %w", err)
	}
	s.url = "http://" + listener.Addr().String()
	s.server = &http.Server{Handler: s.Handler(), ReadHeaderTimeout: headerBound}
	go func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- fmt.Errorf("serving the simulated sources: %w", err)
		}
	}()
	return nil
}

func (s *sources) close() error {
	if s == nil || s.server == nil {
		return nil
	}
	return s.server.Close()
}

// environment is what the fetchers and the planner need to know of the sources.
func (s *sources) environment() map[string]string {
	return map[string]string{
		"KOBIS_BASE_URL":    s.url + sim.KOBISPath,
		"KOBIS_API_KEYS":    strings.Join(s.keys, ","),
		"KOBIS_DAILY_QUOTA": fmt.Sprint(dailyQuota),
		"KOBIS_RATE":        kobisRate,
		"TMDB_BASE_URL":     s.url,
		"TMDB_ACCESS_TOKEN": s.token,
		"TMDB_RATE":         tmdbRate,
	}
}

// spent is what the sources themselves have counted.
func (s *sources) spent() ([]report.Key, []report.Limit) {
	var keys []report.Key
	var limits []report.Limit
	for _, source := range []struct {
		name  string
		stats traffic.Stats
		keys  []string
		limit int64
	}{
		{"kobis", s.KOBIS.Stats(), s.keys, dailyQuota},
		{"tmdb", s.TMDB.Stats(), []string{s.token}, 0},
	} {
		for _, key := range source.keys {
			fingerprint := traffic.Fingerprint(key)
			keys = append(keys, report.Key{
				Source: source.name, Fingerprint: fingerprint,
				Calls: int64(source.stats.Keys[fingerprint].Requests), Limit: source.limit,
			})
		}
		w := source.stats.Window
		limits = append(limits, report.Limit{Source: source.name, Rate: w.Limit, Peak: w.Max, Violations: int64(w.Violations)})
	}
	return keys, limits
}
