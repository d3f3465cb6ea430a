package loader

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/topology"
)

// A chunk is one span, which leads to the trace of each of its messages.
func TestAChunkIsASpanWithALinkToEachMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.worker(t)
	spans := tracetest.NewSpanRecorder()
	one.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans)).Tracer("")
	pages := films(3, 2)
	for i := range pages[:2] { // the last was asked for by nobody who traces
		pages[i].Trace = messages.Trace{Parent: fmt.Sprintf("00-%032x-%016x-01", i+1, i+1)}
	}
	w.publish(pages...)
	chunk := make([]*message, 0, len(pages))
	consumer, err := w.js.Consumer(t.Context(), topology.StreamRaw, topology.ConsumerLoader)
	require.NoError(t, err)
	for range pages {
		msg, err := consumer.Next()
		require.NoError(t, err)
		chunk = append(chunk, open(msg, now))
	}
	one.load(t.Context(), &batch{messages: chunk, close: func() {}})
	require.Equal(t, 6, w.count("staging.kobis_movies"))

	require.Len(t, spans.Ended(), 1)
	span := spans.Ended()[0]
	require.Equal(t, "process RAW", span.Name())
	require.Equal(t, trace.SpanKindConsumer, span.SpanKind())
	require.Len(t, span.Links(), 2)
	for i, link := range span.Links() {
		require.Equal(t, fmt.Sprintf("%032x", i+1), link.SpanContext.TraceID().String())
	}
	for _, a := range []attribute.KeyValue{
		attribute.String("messaging.system", "nats"), attribute.String("messaging.destination.name", "RAW"),
		attribute.String("messaging.consumer.group.name", "loader"), attribute.Int("messaging.batch.message_count", 3),
	} {
		require.Contains(t, span.Attributes(), a)
	}
}

// ending is told when a span ends.
type ending func()

func (ending) OnStart(context.Context, sdktrace.ReadWriteSpan) {}
func (e ending) OnEnd(sdktrace.ReadOnlySpan)                   { e() }
func (ending) Shutdown(context.Context) error                  { return nil }
func (ending) ForceFlush(context.Context) error                { return nil }

// What is tried alone has a span to its end: what becomes of it is part of that.
func TestTheSpanOfASuspectEndsWithWhatBecomesOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.worker(t)
	ended, buried := 0, 0
	one.tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(ending(func() {
		ended++
		buried = len(w.deadLetters())
	}))).Tracer("")
	w.publish(films(1, 1)...)
	s, suspected := newSuspect(w.delivered(t))
	require.True(t, suspected)
	w.exec("ALTER TABLE staging.kobis_movies ADD CONSTRAINT nothing CHECK (false)")
	one.tryAlone(t.Context(), []*suspect{s})
	require.Equal(t, []int{1, 1}, []int{ended, buried})
}
