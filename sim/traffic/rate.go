package traffic

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate allows N requests in any window of length Per. The zero value is not a limit.
type Rate struct {
	N   int
	Per time.Duration
}

// ParseRate reads "40/10s". Empty is not a limit.
func ParseRate(text string) (Rate, error) {
	if text == "" {
		return Rate{}, nil
	}
	n, per, ok := strings.Cut(text, "/")
	if !ok {
		return Rate{}, fmt.Errorf("rate %q is not of the form 40/10s", text)
	}
	count, err := strconv.Atoi(n)
	if err != nil || count < 1 {
		return Rate{}, fmt.Errorf("rate %q does not begin with a positive number", text)
	}
	length, err := time.ParseDuration(per)
	if err != nil || length <= 0 {
		return Rate{}, fmt.Errorf("rate %q does not end with a positive duration", text)
	}
	return Rate{N: count, Per: length}, nil
}

// String is the form that ParseRate reads.
func (r Rate) String() string {
	if r.N == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%s", r.N, r.Per)
}

// MarshalText is String.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseRate.
func (r *Rate) UnmarshalText(text []byte) error {
	parsed, err := ParseRate(string(text))
	if err == nil {
		*r = parsed
	}
	return err
}

// window watches arrivals. It keeps two rings: of all arrivals, for the audit,
// and of the accepted ones, by which requests are refused; were refused ones
// counted there as well, a client that keeps asking would never be let in.
type window struct {
	rate     Rate
	arrived  []time.Time
	accepted []time.Time
	stats    WindowStats
}

// WindowStats are the audit of one sliding window.
type WindowStats struct {
	// Limit is the rate that was held against the arrivals, such as 40/10s.
	Limit string `json:"limit"`
	// Max is the greatest number of requests that arrived in any window.
	Max int `json:"max"`
	// Violations are the arrivals that had N others or more less than Per before them.
	Violations int `json:"violations"`
	// Refused were answered as too many.
	Refused int `json:"refused"`
}

// arrive counts a request at now and reports whether it is to be refused. Arrivals
// at t and t+Per do not share a window.
func (w *window) arrive(now time.Time, enforce bool) (refused bool) {
	if w.rate.N == 0 {
		return false
	}
	w.arrived = append(trim(w.arrived, now, w.rate.Per), now)
	w.stats.Max = max(w.stats.Max, len(w.arrived))
	if len(w.arrived) > w.rate.N {
		w.stats.Violations++
	}
	if !enforce {
		return false
	}
	w.accepted = trim(w.accepted, now, w.rate.Per)
	if len(w.accepted) >= w.rate.N {
		w.stats.Refused++
		return true
	}
	w.accepted = append(w.accepted, now)
	return false
}

// trim drops what lies at least per before now.
func trim(times []time.Time, now time.Time, per time.Duration) []time.Time {
	gone := 0
	for gone < len(times) && now.Sub(times[gone]) >= per {
		gone++
	}
	return times[gone:]
}
