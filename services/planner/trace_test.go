package planner

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
)

func TestEachJobBeginsATrace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, catalogueOf(3)...)
	spans := tracetest.NewSpanRecorder()
	w.planner = w.assemble(w.config(), w.config().tick(), func(c *connections) {
		c.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer(tracerName)
	})
	names := w.tick()
	ended := spans.Ended()
	require.Len(t, ended, len(names))
	stream, err := w.js.Stream(t.Context(), topology.StreamJobs)
	require.NoError(t, err)
	traces := map[string]bool{}
	for _, name := range names {
		msg, err := stream.GetLastMsgForSubject(t.Context(), messages.PrefixJobs+name)
		require.NoError(t, err)
		traces[msg.Header.Get("traceparent")] = true
	}
	for _, span := range ended {
		at := span.SpanContext()
		require.Contains(t, span.Attributes(), attribute.String("messaging.system", "nats"))
		require.Contains(t, span.Attributes(), attribute.String("messaging.destination.name", topology.StreamJobs))
		require.Contains(t, traces, fmt.Sprintf("00-%s-%s-01", at.TraceID(), at.SpanID()))
	}
	require.Len(t, traces, len(names), "each has its own")
}
