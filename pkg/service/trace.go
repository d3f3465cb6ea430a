package service

import (
	"context"
	"fmt"
	"strings"

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
		log.Warn().Err(err).Msg("traces could not be exported")
	}))
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", name), attribute.String("service.version", Version()))),
	)
	otel.SetTracerProvider(provider)
	return provider, func(ctx context.Context) error {
		if err := provider.Shutdown(ctx); err != nil {
			// The spans are lost either way; the service still stopped in order.
			log.Warn().Err(err).Msg("the last traces could not be exported")
		}
		return nil
	}, nil
}
