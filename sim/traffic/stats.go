package traffic

import (
	"maps"
	"time"

	"github.com/cledit/pipeline/pkg/redact"
)

// Stats are the counters of one source.
type Stats struct {
	// Requests are all that arrived, with whatever key.
	Requests int         `json:"requests"`
	Window   WindowStats `json:"window"`
	// Keys are by fingerprint, see Fingerprint; requests without a key stand
	// under "none".
	Keys map[string]KeyStats `json:"keys"`
	// Kinds are requests by what they asked for, such as searchMovieList.
	Kinds map[string]int `json:"kinds"`
	// Statuses are answers by HTTP status; requests that were never answered
	// stand under 0.
	Statuses map[int]int   `json:"statuses"`
	Faults   map[Fault]int `json:"faults"`
	// First and Last are the arrivals of the first and the last request.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Violations counts the requests that broke a rate or a daily quota.
func (s Stats) Violations() int {
	n := s.Window.Violations
	for _, key := range s.Keys {
		n += key.OverQuota
	}
	return n
}

// KeyStats are the counters of one key.
type KeyStats struct {
	Requests int `json:"requests"`
	// Elsewhere are calls that Spend counted. They are in the days, but are no
	// requests of this server.
	Elsewhere int `json:"elsewhere"`
	// OverQuota are the requests beyond the daily quota, each of which was refused.
	OverQuota int `json:"over_quota"`
	// MaxDay is the greatest number of calls on one day.
	MaxDay int `json:"max_day"`
	// Days are calls by day; see Limits.Day for its name.
	Days map[string]int `json:"days"`
}

// Fingerprint names a key without telling it: the first 12 hexadecimal digits of
// its SHA-256. The empty key is "none".
func Fingerprint(key string) string {
	if key == "" {
		return "none"
	}
	return redact.Fingerprint(key)
}

func newStats() Stats {
	return Stats{
		Keys: map[string]KeyStats{}, Kinds: map[string]int{},
		Statuses: map[int]int{}, Faults: map[Fault]int{},
	}
}

func (s Stats) clone() Stats {
	out := s
	out.Keys = make(map[string]KeyStats, len(s.Keys))
	for name, key := range s.Keys {
		key.Days = cloneMap(key.Days)
		out.Keys[name] = key
	}
	out.Kinds, out.Statuses, out.Faults = cloneMap(s.Kinds), cloneMap(s.Statuses), cloneMap(s.Faults)
	return out
}

func cloneMap[K comparable](m map[K]int) map[K]int {
	out := make(map[K]int, len(m))
	maps.Copy(out, m)
	return out
}
