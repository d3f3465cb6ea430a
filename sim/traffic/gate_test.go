package traffic

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// echo is an API that answers with what the limits said.
type echo struct{}

func (echo) Kind(r *http.Request) string { return r.URL.Path }
func (echo) Key(r *http.Request) string  { return r.URL.Query().Get("key") }
func (echo) Answer(_ *http.Request, v Verdict) Answer {
	return Answer{
		Status: http.StatusOK, ContentType: "application/json", Header: http.Header{"X-Sim": {"1"}},
		Body: []byte(`{"over_quota":` + strconv.FormatBool(v.OverQuota) + `}`),
	}
}

func (echo) TooMany(count, limit int) Answer {
	return Answer{Status: http.StatusTooManyRequests, Body: []byte(strconv.Itoa(count) + ">" + strconv.Itoa(limit))}
}

// ask sends one request in this process.
func ask(t *testing.T, g *Gate, key string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	g.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/a?key="+key, nil))
	return w
}

func TestDailyQuota(t *testing.T) {
	t.Parallel()
	seoul := time.FixedZone("Asia/Seoul", 9*60*60)
	now := time.Date(2026, time.March, 10, 14, 59, 59, 0, time.UTC) // a second before midnight in Seoul
	g := NewGate(echo{}, Options{Clock: func() time.Time { return now }, Limits: Limits{DailyQuota: 3, Zone: seoul}})
	over := func(key string) bool { return ask(t, g, key).Body.String() == `{"over_quota":true}` }
	require.Equal(t, []bool{false, false, false, true}, []bool{over("a"), over("a"), over("a"), over("a")})
	require.False(t, over("b"), "each key has a quota of its own")
	now = now.Add(time.Second)
	require.False(t, over("a"), "a new day")
	g.Spend("a", 2)
	require.True(t, over("a"), "spent elsewhere")
	require.Equal(t, KeyStats{
		Requests: 6, Elsewhere: 2, OverQuota: 2, MaxDay: 4, Days: map[string]int{"2026-03-10": 4, "2026-03-11": 4},
	}, g.Stats().Keys[Fingerprint("a")])
}

func TestShortDays(t *testing.T) {
	t.Parallel()
	l := Limits{Day: 10 * time.Second, Zone: time.FixedZone("here", 3)}
	require.Equal(t, "2026-03-10T00:00:00", l.dayOf(time.Date(2026, time.March, 10, 0, 0, 6, 999, time.UTC)))
	require.Equal(t, "2026-03-10T00:00:10", l.dayOf(time.Date(2026, time.March, 10, 0, 0, 7, 0, time.UTC)))
	l.Day = 48 * time.Hour
	require.Equal(t, l.dayOf(time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)), l.dayOf(time.Date(2026, time.March, 11, 0, 0, 0, 0, time.UTC)))
	l.Day = 24 * time.Hour
	require.Equal(t, "1969-12-31", l.dayOf(time.Date(1969, time.December, 31, 12, 0, 0, 0, time.UTC)))
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	require.Equal(t, "none", Fingerprint(""))
	require.Equal(t, "ba7816bf8f01", Fingerprint("abc"), "the beginning of SHA-256")
}

func TestCountsAreExactUnderConcurrency(t *testing.T) {
	t.Parallel()
	g := NewGate(echo{}, Options{Limits: Limits{DailyQuota: 500, Rate: Rate{N: 100, Per: time.Hour}}})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/a?key=k", nil))
			}
		})
	}
	all.Wait()
	s := g.Stats()
	require.Equal(t, 800, s.Requests)
	require.Equal(t, 300, s.Keys[Fingerprint("k")].OverQuota)
	require.Equal(t, WindowStats{Limit: "100/1h0m0s", Max: 800, Violations: 700}, s.Window)
	require.Equal(t, map[string]int{"/a": 800}, s.Kinds)
	require.Equal(t, map[int]int{200: 800}, s.Statuses)
	require.False(t, s.Last.Before(s.First))
}

func TestRateIsEnforced(t *testing.T) {
	t.Parallel()
	g := NewGate(echo{}, Options{Limits: Limits{Rate: Rate{N: 2, Per: time.Hour}, EnforceRate: true}})
	require.Equal(t, []int{200, 200, 429, 429}, []int{ask(t, g, "k").Code, ask(t, g, "k").Code, ask(t, g, "k").Code, ask(t, g, "k").Code})
	require.Equal(t, 2, g.Stats().Window.Refused)
}

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(echo{}, Options{Latency: Latency{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond}})
		for range 50 {
			start := time.Now()
			require.Equal(t, http.StatusOK, ask(t, g, "k").Code)
			require.GreaterOrEqual(t, time.Since(start), 5*time.Millisecond)
			require.Less(t, time.Since(start), 20*time.Millisecond)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/a", nil))
		require.Equal(t, 1, g.Stats().Statuses[0], "a client that leaves is counted all the same")
	})
}

func TestTimeoutHoldsTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(echo{}, Options{Faults: Faults{Hold: time.Minute}})
		g.FailNext(Timeout, 2)
		start := time.Now()
		require.PanicsWithValue(t, http.ErrAbortHandler, func() { ask(t, g, "k") })
		require.Equal(t, time.Minute, time.Since(start))

		g.SetFaults(Faults{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		require.PanicsWithValue(t, http.ErrAbortHandler, func() {
			g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/a", nil))
		})
		require.Equal(t, time.Minute+time.Hour, time.Since(start), "without Hold until the client gives up")
		require.Equal(t, map[Fault]int{Timeout: 2}, g.Stats().Faults)
	})
}

func TestFaultsOverHTTP(t *testing.T) {
	t.Parallel()
	g := NewGate(echo{}, Options{})
	server := httptest.NewServer(g)
	defer server.Close()
	fetch := func(fault Fault) (*http.Response, []byte, error) {
		g.FailNext(fault, 1)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/a?key=k", nil)
		require.NoError(t, err)
		request.Close = true // net/http would send again on a connection that it had used before
		response, err := server.Client().Do(request)
		if err != nil {
			return nil, nil, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return response, body, err
	}
	for fault, want := range map[Fault]struct {
		status int
		body   string
	}{
		None: {200, `{"over_quota":false}`}, ServerError: {500, errorPage}, Maintenance: {200, maintenancePage},
		Empty: {200, ""}, Truncated: {200, `{"over_quo`}, TooMany: {429, "0>0"},
	} {
		response, body, err := fetch(fault)
		require.NoError(t, err, fault)
		require.Equal(t, want.status, response.StatusCode, fault)
		require.Equal(t, want.body, string(body), fault)
	}
	_, body, err := fetch(Cut)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, `{"over_quo`, string(body))
	_, _, err = fetch(Reset)
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.Equal(t, 8, g.Stats().Requests)
}

func TestFaultRates(t *testing.T) {
	t.Parallel()
	statuses := func() (all []int) {
		g := NewGate(echo{}, Options{Faults: Faults{Seed: 3, Rates: Rates{ServerError: 0.2, TooMany: 0.1}}})
		for range 1000 {
			all = append(all, ask(t, g, "k").Code)
		}
		faults := g.Stats().Faults
		require.InDelta(t, 200, faults[ServerError], 50)
		require.InDelta(t, 100, faults[TooMany], 40)
		return all
	}
	first := statuses()
	require.Equal(t, first, statuses(), "a seed gives the same faults again")
}
