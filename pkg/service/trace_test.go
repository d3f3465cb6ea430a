package service_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/cledit/pipeline/pkg/natstest"
)

// collector takes OTLP over HTTP and keeps what it was sent.
type collector struct {
	*httptest.Server
	mu     sync.Mutex
	bodies map[string]string // by path
}

func startCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{bodies: make(map[string]string)}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.bodies[r.URL.Path] += string(body)
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) sent(path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bodies[path]
}

func TestSpansAreExportedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	for _, slash := range []string{"", "/"} {
		collector := startCollector(t)
		cfg, _ := config(t, natstest.Start(t).ClientURL())
		cfg.OTLPEndpoint = collector.URL + slash
		rt := start(t, cfg)
		_, span := rt.Tracer.Tracer("test").Start(t.Context(), "a-span-of-this-test")
		span.End()
		require.NoError(t, rt.Close(context.Background()))
		require.Contains(t, collector.sent("/v1/traces"), "a-span-of-this-test")
		require.Contains(t, collector.sent("/v1/traces"), "planner")
	}
}

func TestACollectorThatIsAwayHindersNothing(t *testing.T) {
	t.Parallel()
	cfg, log := config(t, natstest.Start(t).ClientURL())
	cfg.OTLPEndpoint = "http://" + nobody
	rt := start(t, cfg)
	_, span := rt.Tracer.Tracer("test").Start(t.Context(), "lost")
	span.End()
	require.NoError(t, rt.Close(context.Background()))
	require.Equal(t, 1, log.count("traces cannot be exported"))
	require.Zero(t, log.count("exported again"))
}

func TestACollectorThatIsBusyDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable) // to be tried again, for a minute
	}))
	t.Cleanup(busy.Close)
	cfg, log := config(t, natstest.Start(t).ClientURL())
	cfg.OTLPEndpoint = busy.URL
	rt := start(t, cfg)
	_, span := rt.Tracer.Tracer("test").Start(t.Context(), "lost")
	span.End()
	require.NoError(t, rt.Close(context.Background()))
	require.Equal(t, 1, log.count("the last traces could not be sent"))
}

func TestTraceContextPassesWithoutACollector(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t, natstest.Start(t).ClientURL())
	rt := start(t, cfg)
	parent := "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	ctx := otel.GetTextMapPropagator().Extract(t.Context(), propagation.MapCarrier{"traceparent": parent})
	ctx, span := rt.Tracer.Tracer("test").Start(ctx, "in between")
	defer span.End()
	carrier := propagation.MapCarrier{}
	otel.GetTextMapPropagator().Inject(ctx, carrier)
	require.Equal(t, parent, carrier["traceparent"])
}
