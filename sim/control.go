package sim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/cledit/pipeline/sim/traffic"
)

// Stats are the counters of both sources.
type Stats struct {
	KOBIS traffic.Stats `json:"kobis"`
	TMDB  traffic.Stats `json:"tmdb"`
}

// Write prints a line for each source.
func (s Stats) Write(out io.Writer) {
	for _, source := range []struct {
		name string
		traffic.Stats
	}{{"kobis", s.KOBIS}, {"tmdb", s.TMDB}} {
		fmt.Fprintf(out, "%s: %d requests, at most %d in a window of %s, %d violations\n",
			source.name, source.Requests, source.Window.Max, source.Window.Limit, source.Violations())
	}
}

// Stats are the counters up to now.
func (s *Sim) Stats() Stats { return Stats{KOBIS: s.KOBIS.Stats(), TMDB: s.TMDB.Stats()} }

// control serves what belongs to the simulator, not to a source. Nothing here is
// counted as a request.
//
//	GET  /_sim/stats               Stats
//	GET  /_sim/truth               Truth
//	GET  /_sim/codes               the movieCd of all listed films
//	POST /_sim/drift?edits=&adds=  edits films and adds new ones
//	POST /_sim/faults?source=&rates=  replaces a source's fault rates, such as 500=1
//	POST /_sim/fail?source=&fault=&n=  lets the next n requests of a source fail
func (s *Sim) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/stats", func(w http.ResponseWriter, _ *http.Request) { respond(w, s.Stats()) })
	mux.HandleFunc("GET /_sim/truth", func(w http.ResponseWriter, _ *http.Request) { respond(w, s.Truth()) })
	mux.HandleFunc("GET /_sim/codes", func(w http.ResponseWriter, _ *http.Request) { respond(w, s.Codes()) })
	mux.HandleFunc("POST /_sim/drift", func(w http.ResponseWriter, r *http.Request) {
		s.KOBIS.Drift(amount(r, "edits"), amount(r, "adds"))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sim/faults", s.setFaults)
	mux.HandleFunc("POST /_sim/fail", s.failNext)
	return mux
}

func (s *Sim) setFaults(w http.ResponseWriter, r *http.Request) {
	var rates traffic.Rates
	gate := s.gate(r)
	if err := rates.UnmarshalText([]byte(r.FormValue("rates"))); err != nil || gate == nil {
		http.Error(w, "source must be kobis or tmdb, and rates such as 500=0.5,reset=0.1", http.StatusBadRequest)
		return
	}
	gate.SetFaults(traffic.Faults{Rates: rates})
	w.WriteHeader(http.StatusNoContent)
}

func (s *Sim) failNext(w http.ResponseWriter, r *http.Request) {
	gate := s.gate(r)
	fault, known := traffic.ParseFault(r.FormValue("fault"))
	if gate == nil || !known {
		http.Error(w, "source must be kobis or tmdb, and fault a known one", http.StatusBadRequest)
		return
	}
	gate.FailNext(fault, amount(r, "n"))
	w.WriteHeader(http.StatusNoContent)
}

// gate is that of the source which a request names, or nil.
func (s *Sim) gate(r *http.Request) *traffic.Gate {
	return map[string]*traffic.Gate{"kobis": s.KOBIS.Gate, "tmdb": s.TMDB.Gate}[r.FormValue("source")]
}

// amount reads a count; what can't be read is none.
func amount(r *http.Request, name string) int {
	n, _ := strconv.Atoi(r.FormValue(name))
	return max(0, n)
}

func respond(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	// The reader being gone is all that can fail.
	_ = enc.Encode(v)
}
