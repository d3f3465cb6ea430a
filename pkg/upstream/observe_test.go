package upstream_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"

	"github.com/cledit/pipeline/pkg/upstream"
)

func TestMetricsCountWhatWasSpent(t *testing.T) {
	t.Parallel()
	answers := []string{"200 OK", "404 Not Found", "429 Too Many Requests", "503 Busy", ""}
	var turn atomic.Int64
	server := serveRaw(t, func(conn *net.TCPConn, _ *http.Request, _ int) bool {
		status := answers[turn.Add(1)-1]
		if status != "" {
			say(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 3\r\n\r\nabc")
		}
		return status != ""
	})
	e := listen(t, upstream.Config{BaseURL: "http://" + server.addr})
	for range answers {
		_, _ = e.client.Get(t.Context(), detail) // the last one fails; that is counted
	}
	_, err := e.client.Get(t.Context(), upstream.Request{Kind: "movie-list", Path: "not-a-path"})
	require.Error(t, err)

	require.NoError(t, testutil.GatherAndCompare(e.registry, strings.NewReader(`
# HELP cledit_upstream_requests_total Requests that may have reached the API, by what came back.
# TYPE cledit_upstream_requests_total counter
cledit_upstream_requests_total{kind="movie-detail",source="kobis",status="2xx"} 1
cledit_upstream_requests_total{kind="movie-detail",source="kobis",status="429"} 1
cledit_upstream_requests_total{kind="movie-detail",source="kobis",status="4xx"} 1
cledit_upstream_requests_total{kind="movie-detail",source="kobis",status="5xx"} 1
cledit_upstream_requests_total{kind="movie-detail",source="kobis",status="none"} 1
# HELP cledit_upstream_response_bytes_total Bytes of complete bodies, decompressed.
# TYPE cledit_upstream_response_bytes_total counter
cledit_upstream_response_bytes_total{kind="movie-detail",source="kobis"} 12
# HELP cledit_upstream_unsent_total Calls that ended before the request was sent.
# TYPE cledit_upstream_unsent_total counter
cledit_upstream_unsent_total{kind="movie-list",source="kobis"} 1
`), "cledit_upstream_requests_total", "cledit_upstream_response_bytes_total", "cledit_upstream_unsent_total"))
	problems, err := testutil.GatherAndLint(e.registry)
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Equal(t, 5, server.seen())
}

func TestTwoClientsOfOneSourceDoNotShareARegistry(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	cfg := upstream.Config{Source: "kobis", BaseURL: "http://host", Registerer: registry}
	_, err := upstream.New(cfg)
	require.NoError(t, err)
	_, err = upstream.New(cfg)
	require.ErrorContains(t, err, "registering the kobis metrics")
	cfg.Source = "tmdb"
	_, err = upstream.New(cfg)
	require.NoError(t, err)
}

func TestASpanTellsThePublicPart(t *testing.T) {
	t.Parallel()
	e := listen(t, upstream.Config{BaseURL: "http://" + serveRaw(t, saying(fine)).addr + "/rest"})
	_, err := e.client.Get(t.Context(), secretive)
	require.NoError(t, err)
	span := e.spans.GetSpans()[0]
	require.Equal(t, "GET kobis movie-detail", span.Name)
	attributes := fmt.Sprint(span.Attributes)
	for _, want := range []string{"url.path", "/rest/movie", "movieCd=20190324", "http.response.status_code", "200", "127.0.0.1"} {
		require.Contains(t, attributes, want)
	}
}

func TestASpanOfAFailureSaysSo(t *testing.T) {
	t.Parallel()
	e := listen(t, upstream.Config{BaseURL: "http://127.0.0.1:1"})
	_, err := e.client.Get(t.Context(), secretive)
	require.Error(t, err)
	status := e.spans.GetSpans()[0].Status
	require.Equal(t, codes.Error, status.Code)
	require.Equal(t, err.Error(), status.Description)
}
