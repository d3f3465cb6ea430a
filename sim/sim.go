// Package sim simulates the two sources of the pipeline, KOBIS and TMDB, as
// HTTP handlers over one catalogue of facts.
//
// Open reads a catalogue, either the one that is built in or a folder of
// recorded bodies, and puts a kobis.Server and a tmdb.Server before it. Both
// answer in the sources' own shapes, paging, order and faults, count every
// request as it arrives and enforce the limits they are given, so that their
// counters can judge a client. Nothing that the data doesn't hold is made up:
// what isn't known is served as the source serves an empty value. Records of the
// generator are the exception, and their titles say so.
//
// Open fails when the folder can't be read or an option contradicts another; the
// handlers never fail by themselves, only as their fault rates tell them to.
package sim

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cledit/pipeline/sim/builtin"
	"github.com/cledit/pipeline/sim/generate"
	"github.com/cledit/pipeline/sim/kobis"
	"github.com/cledit/pipeline/sim/recorded"
	"github.com/cledit/pipeline/sim/tmdb"
)

// KOBISPath is the path under which KOBIS offers its API, without a slash at
// the end.
const KOBISPath = kobis.Root

// Options say what is served and how. The zero value serves the built-in
// catalogue without limits, latency or faults.
type Options struct {
	// Data is a folder of recorded bodies; empty means the built-in tables.
	Data string
	// Catalogue names the films of Data that are listed: "2021-2024" (the
	// default), "2018" (the whole catalogue of that January) or "all". It needs
	// Data.
	Catalogue string
	// Generate adds made-up records, for load.
	Generate generate.Options
	// Clock tells the time for days, windows and change dates; nil means time.Now.
	Clock func() time.Time
	KOBIS kobis.Options
	TMDB  tmdb.Options
}

// Sim is both sources, ready to be served.
type Sim struct {
	KOBIS *kobis.Server
	TMDB  *tmdb.Server
}

// Open reads the catalogue and makes the servers. Errors name the file.
func Open(o Options) (*Sim, error) {
	clock := o.Clock
	if clock == nil {
		clock = time.Now
	}
	films, movies := kobis.NewCatalogue(), tmdb.NewCatalogue(clock)
	if err := load(o, films, movies); err != nil {
		return nil, err
	}
	generate.Extend(films, movies, o.Generate)
	o.KOBIS.Clock, o.TMDB.Clock = clock, clock
	if o.KOBIS.Drift.NewFilm == nil {
		o.KOBIS.Drift.NewFilm = generate.NewFilm(o.KOBIS.Drift.Seed)
	}
	return &Sim{KOBIS: kobis.NewServer(films, o.KOBIS), TMDB: tmdb.NewServer(movies, o.TMDB)}, nil
}

func load(o Options, films *kobis.Catalogue, movies *tmdb.Catalogue) error {
	if o.Generate.Alone {
		return nil
	}
	if o.Data == "" {
		if o.Catalogue != "" {
			return fmt.Errorf("catalogue %q needs a folder of recorded bodies", o.Catalogue)
		}
		return builtin.Load(films, movies)
	}
	return recorded.Load(o.Data, o.Catalogue, films, movies)
}

// Handler serves both sources by path on one address: KOBIS under KOBISPath, or
// directly under /movie/ and /boxoffice/, TMDB under /3/, and the simulator's own
// counters under /_sim/.
func (s *Sim) Handler() http.Handler {
	own := s.control()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/_sim/"):
			own.ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/3/"):
			s.TMDB.ServeHTTP(w, r)
		default:
			s.KOBIS.ServeHTTP(w, r)
		}
	})
}

// KOBISHandler serves KOBIS and /_sim/ alone.
func (s *Sim) KOBISHandler() http.Handler { return s.beside(s.KOBIS) }

// TMDBHandler serves TMDB and /_sim/ alone.
func (s *Sim) TMDBHandler() http.Handler { return s.beside(s.TMDB) }

func (s *Sim) beside(h http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/_sim/", s.control())
	mux.Handle("/", h)
	return mux
}
