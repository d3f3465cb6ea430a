package quota

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
)

// judge is a source over HTTP that notes each request and enforces budgets by its own
// count. Its answer is the outcome's name.
//
// Here the store and the clock are real, so how long a request is under way, and a
// goroutine waits for its turn, is the machine's. A request counts for the instant at
// which the ledger let it start, and waits for its answer as long as it takes: what
// is judged is which requests the ledger lets start, to the nanosecond and however
// slow the machine is. What requests under way, deadlines and late arrivals do to the
// source's own count is simulated, where time is exact: see world.
type judge struct {
	cal    budget.Calendar
	began  time.Time
	quota  int
	server *httptest.Server

	mu       sync.Mutex
	arrivals []time.Time
	days     map[string]int // answered calls, by key and day
	refused  int
	invalid  map[string]bool
	heard    chan struct{} // closed and replaced with each request
}

func newJudge(t *testing.T, cfg Config) *judge {
	t.Helper()
	j := &judge{
		cal: cfg.calendar(), began: time.Now(), quota: cfg.DailyQuota, days: map[string]int{}, invalid: map[string]bool{}, heard: make(chan struct{}),
	}
	j.server = httptest.NewServer(j)
	t.Cleanup(j.server.Close)
	return j
}

func (j *judge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started, err := time.ParseDuration(r.URL.Query().Get("started"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	outcome := j.arrive(r.URL.Query().Get("key"), j.began.Add(started))
	select {
	case <-time.After(time.Duration(1+rand.IntN(10)) * time.Millisecond):
	case <-r.Context().Done():
	}
	_, _ = io.WriteString(w, outcome.String()) // the client may have gone
}

func (j *judge) arrive(key string, at time.Time) Settlement {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.arrivals = append(j.arrivals, at)
	close(j.heard)
	j.heard = make(chan struct{})
	day := key + " " + j.cal.Day(at).Name
	switch {
	case j.invalid[key]:
		return Invalid
	case j.quota > 0 && j.days[day] >= j.quota:
		j.refused++
		return Exhausted
	}
	j.days[day]++
	return Spent
}

// count is how many requests have arrived.
func (j *judge) count() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.arrivals)
}

// wait returns when n requests have arrived from now on.
func (j *judge) wait(t *testing.T, n int) {
	t.Helper()
	j.until(t, func() bool { n--; return n < 0 })
}

// until returns when a condition holds that changes with a request.
func (j *judge) until(t *testing.T, holds func() bool) {
	t.Helper()
	for {
		j.mu.Lock()
		held, heard := holds(), j.heard
		j.mu.Unlock()
		if held {
			return
		}
		select {
		case <-heard:
		case <-t.Context().Done():
			require.Fail(t, "the test has ended")
		}
	}
}

func (j *judge) audit(r Rate) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return audit(j.arrivals, r)
}

// call makes one request with a permit, as a fetcher does.
func (j *judge) call(ctx context.Context, p *Permit) Settlement {
	if p.Start() != nil {
		return Cancelled
	}
	p.ledger.mu.Lock()
	started := p.started.Sub(j.began)
	p.ledger.mu.Unlock()
	url := fmt.Sprintf("%s/?key=%s&started=%s", j.server.URL, p.Secret(), started)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return Cancelled
	}
	resp, err := j.server.Client().Do(req)
	if err != nil {
		return Unknown
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return Unknown
	}
	for _, o := range []Settlement{Spent, Exhausted, Invalid} {
		if o.String() == string(body) {
			return o
		}
	}
	return Unknown
}
