package upstream

import (
	"context"
	"fmt"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Observation is one Get as it is counted.
type Observation struct {
	Kind    string
	Status  int // 0 without a response
	Sent    bool
	Seconds float64
	Bytes   int // of the body, decompressed; 0 when it was not complete
	Err     *Error
}

// newMetrics counts requests that may have reached the server apart from calls
// that certainly did not: only the former are spent.
func newMetrics(reg prometheus.Registerer, source string) (func(Observation), error) {
	label := prometheus.Labels{"source": source}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cledit_upstream_requests_total", ConstLabels: label,
		Help: "Requests that may have reached the API, by what came back.",
	}, []string{"kind", "status"})
	unsent := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cledit_upstream_unsent_total", ConstLabels: label,
		Help: "Calls that ended before the request was sent.",
	}, []string{"kind"})
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "cledit_upstream_request_seconds", ConstLabels: label,
		Help:    "Time of a request that was sent, until its body was complete or it failed.",
		Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 30},
	}, []string{"kind"})
	size := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "cledit_upstream_response_bytes_total", ConstLabels: label,
		Help: "Bytes of complete bodies, decompressed.",
	}, []string{"kind"})
	for _, collector := range []prometheus.Collector{requests, unsent, seconds, size} {
		if err := reg.Register(collector); err != nil {
			return nil, err
		}
	}
	return func(o Observation) {
		if !o.Sent {
			unsent.WithLabelValues(o.Kind).Inc()
			return
		}
		requests.WithLabelValues(o.Kind, statusClass(o)).Inc()
		seconds.WithLabelValues(o.Kind).Observe(o.Seconds)
		size.WithLabelValues(o.Kind).Add(float64(o.Bytes))
	}, nil
}

// statusClass is 2xx, 4xx and so on; 429 alone, because it says that the rate is
// wrong; "none" without a complete answer.
func statusClass(o Observation) string {
	switch {
	case o.Err != nil:
		return "none"
	case o.Status == 429:
		return "429"
	}
	return strconv.Itoa(o.Status/100) + "xx"
}

// startSpan begins a client span. Trace context does not go to the API: it is a
// third party's.
func (c *call) startSpan(ctx context.Context) (context.Context, trace.Span) {
	return c.client.tracer.Start(ctx, fmt.Sprintf("GET %s %s", c.client.source, c.request.Kind),
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(
			attribute.String("http.request.method", "GET"),
			attribute.String("server.address", c.client.base.Hostname()),
			attribute.String("url.path", c.secrets.String(c.client.base.Path+c.request.Path)),
			attribute.String("url.query", c.secrets.String(c.request.Query.Encode())),
		))
}

func (c *call) endSpan(span trace.Span, resp *Response, err error) {
	defer span.End()
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
		return
	}
	span.SetAttributes(
		attribute.Int("http.response.status_code", resp.Status),
		attribute.Int("http.response.body.size", len(resp.Body)))
}
