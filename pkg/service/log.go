package service

import (
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/redact"
)

const (
	formatJSON    = "json"
	formatConsole = "console"
	// logTime is RFC 3339 with milliseconds, in UTC.
	logTime = "2006-01-02T15:04:05.000Z07:00"
)

// NewLogger returns a logger whose every line carries the service's name and
// holds none of the secrets that redact.Process knows. An unknown level is info.
func NewLogger(name string, cfg LogConfig) zerolog.Logger {
	level, err := zerolog.ParseLevel(cfg.LogLevel)
	if err != nil || cfg.LogLevel == "" {
		level = zerolog.InfoLevel
	}
	var out io.Writer = os.Stderr
	if cfg.LogWriter != nil {
		out = cfg.LogWriter
	}
	out = redact.Process.Writer(zerolog.SyncWriter(out))
	if cfg.LogFormat == formatConsole {
		out = zerolog.ConsoleWriter{Out: out, NoColor: cfg.LogWriter != nil, TimeFormat: time.TimeOnly}
	}
	return zerolog.New(out).Level(level).Hook(timestamp{}, traced{}).With().Str("service", name).Logger()
}

// traced names the span that is open where a line is given its context, so that a line
// is found from a trace, and the trace from a line.
type traced struct{}

// Run adds the ids to a line.
func (traced) Run(event *zerolog.Event, _ zerolog.Level, _ string) {
	if span := trace.SpanContextFromContext(event.GetCtx()); span.IsValid() {
		event.Stringer("trace_id", span.TraceID()).Stringer("span_id", span.SpanID())
	}
}

// timestamp stamps each line by itself: zerolog's own takes its format from a
// variable of the whole process.
type timestamp struct{}

// Run adds the time to a line.
func (timestamp) Run(event *zerolog.Event, _ zerolog.Level, _ string) {
	event.Str(zerolog.TimestampFieldName, time.Now().UTC().Format(logTime))
}
