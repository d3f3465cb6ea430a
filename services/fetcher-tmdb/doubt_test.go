package fetchertmdb_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/pkg/worker/workertest"
	fetchertmdb "github.com/cledit/pipeline/services/fetcher-tmdb"
	"github.com/cledit/pipeline/sim"
)

const gone = `{"success":false,"status_code":34,"status_message":"The resource you requested could not be found."}`

// wavering is a source that says one thing for so long as it is broken.
type wavering struct {
	*fixture
	broken   atomic.Bool
	refusals atomic.Int64
}

func newWavering(t *testing.T, status int, body string) *wavering {
	t.Helper()
	source, err := sim.Open(sim.Options{})
	require.NoError(t, err)
	w := &wavering{}
	w.broken.Store(true)
	w.fixture = serve(t, source.TMDB, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !w.broken.Load() {
			source.TMDB.ServeHTTP(rw, r)
			return
		}
		w.refusals.Add(1)
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte(body))
	}))
	return w
}

// known publishes jobs of films that the tables have, and returns their names.
func (w *wavering) known(n int) []string {
	var tails []string
	for _, id := range w.sim.Catalogue().MovieIDs()[:n] {
		job := workertest.Job("tmdb.movie-detail." + strconv.Itoa(id))
		job.Known = true
		w.Publish(job)
		tails = append(tails, job.Name.String())
	}
	return tails
}

// outcomes waits for the first answer to each and counts what they say.
func (w *wavering) outcomes(tails []string) map[messages.Outcome]int {
	counts := map[messages.Outcome]int{}
	for _, tail := range tails {
		counts[w.Payload(tail, 1).Outcome]++
	}
	return counts
}

// What is not a fault of the jobs leaves none of them in DEAD, however the source or
// a gateway before it refuses.
func TestRefusalsOfEverythingKillNoJob(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		halts  bool
	}{
		"account disabled":   {401, `{"success":false,"status_code":31,"status_message":"Account disabled"}`, true},
		"address unverified": {401, `{"success":false,"status_code":32,"status_message":"Email not verified"}`, true},
		"invalid token":      {401, `{"success":false,"status_code":35,"status_message":"Invalid token."}`, true},
		"account suspended":  {403, `{"success":false,"status_code":45,"status_message":"This user has been suspended."}`, true},
		"an unknown code":    {401, `{"success":false,"status_code":63,"status_message":"Something new."}`, false},
		"a gateway forbids":  {403, `{"message":"Forbidden"}`, false},
		"a gateway is lost":  {404, `{"message":"no Route matched"}`, false},
		"a page forbids":     {403, `<html>Request blocked.</html>`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWavering(t, tt.status, tt.body)
			tails := w.known(12)
			stop := w.start(t, nil)
			if tt.halts {
				w.Until("the source halts", func() bool { return strings.Contains(w.logs.String(), "halted") })
			} else {
				w.Until("the source is doubted, and probed", func() bool { return w.refusals.Load() > 24 })
				require.Contains(t, w.logs.String(), "the source is doubted")
				w.broken.Store(false)
				require.Equal(t, map[messages.Outcome]int{messages.OutcomeOK: 12}, w.outcomes(tails))
				w.Drained()
			}
			stop()
			require.Zero(t, w.Count(topology.StreamDead, ">"))
		})
	}
}

// Where everything known is told as not found, what is believed are fewer answers
// than make a doubt; the rest waits, at no cost, until the source has it again.
func TestABurstOfNotFoundsIsDoubted(t *testing.T) {
	t.Parallel()
	w := newWavering(t, http.StatusNotFound, gone)
	tails := w.known(60)
	address := make(chan string, 1)
	stop := w.startWith(t, map[string]string{"HTTP_ADDR": "127.0.0.1:0"}, func(cfg *fetchertmdb.Config) {
		cfg.LogWriter = io.MultiWriter(w.logs, addressOf(address))
	})
	w.Until("the source is doubted", func() bool { return strings.Contains(w.logs.String(), "the source is doubted") })
	admin := <-address
	ready, text := get(t, admin+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, ready)
	require.Contains(t, text, "answers about things known say not found")
	live, _ := get(t, admin+"/livez")
	require.Equal(t, http.StatusOK, live, "nothing that a restart would mend")
	_, metrics := get(t, admin+"/metrics")
	require.Contains(t, metrics, `cledit_worker_source_doubted{source="tmdb"} 1`)

	w.broken.Store(false)
	require.Equal(t, map[messages.Outcome]int{messages.OutcomeNotFound: 19, messages.OutcomeOK: 41}, w.outcomes(tails))
	w.Drained()
	require.Contains(t, w.logs.String(), "the source is believed again")
	ready, _ = get(t, admin+"/readyz")
	require.Equal(t, http.StatusOK, ready)
	stop()
	require.Zero(t, w.Count(topology.StreamDead, ">"))
}

// A person who has seen that it is so confirms it, with the permissions that are
// deployed; the fetcher goes on without a restart.
func TestAPersonConfirmsABurstOfNotFounds(t *testing.T) {
	t.Parallel()
	w := newWavering(t, http.StatusNotFound, gone)
	w.Queue = workertest.On(t, natstest.StartWith(t, natstest.Deployed(t)))
	w.Ensure()
	tails := w.known(60)
	stop := w.start(t, map[string]string{"NATS_USER": "fetcher-tmdb", "NATS_PASSWORD": "fetcher-tmdb"})
	w.Until("the source is doubted", func() bool { return strings.Contains(w.logs.String(), "the source is doubted") })
	var out, problems bytes.Buffer
	code := fetchertmdb.App().Execute(t.Context(), []string{"believe"}, []string{
		"NATS_URL=" + w.URL(), "NATS_USER=fetcher-tmdb", "NATS_PASSWORD=fetcher-tmdb",
	}, service.Streams{Stdout: &out, Stderr: &problems})
	require.Zero(t, code, problems.String())
	require.Contains(t, out.String(), "tmdb is believed until ")
	require.Equal(t, map[messages.Outcome]int{messages.OutcomeNotFound: 60}, w.outcomes(tails))
	w.Drained()
	stop()
}

// addressOf tells where the admin server listens.
type addressOf chan string

func (a addressOf) Write(line []byte) (int, error) {
	if _, rest, found := bytes.Cut(line, []byte(`"addr":"`)); found {
		address, _, _ := bytes.Cut(rest, []byte(`"`))
		select {
		case a <- fmt.Sprintf("http://%s", address):
		default:
		}
	}
	return len(line), nil
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body)
}
