package upstream_test

import (
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/upstream"
)

func TestTheRequestIsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	server := serveRaw(t, saying(fine))
	client := newClient(t, upstream.Config{BaseURL: "http://" + server.addr + "/rest/", UserAgent: "pipeline/1"})
	_, err := client.Get(t.Context(), upstream.Request{
		Kind: "movie-search", Path: "/search/영화.json",
		Query:       url.Values{"query": {"살인의 추억 & 1"}, "page": {"2"}},
		SecretQuery: map[string]string{"key": apiKey}, Bearer: token,
		Header: http.Header{"accept-language": {"ko"}},
	})
	require.NoError(t, err)
	got := server.last()
	require.Equal(t, http.MethodGet, got.Method)
	require.Equal(t, "/rest/search/영화.json", got.URL.Path)
	require.Equal(t, url.Values{"query": {"살인의 추억 & 1"}, "page": {"2"}, "key": {apiKey}}, got.URL.Query())
	require.Equal(t, "Bearer "+token, got.Header.Get("Authorization"))
	require.Equal(t, "pipeline/1", got.Header.Get("User-Agent"))
	require.Equal(t, "application/json", got.Header.Get("Accept"))
	require.Equal(t, "ko", got.Header.Get("Accept-Language"))
	require.Equal(t, "gzip", got.Header.Get("Accept-Encoding"))
	require.Empty(t, got.Header.Get("Traceparent"), "trace context is not a third party's")
}

func TestTheCallersQueryIsLeftAlone(t *testing.T) {
	t.Parallel()
	client := newClient(t, upstream.Config{BaseURL: "http://" + serveRaw(t, saying(fine)).addr})
	query := url.Values{"page": {"1"}}
	_, err := client.Get(t.Context(), upstream.Request{
		Kind: "x", Path: "/", Query: query, SecretQuery: map[string]string{"key": apiKey},
	})
	require.NoError(t, err)
	require.Equal(t, url.Values{"page": {"1"}}, query)
}

func TestEveryStatusIsAnAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 204, 301, 302, 304, 307, 400, 401, 404, 422, 429, 500, 503} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int64
			base := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			})
			resp, err := newClient(t, upstream.Config{BaseURL: base}).Get(t.Context(), detail)
			require.NoError(t, err)
			require.Equal(t, status, resp.Status)
			require.Equal(t, "/elsewhere", resp.Header.Get("Location"))
			require.EqualValues(t, 1, calls.Load(), "a redirect is not followed")
		})
	}
}

func TestTimesAreTheClocks(t *testing.T) {
	t.Parallel()
	now := time.Date(2025, 8, 25, 0, 0, 0, 0, time.UTC)
	client := newClient(t, upstream.Config{
		BaseURL: "http://" + serveRaw(t, func(conn *net.TCPConn, _ *http.Request, _ int) bool {
			say(conn, fine)
			return false
		}).addr,
		Now: func() time.Time {
			now = now.Add(time.Second)
			return now
		},
	})
	resp, err := client.Get(t.Context(), detail)
	require.NoError(t, err)
	require.Equal(t, now.Add(-time.Second), resp.Sent)
	require.Equal(t, now, resp.Received)
}

func TestABadBaseURLIsRefusedWithoutRepeatingIt(t *testing.T) {
	t.Parallel()
	for _, base := range []string{
		"", "host", "//host", "ftp://host", "http://", "http://user:" + apiKey + "@host", "http://host?key=" + apiKey,
		"http://host#" + apiKey, "http://host:x" + apiKey, "http:// " + apiKey,
	} {
		_, err := upstream.New(upstream.Config{Source: "kobis", BaseURL: base})
		require.ErrorContains(t, err, "making the kobis client: the base URL", base)
		require.NotContains(t, err.Error(), apiKey)
	}
}
