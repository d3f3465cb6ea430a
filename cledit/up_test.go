package cledit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/cledit"
	"github.com/cledit/pipeline/cledit/stack"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
)

const (
	patience = 5 * time.Minute // a loaded machine is slow, and not wrong
	poll     = 50 * time.Millisecond
)

// terminal is what somebody who looks at a terminal has seen.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *terminal) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// words are the text without what depends on where lines are broken.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func (s *terminal) until(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(words(s.String()), text) }, patience, poll, "%q is never said", text)
}

// up runs the pipeline in a folder until stop is called, which is as Ctrl-C.
func up(t *testing.T, cfg stack.Config) (seen *terminal, stop func()) {
	t.Helper()
	seen = &terminal{}
	cfg.Stdout, cfg.Stderr = io.Discard, seen
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- cledit.Up(ctx, cfg) }()
	t.Cleanup(cancel)
	return seen, func() {
		t.Helper()
		cancel()
		require.NoError(t, <-ended, seen.String())
	}
}

func status(t *testing.T, dir string, asJSON bool) string {
	t.Helper()
	var out bytes.Buffer
	cfg, err := service.FromMap[cledit.StatusConfig](map[string]string{"CLEDIT_DIR": dir})
	require.NoError(t, err)
	cfg.Stdout, cfg.JSON = &out, asJSON
	require.NoError(t, cledit.Status(t.Context(), cfg))
	return out.String()
}

func plan(t *testing.T, dir string) string {
	t.Helper()
	var out, log bytes.Buffer
	cfg, err := service.FromMap[cledit.PlanConfig](map[string]string{"CLEDIT_DIR": dir})
	require.NoError(t, err)
	cfg.Stdout, cfg.Stderr = &out, &log
	require.NoError(t, cledit.Plan(t.Context(), cfg), log.String())
	return out.String()
}

// requireNarrow holds a text to 80 columns, but for words that can't be broken.
func requireNarrow(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if wide := utf8.RuneCountInString(strings.TrimRight(line, "\n")) > 80; wide {
			require.LessOrEqual(t, len(strings.Fields(line)), 2, line)
		}
	}
}

// requireUp runs up on a folder that has everything: it says so and where to look,
// and the other commands find it by its folder.
func requireUp(t *testing.T, dir string) {
	t.Helper()
	seen, stop := up(t, config(t, map[string]string{"CLEDIT_DIR": dir}, new(bytes.Buffer), new(bytes.Buffer)))
	seen.until(t, "• the first load is done")
	seen.until(t, "All is known")
	for _, text := range []string{"Look at it in a browser: http://127.0.0.1:", os.Args[0] + " status", "KST KOBIS: All is known", "Running until Ctrl-C.", "tables psql", "streams nats --server", "log " + dir, "health /readyz and /metrics", "fetcher-kobis http://127.0.0.1:"} {
		require.Contains(t, words(seen.String()), text)
	}
	_, narrated, _ := strings.Cut(seen.String(), "health ")
	requireNarrow(t, narrated)

	var state cledit.State
	require.Eventually(t, func() bool {
		state = cledit.State{}
		require.NoError(t, json.Unmarshal([]byte(status(t, dir, true)), &state))
		for _, name := range []string{"planner", "fetcher-kobis", "fetcher-tmdb", "loader"} {
			if !state.Services[name].Ready {
				return false
			}
		}
		return true
	}, patience, poll, "not every service is ready")
	require.False(t, state.Real)
	require.EqualValues(t, 2050, state.Rows["films of KOBIS"])
	text := status(t, dir, false)
	requireNarrow(t, text)
	require.Contains(t, text, "Running on simulated sources since ")
	require.Contains(t, words(text), "│ loader │ ready │ http://127.0.0.1:")
	text = plan(t, dir)
	requireNarrow(t, text)
	require.Contains(t, text, "The catalogue: 2050 films known")
	_, err := reset(t, dir, "--yes")
	require.ErrorContains(t, err, "in use by another program")

	requireExamples(t, state)
	requirePages(t, atConsole.FindString(seen.String()))
	stop()
	seen.until(t, "Stopped. What was answered is kept; the next run goes on from here.")
	_, err = stack.Find(dir)
	require.ErrorIs(t, err, stack.ErrClosed)
}

// TestUpSaysWhatIsWrongWithTheSources has one source that nobody answers for, and
// one that refuses the token.
func TestUpSaysWhatIsWrongWithTheSources(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"status_code":7,"status_message":"Invalid API key: You must be granted a valid key.","success":false}`)
	}))
	defer refusing.Close()
	away, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, away.Close())

	const key, token = "0123456789abcdef0123456789abcdef", "a-token-that-is-refused"
	dir := filepath.Join(t.TempDir(), "stack")
	cfg := config(t, map[string]string{"CLEDIT_DIR": dir, "KOBIS_API_KEYS": key + ",1" + key[1:], "TMDB_ACCESS_TOKEN": token}, new(bytes.Buffer), new(bytes.Buffer))
	cfg.KOBISURL, cfg.TMDBURL = "http://"+away.Addr().String(), refusing.URL
	seen, stop := up(t, cfg)
	seen.until(t, "fetcher-kobis: the source is failing; sending one call at a time, with growing pauses")
	seen.until(t, "connection refused")
	seen.until(t, "fetcher-tmdb: ")
	seen.until(t, "days with 2 keys; more keys make it shorter)")

	require.Eventually(t, func() bool {
		return strings.Contains(status(t, dir, true), "halted: the source refuses every key")
	}, patience, poll, "status never says that every key is refused")
	require.Contains(t, status(t, dir, false), "Running on the real sources since ")
	require.Eventually(t, func() bool {
		text := words(plan(t, dir))
		return strings.Contains(text, "kobis is failing") && strings.Contains(text, "tmdb refuses the key "+quota.Fingerprint(token))
	}, patience, poll, "the plan never says what is wrong")
	stop()
	for _, secret := range []string{key, token} {
		require.NotContains(t, seen.String(), secret)
	}
	_, err = reset(t, dir)
	require.ErrorIs(t, err, service.ErrUnasked)
	var out, say bytes.Buffer
	err = cledit.Demo(t.Context(), config(t, map[string]string{"CLEDIT_DIR": dir}, &out, &say))
	require.ErrorContains(t, err, "removes answers that calls were paid for")
}
