package planner

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A digest is posted as chats take it, again while the other side is away or busy, and
// not again when it refuses; what it says of a failure does not tell the address.
func TestADigestIsPosted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []int // one after the other; the last for all that follow
		tries   int32
		fails   string
	}{
		"at once":             {[]int{http.StatusOK}, 1, ""},
		"after two that fail": {[]int{http.StatusBadGateway, http.StatusTooManyRequests, http.StatusNoContent}, 3, ""},
		"never":               {[]int{http.StatusServiceUnavailable}, 2, "503 Service Unavailable"},
		"too much":            {[]int{http.StatusTooManyRequests}, webhookTries, "429 Too Many Requests"},
		"refused":             {[]int{http.StatusForbidden}, 1, "403 Forbidden: is the address right?"},
		"sent elsewhere":      {[]int{http.StatusFound}, 1, "302 Found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			var got webhookText
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n := int(tries.Add(1))
				_ = json.NewDecoder(r.Body).Decode(&got)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.answers[min(n, len(c.answers))-1])
			}))
			defer server.Close()
			err := Webhook{server.URL + "/services/SECRET"}.post(t.Context(), "**2025-12-01**\n\n- 3 titles changed", time.Millisecond, posts(new(int)))
			require.Equal(t, c.tries, tries.Load())
			require.Equal(t, "**2025-12-01**\n\n- 3 titles changed", got.Text)
			if c.fails == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.fails)
			require.NotContains(t, err.Error(), "SECRET")
		})
	}
}

// posts counts as the database does.
func posts(n *int) postings {
	return postings{
		take: func() (bool, error) {
			if *n == 2 {
				return false, nil
			}
			*n++
			return true, nil
		},
		back: func() error {
			*n--
			return nil
		},
	}
}

// However often a job is started again whose answers are lost, and whatever the other
// side says, a digest arrives at most twice on a day.
func TestADigestArrivesAtMostTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tick()
	for name, answer := range map[string]http.HandlerFunc{
		"500":        func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) },
		"hangs up":   func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"a page":     func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>welcome</html>")) },
		"no answers": nil,
	} {
		var arrived atomic.Int32
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			arrived.Add(1)
			answer(rw, r)
		}))
		t.Cleanup(server.Close)
		if answer == nil {
			server.Close()
		}
		cfg := digestConfig{Since: since(time.Hour), Now: w.now, Webhook: Webhook{server.URL}}
		cfg.Database.URL, cfg.Stdout = w.url, io.Discard
		w.exec("DELETE FROM ops.digests")
		var last error
		for range 3 {
			last = cfg.show(t.Context(), time.Millisecond)
		}
		require.LessOrEqual(t, arrived.Load(), int32(2), name)
		require.Error(t, last, name)
		require.Equal(t, answer == nil, arrived.Load() == 0)
		w.pass(24 * time.Hour)
		_ = cfg.show(t.Context(), time.Millisecond)
		require.LessOrEqual(t, arrived.Load(), int32(4), "on the next day again")
	}
}

// Nobody answers at all: the command fails, and does not tell the address.
func TestADigestThatNobodyTakesIsAnError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	gone := server.URL
	server.Close()
	err := Webhook{gone + "/services/SECRET"}.post(t.Context(), "a text", time.Millisecond, posts(new(int)))
	require.ErrorContains(t, err, "posting the digest to the address of REPORT_WEBHOOK_URL")
	require.NotContains(t, err.Error(), "SECRET")
	for _, odd := range []string{"chat.example/hook", "ftp://chat.example/hook", "https://", ":"} {
		require.NotEmpty(t, Webhook{odd}.Validate(), odd)
	}
	require.Empty(t, Webhook{}.Validate())
	require.Empty(t, Webhook{"https://chat.example/hook"}.Validate())
}
