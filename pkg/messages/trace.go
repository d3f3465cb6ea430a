package messages

import (
	"context"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/propagation"
)

// Trace is a W3C trace context (https://www.w3.org/TR/trace-context/) on its way
// from the planner's tick to the loaded row. The zero value is not a trace.
type Trace struct {
	Parent string // traceparent
	State  string // tracestate
}

// TraceOf takes the trace that ctx is part of.
func TraceOf(ctx context.Context) Trace {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return Trace{Parent: carrier["traceparent"], State: carrier["tracestate"]}
}

// Context returns ctx as a part of the trace.
func (t Trace) Context(ctx context.Context) context.Context {
	return propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": t.Parent, "tracestate": t.State})
}

func (t Trace) inject(h nats.Header) {
	if t.Parent != "" && t.Parent == headerValue(t.Parent) {
		h.Set("traceparent", t.Parent)
	}
	if t.State != "" && t.State == headerValue(t.State) {
		h.Set("tracestate", t.State)
	}
}

func extractTrace(h nats.Header) Trace {
	return Trace{Parent: h.Get("traceparent"), State: h.Get("tracestate")}
}
