package upstream_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/cledit/pipeline/pkg/redact"
	"github.com/cledit/pipeline/pkg/upstream"
)

const (
	apiKey = "430156241533f1d058c603178cc3ca0e"
	token  = "eyJhbGciOiJIUzI1NiJ9.odd+/&=token.x"
)

var secretive = upstream.Request{
	Kind: "movie-detail", Path: "/movie", Query: url.Values{"movieCd": {"20190324"}},
	SecretQuery: map[string]string{"key": apiKey}, Bearer: token,
}

// ear hears all that a client says.
type ear struct {
	client   *upstream.Client
	spans    *tracetest.InMemoryExporter
	provider *sdktrace.TracerProvider
	registry *prometheus.Registry
	seen     []upstream.Observation
}

func listen(tb testing.TB, cfg upstream.Config) *ear {
	tb.Helper()
	e := &ear{spans: tracetest.NewInMemoryExporter(), registry: prometheus.NewRegistry()}
	e.provider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(e.spans))
	cfg.Source, cfg.Tracer, cfg.Registerer = "kobis", e.provider, e.registry
	cfg.Observe = func(o upstream.Observation) { e.seen = append(e.seen, o) }
	client, err := upstream.New(cfg)
	require.NoError(tb, err)
	tb.Cleanup(client.Close)
	e.client = client
	return e
}

// heard is everything: what the call returned, spans, metrics, observations,
// each in the most talkative format.
func (e *ear) heard(tb testing.TB, resp *upstream.Response, err error) string {
	tb.Helper()
	var all strings.Builder
	fmt.Fprintf(&all, "%v %+v %#v\n", err, err, err)
	if resp != nil {
		fmt.Fprintf(&all, "%d %s %+v %s\n", resp.Status, resp.Body, resp.Header, resp.Sent)
	}
	for err := range chain(err) {
		fmt.Fprintf(&all, "%v %+v %#v\n", err, err, err)
	}
	spans, failed := json.Marshal(e.spans.GetSpans().Snapshots())
	require.NoError(tb, failed)
	for _, span := range e.spans.GetSpans() {
		fmt.Fprintf(&all, "%+v\n%s\n", span, spans)
	}
	families, failed := e.registry.Gather()
	require.NoError(tb, failed)
	for _, family := range families {
		all.WriteString(family.String() + "\n")
	}
	fmt.Fprintf(&all, "%+v\n", e.seen)
	return all.String()
}

// chain walks through all that an error wraps.
func chain(err error) func(func(error) bool) {
	return func(yield func(error) bool) {
		if err == nil || !yield(err) {
			return
		}
		var inner []error
		switch wraps := err.(type) { //nolint:errorlint // each error is looked at by itself
		case interface{ Unwrap() error }:
			inner = []error{wraps.Unwrap()}
		case interface{ Unwrap() []error }:
			inner = wraps.Unwrap()
		}
		for _, one := range inner {
			for deeper := range chain(one) {
				if !yield(deeper) {
					return
				}
			}
		}
	}
}

func requireNoSecret(tb testing.TB, text string) {
	tb.Helper()
	for _, secret := range []string{apiKey, token} {
		for _, spelling := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret)} {
			require.NotContains(tb, text, spelling)
		}
	}
}

func TestNothingThatIsSaidHoldsASecret(t *testing.T) {
	t.Parallel()
	url := "http://host/movie?key=" + apiKey + "&t=" + url.QueryEscape(token)
	tests := map[string]struct {
		base     string
		answer   string
		timeouts upstream.Timeouts
		hears    string
	}{
		"answer":          {answer: fine, hears: "2xx"},
		"refused":         {base: "http://127.0.0.1:1", hears: "dialling"},
		"no such host":    {base: "http://no-such-host.invalid", hears: "no-such-host.invalid"},
		"no TLS":          {base: "https://127.0.0.1:1", hears: "dialling"},
		"empty answer":    {answer: "", hears: "EOF"},
		"timeout":         {answer: fine[:20], timeouts: upstream.Timeouts{Total: soon}},
		"redirect":        {answer: "HTTP/1.1 302 Found\r\nLocation: " + url + "\r\nContent-Length: 0\r\n\r\n", hears: redact.Mask(apiKey)},
		"echo in a body":  {answer: head("Connection: close") + `{"faultInfo":"` + url + `"}`, hears: redact.Mask(apiKey)},
		"echo in a name":  {answer: head("X-"+apiKey+": 1", "Content-Length: 0")},
		"echo in a fault": {answer: "HTTP/1.1 " + apiKey + " bad\r\n\r\n", hears: redact.Mask(apiKey)},
		"disguised echo":  {answer: head("Connection: close") + `{"faultInfo":"` + strings.Replace(apiKey, "4", `\u0034`, 1) + `"}`},
		"echo as HTTP":    {answer: url + "\r\n\r\n", hears: redact.Mask(apiKey)},
		"echo in a line":  {answer: head("bad " + apiKey + " line")},
		"echo in length":  {answer: head("Content-Length: " + apiKey), hears: redact.Mask(apiKey)},
		"echo in coding":  {answer: head("Transfer-Encoding: " + apiKey), hears: redact.Mask(apiKey)},
		"echo in a chunk": {answer: head("Transfer-Encoding: chunked") + apiKey + token + "\r\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := tt.base
			if base == "" {
				base = "http://" + serveRaw(t, saying(tt.answer)).addr
			}
			e := listen(t, upstream.Config{BaseURL: base, Timeouts: tt.timeouts})
			resp, err := e.client.Get(t.Context(), secretive)
			heard := e.heard(t, resp, err)
			requireNoSecret(t, heard)
			require.Contains(t, heard, tt.hears)
			require.Contains(t, heard, "20190324", "the public part of the query is told")
		})
	}
}

func TestAnEchoIsMarked(t *testing.T) {
	t.Parallel()
	base := "http://" + serveRaw(t, saying(head("Connection: close", "X-Key: a "+apiKey)+`{"key":"`+apiKey+`"}`)).addr
	resp, err := newClient(t, upstream.Config{BaseURL: base}).Get(t.Context(), secretive)
	require.NoError(t, err)
	require.True(t, resp.Redacted)
	require.JSONEq(t, `{"key":"`+redact.Mask(apiKey)+`"}`, string(resp.Body))
	require.Equal(t, "a "+redact.Mask(apiKey), resp.Header.Get("X-Key"))
	require.False(t, resp.Withheld)
}

// What was sent with one call is not told by what comes to another, as from a cache
// between; and nothing is kept of what tells it to one who decodes it.
func TestNoAnswerTellsWhatAnotherCallSent(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"plain": apiKey, "escaped": strings.ReplaceAll(apiKey, "4", "%34"), "of another case": strings.ToUpper(apiKey)} {
		base := "http://" + serveRaw(t, saying(head("Connection: close", "X-Told: a "+body)+`{"key":"`+body+`"}`)).addr
		client := newClient(t, upstream.Config{BaseURL: base})
		_, err := client.Get(t.Context(), secretive)
		require.NoError(t, err)
		other := secretive
		other.SecretQuery = map[string]string{"key": "another-key-of-ours"}
		resp, err := client.Get(t.Context(), other)
		require.NoError(t, err)
		require.True(t, resp.Redacted, name)
		require.Equal(t, name != "plain", resp.Withheld, name)
		require.NotContains(t, string(resp.Body), body, name)
		require.NotContains(t, resp.Header.Get("X-Told"), body, name)
		require.Equal(t, name != "plain", len(resp.Body) == 0, name)
	}
}

func FuzzNoAnswerMakesTheClientTell(f *testing.F) {
	for _, seed := range []string{
		fine, "HTTP/1.1 200 OK\r\n", "HTTP/1.1 302 Found\r\nLocation: /?key=KEY\r\n\r\n", "KEY", "HTTP/1.1 KEY\r\n\r\n",
		head("Content-Length: KEY"), head("KEY: x", "Connection: close") + `{"KEY": "KEY"}`,
		head("Transfer-Encoding: chunked") + "KEY\r\n", head("Trailer: KEY", "Transfer-Encoding: chunked") + "0\r\nKEY: KEY\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		answer = strings.ReplaceAll(answer, "KEY", apiKey)
		base := "http://" + serveRaw(t, saying(answer)).addr
		e := listen(t, upstream.Config{BaseURL: base, Timeouts: upstream.Timeouts{Total: 2 * time.Second}, MaxBody: 1 << 10})
		resp, err := e.client.Get(t.Context(), secretive)
		requireNoSecret(t, e.heard(t, resp, err))
		require.Len(t, e.seen, 1)
		require.True(t, e.seen[0].Sent)
	})
}
