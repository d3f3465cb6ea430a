package fetchertmdb_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker/workertest"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/tmdb"
	"github.com/cledit/pipeline/sim/traffic"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testToken = "eyJhbGciOiJIUzI1NiJ9.test-of-the-fetcher.signature"

// fixture is a fetcher between a queue and a simulated TMDB.
type fixture struct {
	*workertest.Queue
	sim  *tmdb.Server
	url  string
	logs *workertest.Logs
}

func newFixture(t *testing.T, options tmdb.Options) *fixture {
	t.Helper()
	source, err := sim.Open(sim.Options{TMDB: options})
	require.NoError(t, err)
	return serve(t, source.TMDB, source.TMDB)
}

func serve(t *testing.T, source *tmdb.Server, handler http.Handler) *fixture {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return &fixture{Queue: workertest.New(t), sim: source, url: server.URL, logs: &workertest.Logs{}}
}

// start runs the fetcher and returns how to stop it and wait for its end.
func (f *fixture) start(t *testing.T, settings map[string]string) (stop func()) {
	t.Helper()
	return f.startWith(t, settings, func(*fetchertmdb.Config) {})
}

func (f *fixture) startWith(t *testing.T, settings map[string]string, change func(*fetchertmdb.Config)) (stop func()) {
	t.Helper()
	values := map[string]string{
		"NATS_URL": f.URL(), "HTTP_ADDR": "off", "TMDB_BASE_URL": f.url, "TMDB_ACCESS_TOKEN": testToken,
		"TMDB_RATE": "1000/1s", "RETRY_BASE": "10ms", "RETRY_MAX": "50ms",
	}
	maps.Copy(values, settings)
	cfg, err := service.FromMap[fetchertmdb.Config](values)
	require.NoError(t, err)
	cfg.LogWriter, cfg.FilesInterval = f.logs, 20*time.Millisecond
	change(&cfg)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fetchertmdb.Run(ctx, cfg) }()
	return func() {
		cancel()
		require.NoError(t, <-ended)
	}
}

func TestAnswersEveryKind(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tmdb.Options{Tokens: []string{testToken}})
	f.sim.Catalogue().AddSeries(tmdb.Series{ID: 5, Original: "x", Seasons: 2, Episodes: 3, Cast: []tmdb.Role{{Name: "배우"}}})
	movie, series := f.sim.Catalogue().MovieIDs()[0], f.sim.Catalogue().SeriesIDs()[1]
	film, _ := f.sim.Catalogue().Movie(movie)
	search := workertest.Job("tmdb.movie-search.20190324.ko")
	search.Params = map[string]string{"query": film.Original}
	jobs := []messages.Job{
		search,
		workertest.Job("tmdb.movie-detail." + strconv.Itoa(movie)), workertest.Job("tmdb.series-detail." + strconv.Itoa(series)),
		workertest.Job("tmdb.season-detail.5.2"), workertest.Job("tmdb.person-detail." + strconv.Itoa(tmdb.PersonID("배우"))),
		workertest.Job("tmdb.series-discover.2020-01-01_2024-12-31.1"),
		workertest.Job("tmdb.movie-changes.2026-11-21.1"), workertest.Job("tmdb.series-changes.2026-11-21.1"),
		workertest.Job("tmdb.person-changes.2026-11-21.1"),
	}
	f.Publish(jobs...)
	stop := f.start(t, nil)
	for _, job := range jobs {
		payload := f.Payload(job.Name.String(), 1)
		require.Equal(t, messages.OutcomeOK, payload.Outcome, job.Name)
		require.NotEmpty(t, payload.Body)
	}
	require.Equal(t, film.Original, f.Payload(search.Name.String(), 1).Request["query"])
	f.Drained()
	stop()
	require.Equal(t, len(jobs), f.sim.Stats().Requests)
	f.Nowhere(testToken, f.logs)
}

func TestWhatTMDBDoesNotHaveIsAnAnswer(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tmdb.Options{})
	f.Publish(workertest.Job("tmdb.movie-detail.999999999"), workertest.Job("tmdb.series-detail.999999999"), workertest.Job("tmdb.season-detail.999999999.1"),
		workertest.Job("tmdb.person-detail.999999999"))
	defer f.start(t, nil)()
	require.Equal(t, messages.OutcomeNotFound, f.Payload("tmdb.movie-detail.999999999", 1).Outcome)
	require.Equal(t, messages.OutcomeNotFound, f.Payload("tmdb.series-detail.999999999", 1).Outcome)
	require.Equal(t, messages.OutcomeNotFound, f.Payload("tmdb.season-detail.999999999.1", 1).Outcome)
	require.Equal(t, messages.OutcomeNotFound, f.Payload("tmdb.person-detail.999999999", 1).Outcome)
}

func TestSearchWithoutParametersIsDead(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tmdb.Options{})
	f.Publish(workertest.Job("tmdb.movie-search.20190324.ko"))
	stop := f.start(t, nil)
	letter := f.DeadLetter("tmdb.movie-search.20190324.ko")
	require.Contains(t, letter.Error, "no parameter query")
	f.Drained()
	stop()
	require.Zero(t, f.sim.Stats().Requests)
}

func TestFaultsAreTriedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tmdb.Options{})
	faults := []traffic.Fault{traffic.ServerError, traffic.TooMany, traffic.Maintenance, traffic.Reset, traffic.Empty, traffic.Truncated, traffic.Cut}
	for _, fault := range faults {
		f.sim.FailNext(fault, 1)
	}
	tail := "tmdb.movie-detail." + strconv.Itoa(f.sim.Catalogue().MovieIDs()[0])
	f.Publish(workertest.Job(tail))
	defer f.start(t, nil)()
	require.Equal(t, len(faults)+1, f.Payload(tail, 1).Attempt)
	require.Equal(t, len(faults)+1, f.sim.Stats().Requests, "what was sent is what was counted")
}

// A refused token halts the source and leaves the jobs queued.
func TestHaltsWithAWrongToken(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tmdb.Options{Tokens: []string{"another-token-altogether"}})
	f.Publish(workertest.Job("tmdb.movie-detail.1"), workertest.Job("tmdb.movie-detail.2"))
	stop := f.start(t, nil)
	f.Until("the source halts", func() bool { return strings.Contains(f.logs.String(), "halted") })
	stop()
	require.Equal(t, 2, f.Count(topology.StreamJobs, ">"))
	require.Equal(t, 1, strings.Count(f.logs.String(), "the source refuses this key"))
	require.Contains(t, f.logs.String(), quota.Fingerprint(testToken))
	f.Nowhere(testToken, f.logs)
}

// The rate holds at the server, whatever is queued.
func TestKeepsToTheRate(t *testing.T) {
	t.Parallel()
	f := newFixture(t, tmdb.Options{Limits: traffic.Limits{Rate: traffic.Rate{N: 20, Per: 1e9}, EnforceRate: true}})
	ids := f.sim.Catalogue().MovieIDs()[:50]
	for _, id := range ids {
		f.Publish(workertest.Job("tmdb.movie-detail." + strconv.Itoa(id)))
	}
	stop := f.start(t, map[string]string{"TMDB_RATE": "20/1s"})
	for _, id := range ids {
		require.Equal(t, 1, f.Payload("tmdb.movie-detail."+strconv.Itoa(id), 1).Attempt)
	}
	stop()
	require.Equal(t, map[int]int{http.StatusOK: len(ids)}, f.sim.Stats().Statuses)
}

// A 429 whose server asks for time delays that job and spends no budget's end.
func TestTooManyHonoursRetryAfter(t *testing.T) {
	t.Parallel()
	source, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	var refused atomic.Bool
	f := serve(t, source.TMDB, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused.CompareAndSwap(false, true) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		}
		source.TMDB.ServeHTTP(w, r)
	}))
	naks := f.Spy("$JS.ACK.JOBS.>")
	tail := "tmdb.movie-detail." + strconv.Itoa(f.sim.Catalogue().MovieIDs()[0])
	f.Publish(workertest.Job(tail))
	defer f.start(t, nil)()
	require.JSONEq(t, `{"delay":1000000000}`, strings.TrimPrefix(string(naks.Next(t.Context()).Data), "-NAK"))
	require.Equal(t, 2, f.Payload(tail, 1).Attempt)
}

// Without a planner there is no ledger to ask, and /readyz says what is waited for.
func TestAFetcherWithoutALedgerIsNotReady(t *testing.T) {
	t.Parallel()
	srv := natstest.Start(t)
	cfg, err := service.FromMap[fetchertmdb.Config](map[string]string{
		"NATS_URL": srv.ClientURL(), "HTTP_ADDR": "127.0.0.1:0", "TMDB_BASE_URL": "http://127.0.0.1:1", "TMDB_ACCESS_TOKEN": testToken,
	})
	require.NoError(t, err)
	listens := make(chan string, 1)
	cfg.LogWriter, cfg.Listening = t.Output(), func(addr string) { listens <- addr }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fetchertmdb.Run(ctx, cfg) }()
	addr := <-listens
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	says := func(status int, words string) func() bool {
		return func() bool {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+"/readyz", http.NoBody)
			require.NoError(t, err)
			response, err := client.Do(request)
			require.NoError(t, err)
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			return response.StatusCode == status && strings.Contains(string(body), words)
		}
	}
	require.Eventually(t, says(http.StatusServiceUnavailable, "waiting for the quota ledger"), time.Minute, 10*time.Millisecond)
	js, err := jetstream.New(natstest.Connect(t, srv))
	require.NoError(t, err)
	_, err = topology.Ensure(t.Context(), js, topology.Config{Replicas: 1, RawMaxBytes: 1 << 30})
	require.NoError(t, err)
	require.Eventually(t, says(http.StatusOK, `"jobs":"ok"`), time.Minute, 10*time.Millisecond)
	cancel()
	require.NoError(t, <-ended)
}
