package kobis

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cledit/pipeline/sim/traffic"
)

// Root is the path of the API on its real host, without a slash at the end.
const Root = "/kobisopenapi/webservice/rest"

// NotFound is how an unknown movieCd is answered. All have been seen or guessed
// by clients; none is documented.
type NotFound string

// The ways to say that a film is unknown.
const (
	NotFoundEmpty   NotFound = "empty"   // movieInfo is {}
	NotFoundNull    NotFound = "null"    // movieInfo is null
	NotFoundMissing NotFound = "missing" // movieInfoResult has no movieInfo
)

// Options of a Server. The zero value has no limits and accepts every key.
type Options struct {
	// Keys are accepted; empty means any key but none.
	Keys []string
	// Clock tells the time; nil means time.Now.
	Clock   func() time.Time
	Limits  traffic.Limits // Zone nil means Asia/Seoul, as the real quota's day
	Latency traffic.Latency
	Faults  traffic.Faults
	// MaxPerPage caps itemPerPage; 0 means 100.
	MaxPerPage int
	// NotFound defaults to NotFoundEmpty.
	NotFound NotFound
	// OmitEmpty leaves movieList out where it would be empty.
	OmitEmpty bool
	// BoxOfficeDelay is how long after the end of a day, in Limits.Zone, its
	// ranking is published; before that it is empty. It holds for days that are
	// made up: recorded ones are in the past.
	BoxOfficeDelay time.Duration
	Drift          Drift
}

// Server answers as KOBIS. Every request passes its Gate.
type Server struct {
	*traffic.Gate
	catalogue *Catalogue
	options   Options
	drift     *drift
	mu        sync.RWMutex
	keys      map[string]bool
}

// NewServer answers from c.
func NewServer(c *Catalogue, o Options) *Server {
	if o.MaxPerPage == 0 {
		o.MaxPerPage = 100
	}
	if o.Limits.Zone == nil {
		o.Limits.Zone = seoul
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	s := &Server{catalogue: c, options: o, drift: newDrift(c, o.Drift)}
	s.SetKeys(o.Keys)
	s.Gate = traffic.NewGate(s, traffic.Options{Clock: o.Clock, Limits: o.Limits, Latency: o.Latency, Faults: o.Faults})
	return s
}

// seoul is Asia/Seoul without a zone database: it has had no other offset since 1988.
var seoul = time.FixedZone("Asia/Seoul", 9*60*60)

// Catalogue is what the server answers from.
func (s *Server) Catalogue() *Catalogue { return s.catalogue }

// SetKeys replaces the accepted keys from the next request on; none means any.
func (s *Server) SetKeys(keys []string) {
	accepted := map[string]bool{}
	for _, k := range keys {
		accepted[k] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = accepted
}

func (s *Server) accepts(key string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return key != "" && (len(s.keys) == 0 || s.keys[key])
}

// Kind is the last part of the path without its suffix, such as searchMovieList.
func (s *Server) Kind(r *http.Request) string {
	path := r.URL.Path
	name, _ := strings.CutSuffix(path[strings.LastIndexByte(path, '/')+1:], ".json")
	if s.operation(name) == nil {
		return "other"
	}
	return name
}

// Key is the query parameter key.
func (s *Server) Key(r *http.Request) string { return r.URL.Query().Get("key") }

// TooMany is a 429 in the manner of the server before the API.
func (s *Server) TooMany(int, int) traffic.Answer {
	return traffic.Answer{
		Status: http.StatusTooManyRequests, ContentType: "text/html;charset=UTF-8",
		Body: []byte("<html><body>429 Too Many Requests</body></html>"),
	}
}

// Answer answers one request.
func (s *Server) Answer(r *http.Request, v traffic.Verdict) traffic.Answer {
	path := strings.TrimPrefix(r.URL.Path, Root)
	answer := s.route(path)
	if answer == nil || r.Method != http.MethodGet {
		return traffic.Answer{
			Status: http.StatusNotFound, ContentType: "text/html;charset=UTF-8",
			Body: []byte("<html><body>404 Not Found</body></html>"),
		}
	}
	query := r.URL.Query()
	switch {
	case !s.accepts(query.Get("key")):
		return fault(faultKey, "유효하지않은 키값입니다.")
	case v.OverQuota:
		return fault(faultQuota, "키의 하루 이용량을 초과하였습니다.")
	}
	return answer(query)
}

// The codes of faultInfo.
const (
	faultKey     = "320010"
	faultQuota   = "320011"
	faultMissing = "320102"
	faultFormat  = "320103"
)

func fault(code, message string) traffic.Answer {
	b := append([]byte(nil), `{"faultInfo":`...)
	return ok(append(object(b, "message", message, "errorCode", code), "}}"...))
}

func missing(parameter string) traffic.Answer {
	return fault(faultMissing, "날짜는 필수항목입니다.[parameterName="+parameter+",parameterValue=null]")
}

func malformed(format, parameter, value string) traffic.Answer {
	return fault(faultFormat, "날싸형식에 맞게 입력하십시요.("+format+")[parameterName="+parameter+",parameterValue="+value+"]")
}

func ok(body []byte) traffic.Answer {
	return traffic.Answer{Status: http.StatusOK, ContentType: "application/json;charset=UTF-8", Body: body}
}
