package tmdb

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/cledit/pipeline/sim/traffic"
)

// Options of a Server. The zero value has no limits and accepts every token.
type Options struct {
	// Tokens are accepted, as Bearer or as api_key; empty means any but none.
	Tokens []string
	// Clock tells the time; nil means time.Now.
	Clock   func() time.Time
	Limits  traffic.Limits
	Latency traffic.Latency
	Faults  traffic.Faults
	// RetryAfter is sent with 429 where it is set; the real API sends none.
	RetryAfter string
}

// Server answers as TMDB. Every request passes its Gate.
type Server struct {
	*traffic.Gate
	catalogue *Catalogue
	clock     func() time.Time
	retry     string
	mu        sync.RWMutex
	tokens    map[string]bool
}

// NewServer answers from c.
func NewServer(c *Catalogue, o Options) *Server {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{catalogue: c, clock: o.Clock, retry: o.RetryAfter}
	s.SetTokens(o.Tokens)
	s.Gate = traffic.NewGate(s, traffic.Options{Clock: o.Clock, Limits: o.Limits, Latency: o.Latency, Faults: o.Faults})
	return s
}

// Catalogue is what the server answers from.
func (s *Server) Catalogue() *Catalogue { return s.catalogue }

// SetTokens replaces the accepted tokens from the next request on; none means any.
func (s *Server) SetTokens(tokens []string) {
	accepted := map[string]bool{}
	for _, t := range tokens {
		accepted[t] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = accepted
}

func (s *Server) accepts(token string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return token != "" && (len(s.tokens) == 0 || s.tokens[token])
}

// Kind is the path below /3/ with {id} for a number, such as movie/{id}.
func (s *Server) Kind(r *http.Request) string {
	parts := pathOf(r)
	for i, p := range parts {
		if _, err := strconv.Atoi(p); err == nil {
			parts[i] = "{id}"
		}
	}
	kind := strings.Join(parts, "/")
	switch kind {
	case "movie/{id}", "tv/{id}", "tv/{id}/season/{id}", "search/movie", "search/tv", "discover/tv", "movie/changes",
		"tv/changes", "person/{id}",
		"person/changes", "configuration":
		return kind
	}
	return "other"
}

// Key is the Bearer token, or the query parameter api_key.
func (s *Server) Key(r *http.Request) string {
	if token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); found {
		return token
	}
	return r.URL.Query().Get("api_key")
}

// TooMany is 429/25.
func (s *Server) TooMany(count, limit int) traffic.Answer {
	a := failure(http.StatusTooManyRequests, 25,
		"Your request count ("+strconv.Itoa(count)+") is over the allowed limit of "+strconv.Itoa(limit)+".")
	if s.retry != "" {
		a.Header = http.Header{"Retry-After": {s.retry}}
	}
	return a
}

// Answer answers one request.
func (s *Server) Answer(r *http.Request, v traffic.Verdict) traffic.Answer {
	if !s.accepts(s.Key(r)) {
		return failure(http.StatusUnauthorized, 7, "Invalid API key: You must be granted a valid key.")
	}
	if v.OverQuota {
		return s.TooMany(0, 0)
	}
	if r.Method != http.MethodGet {
		return failure(http.StatusMethodNotAllowed, 42, "This request method is not supported for this resource.")
	}
	return s.route(pathOf(r), query{r.URL.Query()})
}

func (s *Server) route(parts []string, q query) traffic.Answer {
	switch strings.Join(parts, "/") {
	case "search/movie":
		return s.searchMovie(q)
	case "search/tv":
		return s.searchTV(q)
	case "discover/tv":
		return s.discoverTV(q)
	case "movie/changes":
		return s.changes(q, movies)
	case "tv/changes":
		return s.changes(q, shows)
	case "person/changes":
		return s.changes(q, persons)
	case "configuration":
		return answer(configuration)
	}
	if len(parts) < 2 {
		return notFound()
	}
	id, err := strconv.Atoi(parts[1])
	if err != nil {
		return notFound()
	}
	return s.record(parts, id, q)
}

// record answers for one film, series, season or person.
func (s *Server) record(parts []string, id int, q query) traffic.Answer {
	block := strings.Join(parts[2:], "/")
	switch {
	case parts[0] == "movie":
		return s.movie(id, block, q)
	case parts[0] == "tv" && len(parts) == 4 && parts[2] == "season":
		return s.season(id, parts[3], q)
	case parts[0] == "tv":
		return s.tv(id, block, q)
	case parts[0] == "person":
		return s.person(id, block, q)
	}
	return notFound()
}

// pathOf gives the parts of the path below /3/.
func pathOf(r *http.Request) []string {
	return strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/3/"), "/"), "/")
}
