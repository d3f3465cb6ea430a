package fetcherkobis_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/worker/workertest"
	fetcherkobis "github.com/cledit/pipeline/services/fetcher-kobis"
	"github.com/cledit/pipeline/sim"
	"github.com/cledit/pipeline/sim/kobis"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "0123456789abcdef0123456789abcdef"

// fixture is a fetcher between a queue and a simulated KOBIS.
type fixture struct {
	*workertest.Queue
	sim *kobis.Server
	url string
}

func newFixture(t *testing.T, options kobis.Options) *fixture {
	t.Helper()
	source, err := sim.Open(sim.Options{KOBIS: options})
	require.NoError(t, err)
	server := httptest.NewServer(source.KOBIS)
	t.Cleanup(server.Close)
	return &fixture{Queue: workertest.New(t), sim: source.KOBIS, url: server.URL + sim.KOBISPath}
}

// start runs the fetcher and returns how to stop it and wait for its end.
func (f *fixture) start(t *testing.T, settings map[string]string) (stop func()) {
	t.Helper()
	values := map[string]string{
		"NATS_URL": f.URL(), "HTTP_ADDR": "off", "KOBIS_BASE_URL": f.url, "KOBIS_API_KEYS": testKey,
		"KOBIS_RATE": "1000/1s", "RETRY_BASE": "10ms", "RETRY_MAX": "50ms",
	}
	for name, value := range settings {
		values[name] = value
	}
	cfg, err := service.FromMap[fetcherkobis.Config](values)
	require.NoError(t, err)
	cfg.LogWriter = zerologWriter{t}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- fetcherkobis.Run(ctx, cfg) }()
	return func() {
		cancel()
		require.NoError(t, <-ended)
	}
}

// zerologWriter sends log lines to the test's own log.
type zerologWriter struct{ t *testing.T }

func (w zerologWriter) Write(line []byte) (int, error) {
	w.t.Logf("%s", line)
	return len(line), nil
}

func TestAnswersEveryKind(t *testing.T) {
	t.Parallel()
	f := newFixture(t, kobis.Options{Keys: []string{testKey}})
	code, day := f.sim.Catalogue().Codes()[0], f.sim.Catalogue().BoxOfficeDays()[0]
	jobs := []string{"kobis.movie-list.all.1", "kobis.movie-list.open-2021.1", "kobis.movie-list.made-2020.1", "kobis.movie-detail." + code, "kobis.daily-box-office." + day}
	for _, job := range jobs {
		f.Publish(workertest.Job(job))
	}
	stop := f.start(t, nil)
	for _, job := range jobs {
		payload := f.Payload(job, 1)
		require.Equal(t, messages.OutcomeOK, payload.Outcome)
		require.NotContains(t, payload.Request, "key")
		require.NotEmpty(t, payload.Body)
	}
	f.Drained()
	stop()
	require.Equal(t, len(jobs), f.sim.Stats().Requests)
}
