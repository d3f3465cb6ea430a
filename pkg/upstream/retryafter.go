package upstream

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// MaxRetryAfter caps what a server can ask for: longer is a mistake, or a reason
// for a person to look.
const MaxRetryAfter = time.Hour

// RetryAfter reads the response's Retry-After header: between 0 and
// MaxRetryAfter, and false when there is none that makes sense. Zero is a real
// answer; a caller that obeys it to the letter burns its attempts at once.
func (r *Response) RetryAfter() (time.Duration, bool) {
	return retryAfter(r.Header, r.Received)
}

// retryAfter understands seconds and HTTP dates. A date counts from the
// response's own Date where there is one, so that the clocks need not agree.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0, false
	}
	if isDigits(value) {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil || seconds > int64(MaxRetryAfter/time.Second) {
			return MaxRetryAfter, true // more digits than fit are a long time, too
		}
		return time.Duration(seconds) * time.Second, true
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), MaxRetryAfter), true
}

// isDigits leaves signs out: a negative delay is not a delay.
func isDigits(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}
