package slots

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	maxSlots  = 10_000
	minWindow = 10 * time.Millisecond
	maxWindow = 10 * time.Minute
)

// ErrBadRate marks a rate that cannot be read or is out of range.
var ErrBadRate = errors.New("malformed rate")

// Rate allows at most N requests in any window of length Per.
type Rate struct {
	N   int
	Per time.Duration
}

// ParseRate reads "40/10s": a count, a slash, a duration. The range is 1/1m to
// 1000/1s on average. The error wraps ErrBadRate.
func ParseRate(s string) (Rate, error) {
	count, per, ok := strings.Cut(strings.TrimSpace(s), "/")
	if !ok {
		return Rate{}, fmt.Errorf("%w %q: want a form such as 40/10s", ErrBadRate, s)
	}
	n, err := strconv.Atoi(count)
	if err != nil {
		return Rate{}, fmt.Errorf("%w %q: %q is not a count", ErrBadRate, s, count)
	}
	d, err := time.ParseDuration(per)
	if err != nil {
		return Rate{}, fmt.Errorf("%w %q: %q is not a duration", ErrBadRate, s, per)
	}
	r := Rate{N: n, Per: d}
	return r, r.Check()
}

// Check returns an error that wraps ErrBadRate where the rate is out of range.
func (r Rate) Check() error {
	perSecond := float64(r.N) / r.Per.Seconds()
	switch {
	case r.N < 1 || r.N > maxSlots:
		return fmt.Errorf("%w %q: the count must be 1 to %d", ErrBadRate, r, maxSlots)
	case r.Per < minWindow || r.Per > maxWindow:
		return fmt.Errorf("%w %q: the window must be %v to %v", ErrBadRate, r, minWindow, maxWindow)
	case perSecond > 1000 || perSecond < 1.0/60:
		return fmt.Errorf("%w %q: must lie between 1/1m and 1000/1s", ErrBadRate, r)
	}
	return nil
}

// String is the form that ParseRate reads.
func (r Rate) String() string {
	per := r.Per.String()
	if strings.HasSuffix(per, "m0s") {
		per = strings.TrimSuffix(per, "0s")
	}
	return strconv.Itoa(r.N) + "/" + per
}

// MarshalText writes what UnmarshalText reads.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRate reads.
func (r *Rate) UnmarshalText(text []byte) error {
	parsed, err := ParseRate(string(text))
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}

// implies reports whether a client that keeps r also keeps other: a window of other is
// covered by that many windows of r.
func (r Rate) implies(other Rate) bool {
	windows := int64((other.Per + r.Per - 1) / r.Per)
	return windows*int64(r.N) <= int64(other.N)
}

// tightest is a rate that keeps both. Where neither implies the other, it is the
// smaller count in the longer window: slower than either, and over neither.
func tightest(a, b Rate) Rate {
	switch {
	case a.implies(b):
		return a
	case b.implies(a):
		return b
	}
	return Rate{N: min(a.N, b.N), Per: max(a.Per, b.Per)}
}
