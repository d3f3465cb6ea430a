package service

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// tracesPath is where a collector takes traces, below its base URL.
const tracesPath = "/v1/traces"

// mostLinks is how many messages a span may be linked with: those of the largest chunk.
const mostLinks = 10_000

// traceBound is how long a collector may hold up the end of a service.
const traceBound = 2 * time.Second

// startTracing returns where spans go and how to send the last of them. Trace
// context is passed on in W3C headers whether spans are exported or not. A
// collector that is away costs spans and log lines, nothing else.
func startTracing(
	ctx context.Context, name, endpoint string, log zerolog.Logger,
) (trace.TracerProvider, func(context.Context) error, error) {
	otel.SetTextMapPropagator(propagation.TraceContext{})
	if isOff(endpoint) {
		return noop.NewTracerProvider(), func(context.Context) error { return nil }, nil
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimRight(endpoint, "/")+tracesPath))
	if err != nil {
		return nil, nil, fmt.Errorf("making the OTLP exporter: %w", err)
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.Warn().Err(err).Msg("tracing reports an error")
	}))
	limits := sdktrace.NewSpanLimits()
	limits.LinkCountLimit = mostLinks
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithRawSpanLimits(limits),
		sdktrace.WithBatcher(&reportingExporter{SpanExporter: exporter, log: log}),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", name), attribute.String("service.version", Version()))),
	)
	otel.SetTracerProvider(provider)
	return provider, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeoutCause(ctx, traceBound,
			fmt.Errorf("sending the last traces took longer than %s", traceBound))
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			// Spans are lost, nothing else: the service has stopped in order.
			log.Warn().AnErr("cause", context.Cause(ctx)).Err(err).Msg("the last traces could not be sent")
			// The provider has given up on its exporter without stopping it.
			return exporter.Shutdown(context.WithoutCancel(ctx))
		}
		return nil
	}, nil
}

// reportingExporter loses spans that the collector does not take, and says so
// once, in the log of the service that they belong to: OpenTelemetry's own
// reports go to one place per process.
type reportingExporter struct {
	sdktrace.SpanExporter
	log     zerolog.Logger
	failing atomic.Bool
}

// ExportSpans never fails.
func (e *reportingExporter) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil && !e.failing.Swap(true):
		e.log.Warn().Err(err).Msg("traces cannot be exported; they are lost until the collector is back")
	case err == nil && e.failing.Swap(false):
		e.log.Info().Msg("traces are exported again")
	}
	return nil
}
