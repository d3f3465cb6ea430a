package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/sim/serve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// logLines gives each line of a log as it is written.
type logLines struct {
	mu    sync.Mutex
	lines chan []byte
}

func (l *logLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines <- bytes.Clone(p)
	return len(p), nil
}

// run starts the simulators and gives their base URLs; stop ends them.
func run(t *testing.T, values map[string]string) (kobisURL, tmdbURL string, stop func() error) {
	t.Helper()
	cfg, err := service.FromMap[serve.Config](values)
	require.NoError(t, err)
	log := &logLines{lines: make(chan []byte, 16)}
	cfg.LogWriter = log
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- serve.Run(ctx, cfg) }()
	var first struct {
		KOBIS string `json:"kobis_base_url"`
		TMDB  string `json:"tmdb_base_url"`
	}
	select {
	case line := <-log.lines:
		require.NoError(t, json.Unmarshal(line, &first))
	case err := <-done:
		cancel()
		require.NoError(t, err)
		t.Fatal("ended before it served")
	}
	return first.KOBIS, first.TMDB, func() error {
		cancel()
		return <-done
	}
}

func get(t *testing.T, address string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer token")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

func TestTwoAddresses(t *testing.T) {
	t.Parallel()
	kobisURL, tmdbURL, stop := run(t, map[string]string{
		"SIM_KOBIS_ADDR": "127.0.0.1:0", "SIM_TMDB_ADDR": "127.0.0.1:0", "KOBIS_API_KEYS": "one,two", "TMDB_ACCESS_TOKEN": "token",
		"SIM_GENERATE_FILMS": "10", "SIM_LATENCY": "1ms-2ms",
	})
	require.Contains(t, get(t, kobisURL+"/movie/searchMovieList.json?key=two&itemPerPage=1"), `"totCnt":2060`)
	require.Contains(t, get(t, kobisURL+"/movie/searchMovieList.json?key=three"), "320010")
	require.Contains(t, get(t, tmdbURL+"/3/configuration"), "image.tmdb.org")
	require.Contains(t, get(t, tmdbURL+"/_sim/stats"), `"searchMovieList": 2`)
	require.NoError(t, stop())
}

func TestStopEndsHeldRequests(t *testing.T) {
	t.Parallel()
	kobisURL, _, stop := run(t, map[string]string{
		"SIM_KOBIS_ADDR": "127.0.0.1:0", "SIM_TMDB_ADDR": "127.0.0.1:0", "SIM_KOBIS_FAULTS": "timeout=1",
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, kobisURL+"/movie/searchMovieList.json?key=k", nil)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Do(request)
		if err == nil {
			response.Body.Close()
		}
		ended <- err
	}()
	stats := kobisURL[:len(kobisURL)-len("/kobisopenapi/webservice/rest")] + "/_sim/stats"
	require.Eventually(t, func() bool { return bytes.Contains([]byte(get(t, stats)), []byte(`"timeout": 1`)) }, time.Minute, time.Millisecond)
	require.NoError(t, stop())
	require.Error(t, <-ended)
}

func TestAnAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	kobisURL, _, stop := run(t, map[string]string{"SIM_KOBIS_ADDR": "127.0.0.1:0", "SIM_TMDB_ADDR": "127.0.0.1:0"})
	host := kobisURL[len("http://") : len(kobisURL)-len("/kobisopenapi/webservice/rest")]
	cfg, err := service.FromMap[serve.Config](map[string]string{"SIM_KOBIS_ADDR": "127.0.0.1:0", "SIM_TMDB_ADDR": host})
	require.NoError(t, err)
	cfg.LogWriter = io.Discard
	require.ErrorContains(t, serve.Run(t.Context(), cfg), "listening for TMDB")
	require.NoError(t, stop())
}

func TestConfigurationNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := service.FromMap[serve.Config](map[string]string{
		"SIM_NOT_FOUND": "shrug", "KOBIS_RATE": "fast", "SIM_LATENCY": "slow", "SIM_KOBIS_FAULTS": "flood=1",
		"SIM_GENERATE_FILMS": "-1", "SIM_DAY": "0s", "KOBIS_QUOTA_ZONE": "Mars/Olympus",
	})
	for _, name := range []string{
		"SIM_NOT_FOUND", "KOBIS_RATE", "SIM_LATENCY", "SIM_KOBIS_FAULTS", "SIM_GENERATE_FILMS", "SIM_DAY", "KOBIS_QUOTA_ZONE",
	} {
		require.ErrorContains(t, err, name)
	}
}

func TestTheCatalogueIsAChoiceOfAFolder(t *testing.T) {
	t.Parallel()
	cfg, err := service.FromMap[serve.Config](nil)
	require.NoError(t, err)
	require.Empty(t, cfg.Validate())
	cfg.Catalogue = "2018"
	require.Len(t, cfg.Validate(), 1)
	cfg.Data = "folder"
	require.Empty(t, cfg.Validate())
	cfg.Catalogue = "1999"
	require.Len(t, cfg.Validate(), 1)
}
