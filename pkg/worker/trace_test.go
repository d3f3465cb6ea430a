package worker_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/worker"
	"github.com/cledit/pipeline/pkg/worker/workertest"
)

const (
	jobTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	jobParent = "00-" + jobTrace + "-00f067aa0ba902b7-01"
)

func tracedJob() messages.Job {
	job := workertest.Job(tail)
	job.Trace = messages.Trace{Parent: jobParent}
	return job
}

// One span per handling, below the planner's, and what follows is below it.
func TestTraceGoesThroughTheWorker(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(tracedJob())
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	b.run(b.ledger(), (&answers{list: []error{retry(), nil}}).handle, func(c *worker.Config) { c.Tracer = provider })
	payload := b.Payload(tail, 1)
	b.Until("both handlings have ended", func() bool { return len(recorder.Ended()) == 2 })

	failed, done := recorder.Ended()[0], recorder.Ended()[1]
	require.Equal(t, "process jobs.kobis.movie-detail", done.Name())
	for key, value := range map[string]string{
		"messaging.system": "nats", "messaging.operation.name": "process", "messaging.operation.type": "process",
		"messaging.destination.name": "JOBS", "messaging.destination.template": "jobs.{source}.{kind}.{key}",
		"messaging.consumer.group.name": "fetcher-kobis", "cledit.key": workertest.Job(tail).Key,
	} {
		require.Contains(t, done.Attributes(), attribute.String(key, value))
	}
	require.Equal(t, jobTrace, done.SpanContext().TraceID().String())
	require.Equal(t, "00f067aa0ba902b7", done.Parent().SpanID().String())
	require.Equal(t, codes.Error, failed.Status().Code)
	require.Equal(t, codes.Unset, done.Status().Code)
	passed := trace.SpanContextFromContext(payload.Trace.Context(t.Context()))
	require.Equal(t, done.SpanContext().SpanID(), passed.SpanID())
	require.Equal(t, jobTrace, passed.TraceID().String())
}

// What is logged while a job's span is open names it, so that one leads to the other.
func TestALineNamesTheSpanThatIsOpen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(tracedJob())
	recorder := tracetest.NewSpanRecorder()
	b.run(b.ledger(), func(context.Context, messages.Job, *quota.Permit) (messages.Payload, error) { panic("a fault") }, func(c *worker.Config) {
		c.Tracer = sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
		c.Log = service.NewLogger("fetcher", service.LogConfig{LogWriter: b.logs})
	})
	b.Until("a handling has ended", func() bool { return len(recorder.Ended()) > 0 })
	var line struct {
		Message string `json:"message"`
		Trace   string `json:"trace_id"`
		Span    string `json:"span_id"`
	}
	for text := range strings.Lines(b.logs.String()) {
		if strings.Contains(text, "handler panicked") {
			require.NoError(t, json.Unmarshal([]byte(text), &line))
			break
		}
	}
	require.Equal(t, jobTrace, line.Trace)
	require.Equal(t, recorder.Ended()[0].SpanContext().SpanID().String(), line.Span)
}

func TestTracePassesThroughWithoutACollector(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.Publish(tracedJob())
	b.run(b.ledger(), (&answers{list: []error{nil}}).handle)
	require.Equal(t, jobParent, b.Payload(tail, 1).Trace.Parent)
}
