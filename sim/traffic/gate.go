package traffic

import (
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Limits are what a source allows.
type Limits struct {
	// DailyQuota is the number of requests per key and day; 0 is not a limit.
	DailyQuota int
	// Day is the length of a day; 0 means 24 hours. Days are counted from
	// midnight in Zone, and named by their first moment: 2026-11-22, or with the
	// time of day where they are shorter than 24 hours.
	Day time.Duration
	// Zone is where midnight is; nil means UTC.
	Zone *time.Location
	// Rate is held against all requests of all keys together.
	Rate Rate
	// EnforceRate refuses what exceeds Rate; otherwise it is only counted.
	EnforceRate bool
}

// Latency is how long an answer takes, drawn evenly between Min and Max.
type Latency struct {
	Min, Max time.Duration
}

// Options of a gate.
type Options struct {
	// Clock tells when a request arrives; nil means time.Now.
	Clock   func() time.Time
	Limits  Limits
	Latency Latency
	Faults  Faults
}

// Answer is what a source has to say.
type Answer struct {
	Status      int
	ContentType string
	Header      http.Header
	Body        []byte
}

// Verdict is what the limits say about a request.
type Verdict struct {
	// OverQuota: the key's requests of this day exceed its quota.
	OverQuota bool
	// OverRate: there are too many requests in the window.
	OverRate bool
}

// API is the source behind a gate.
type API interface {
	// Kind names what a request asks for, in few words.
	Kind(r *http.Request) string
	// Key is the credential that a request carries, or empty.
	Key(r *http.Request) string
	// Answer is called once per request that is not failed on purpose.
	Answer(r *http.Request, v Verdict) Answer
	// TooMany is the answer to a request beyond the rate.
	TooMany(count, limit int) Answer
}

// Gate counts requests, enforces limits and fails on purpose.
type Gate struct {
	clock   func() time.Time
	api     API
	inject  *injector
	mu      sync.Mutex
	limits  Limits
	latency Latency
	window  window
	stats   Stats
	random  *rand.Rand
}

// NewGate stands before api.
func NewGate(api API, o Options) *Gate {
	clock := o.Clock
	if clock == nil {
		clock = time.Now
	}
	if o.Limits.Day == 0 {
		o.Limits.Day = 24 * time.Hour
	}
	if o.Limits.Zone == nil {
		o.Limits.Zone = time.UTC
	}
	g := &Gate{
		clock: clock, api: api, inject: newInjector(o.Faults), limits: o.Limits, latency: o.Latency,
		window: window{rate: o.Limits.Rate}, stats: newStats(),
		random: rand.New(rand.NewPCG(o.Faults.Seed, 0x1a7e)),
	}
	return g
}

// Stats are the counters up to now.
func (g *Gate) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := g.stats.clone()
	s.Window = g.window.stats
	s.Window.Limit = g.window.rate.String()
	return s
}

// SetFaults replaces rates and seed; the next request meets the new ones.
func (g *Gate) SetFaults(f Faults) { g.inject.set(f) }

// FailNext makes the next n requests fail with f, before any rate is drawn; None
// lets them pass.
func (g *Gate) FailNext(f Fault, n int) { g.inject.enqueue(f, n) }

// Spend takes n requests off the present day's quota of a key, as if another
// program used it.
func (g *Gate) Spend(key string, n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	k, day := g.key(key), g.limits.dayOf(g.clock())
	k.Elsewhere += n
	k.spend(day, n)
	g.stats.Keys[Fingerprint(key)] = k
}

// ServeHTTP counts the request, then answers, refuses or fails.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	verdict, arrived, delay := g.arrive(r)
	if !wait(r, delay) {
		g.answered(0)
		return
	}
	fault, hold := g.inject.draw()
	if fault != None {
		g.countFault(fault)
	}
	if g.failed(w, r, fault, hold) {
		return
	}
	answer := g.answer(r, verdict, arrived, fault)
	g.answered(answer.Status)
	write(w, answer, fault)
}

// arrive counts the request; arrived is the number of requests in the window.
func (g *Gate) arrive(r *http.Request) (v Verdict, arrived int, delay time.Duration) {
	kind, key := g.api.Kind(r), g.api.Key(r)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.clock()
	g.stats.Requests++
	g.stats.Kinds[kind]++
	if g.stats.First.IsZero() {
		g.stats.First = now
	}
	g.stats.Last = now
	v.OverRate = g.window.arrive(now, g.limits.EnforceRate)
	v.OverQuota = g.countKey(key, now)
	delay = g.latency.Min
	if spread := g.latency.Max - g.latency.Min; spread > 0 {
		delay += time.Duration(g.random.Int64N(int64(spread)))
	}
	return v, len(g.window.arrived), delay
}

// countKey counts a request of a key, and reports whether it exceeds the quota.
func (g *Gate) countKey(key string, now time.Time) (over bool) {
	k, day := g.key(key), g.limits.dayOf(now)
	k.Requests++
	k.spend(day, 1)
	over = g.limits.DailyQuota > 0 && k.Days[day] > g.limits.DailyQuota
	if over {
		k.OverQuota++
	}
	g.stats.Keys[Fingerprint(key)] = k
	return over
}

func (g *Gate) key(key string) KeyStats {
	k := g.stats.Keys[Fingerprint(key)]
	if k.Days == nil {
		k.Days = map[string]int{}
	}
	return k
}

func (k *KeyStats) spend(day string, n int) {
	k.Days[day] += n
	k.MaxDay = max(k.MaxDay, k.Days[day])
}

// dayOf names the day of now.
func (l Limits) dayOf(now time.Time) string {
	local := now.In(l.Zone)
	_, offset := local.Zone()
	since := now.Add(time.Duration(offset) * time.Second).UnixNano()
	start := since - mod(since, int64(l.Day))
	first := time.Unix(0, start).UTC()
	if l.Day%(24*time.Hour) == 0 {
		return first.Format("2006-01-02")
	}
	return first.Format("2006-01-02T15:04:05.999")
}

func mod(a, b int64) int64 { return ((a % b) + b) % b }

func (g *Gate) countFault(f Fault) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stats.Faults[f]++
}

func (g *Gate) answered(status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stats.Statuses[status]++
}

// wait takes the time an answer takes; false when the client is gone before.
func wait(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (g *Gate) answer(r *http.Request, v Verdict, arrived int, fault Fault) Answer {
	switch fault {
	case ServerError:
		return Answer{Status: http.StatusInternalServerError, ContentType: htmlType, Body: []byte(errorPage)}
	case Maintenance:
		return Answer{Status: http.StatusOK, ContentType: htmlType, Body: []byte(maintenancePage)}
	case Empty:
		return Answer{Status: http.StatusOK, ContentType: "application/json;charset=UTF-8"}
	case TooMany:
		return g.api.TooMany(arrived, g.limits.Rate.N)
	}
	if v.OverRate {
		return g.api.TooMany(arrived, g.limits.Rate.N)
	}
	return g.api.Answer(r, v)
}

const htmlType = "text/html;charset=UTF-8"

// The pages are in the manner of the sources' own: markup where JSON is due.
const (
	errorPage       = "<html><head><title>Error</title></head><body><h1>HTTP Status 500</h1></body></html>"
	maintenancePage = "<!DOCTYPE html><html lang=\"ko\"><head><title>시스템 점검</title></head><body><p>점검</p></body></html>"
)

func write(w http.ResponseWriter, a Answer, fault Fault) {
	maps.Copy(w.Header(), a.Header)
	if a.ContentType != "" {
		w.Header().Set("Content-Type", a.ContentType)
	}
	whole, body := a.Body, a.Body
	if fault == Truncated || fault == Cut {
		body = body[:len(body)/2]
	}
	if fault == Truncated {
		whole = body
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
	w.WriteHeader(a.Status)
	// A client that is gone is not this side's concern: the call was counted.
	_, _ = w.Write(body)
	if fault == Cut {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
