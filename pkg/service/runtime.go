package service

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	// Time zones are compiled in: the images carry no zone files.
	_ "time/tzdata"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.opentelemetry.io/otel/trace"
)

// closeBound is how long Close may take: less than stopBound, so that a service
// that used up its own share can still be closed in order.
const closeBound = 6 * time.Second

// Runtime is what a running service stands on. Its fields are not to be set.
type Runtime struct {
	Log zerolog.Logger
	// NATS is connected, or connecting again, until it is closed for good: see Work.
	NATS *nats.Conn
	JS   jetstream.JetStream
	// Registry holds the Go, process and NATS metrics; services add theirs.
	Registry *prometheus.Registry
	// Tracer makes no spans unless OTEL_EXPORTER_OTLP_ENDPOINT is set; trace
	// context passes through all the same.
	Tracer trace.TracerProvider

	checks    *checks
	working   atomic.Bool // Work was called: all checks that decide are there
	admin     *admin
	nats      *connection
	stopTrace func(context.Context) error
	closeOnce sync.Once
	closeErr  error
}

// Start opens the log, tracing, the admin server and NATS, in this order, and
// waits for NATS until the context ends, or as long as configured. The service counts
// as not ready before Work and once the context ends. Start fails when HTTP_ADDR cannot be listened on, when NATS
// refuses the credentials or is not reached over TLS as configured, or with the
// context's error.
func Start(ctx context.Context, name string, cfg Config) (*Runtime, error) {
	rt := &Runtime{
		Log: NewLogger(name, cfg.LogConfig), Registry: newRegistry(name), checks: newChecks(),
	}
	if err := rt.open(ctx, name, cfg); err != nil {
		return nil, errors.Join(err, rt.Close(ctx))
	}
	rt.Log.Info().Str("version", Version()).Msg("started")
	return rt, nil
}

func (rt *Runtime) open(ctx context.Context, name string, cfg Config) error {
	var err error
	if rt.Tracer, rt.stopTrace, err = startTracing(ctx, name, cfg.OTLPEndpoint, rt.Log); err != nil {
		return fmt.Errorf("starting tracing: %w", err)
	}
	rt.Ready("running", func(context.Context) error {
		switch {
		case ctx.Err() != nil:
			return errStopping
		case !rt.working.Load():
			return errStarting
		}
		return nil
	})
	rt.Ready("nats", rt.checkNATS)
	if !isOff(cfg.HTTPAddr) {
		if rt.admin, err = startAdmin(ctx, name, cfg.HTTPAddr, rt.Registry, rt.checks, rt.Log); err != nil {
			return fmt.Errorf("listening on HTTP_ADDR: %w", err)
		}
		if cfg.Listening != nil {
			cfg.Listening(rt.admin.addr)
		}
	}
	connection, err := dialNATS(name, cfg.NATSConfig, rt.Log, rt.Registry)
	if err != nil {
		return fmt.Errorf("configuring the NATS connection: %w", err)
	}
	rt.checks.replace("nats", connection.check)
	rt.nats, rt.NATS = connection, connection.conn
	if rt.JS, err = jetstream.New(rt.NATS); err != nil {
		return fmt.Errorf("opening JetStream: %w", err)
	}
	if err := connection.wait(ctx, cfg.Await); err != nil {
		return fmt.Errorf("connecting to NATS: %w", err)
	}
	if err := connection.admit(ctx); err != nil {
		return fmt.Errorf("connecting to NATS: %w", err)
	}
	return nil
}

// checkNATS is the check until there is a connection to ask.
func (rt *Runtime) checkNATS(context.Context) error {
	return errNotConnected
}

// Ready adds a check to /readyz, or replaces the one of that name. It is called
// for each request, with a context that ends after two seconds; its error is
// shown to all that ask.
func (rt *Runtime) Ready(name string, check func(ctx context.Context) error) {
	rt.checks.replace(name, check)
}

// Note adds to /readyz what is worth knowing and makes nobody less ready; "" says
// that nothing is. It is called for each request and must not block.
func (rt *Runtime) Note(name string, say func() string) { rt.checks.note(name, say) }

// Work runs what the service is for, with a context that ends with ctx or when the
// NATS connection is closed for good, as after an error of the protocol. That is
// then its error, and /livez fails: the client never connects again, so only a
// new process, which the supervisor starts, can work. What /readyz is to check has to
// be added before: without it a service would count as ready too early.
func (rt *Runtime) Work(ctx context.Context, work func(context.Context) error) error {
	rt.working.Store(true)
	working, cancel := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-rt.nats.lost:
			err := rt.nats.lostError()
			rt.Log.Error().Err(err).Msg("ending")
			rt.checks.end(err)
			cancel(err)
		case <-working.Done():
		}
	}()
	err := work(working)
	cancel(nil)
	<-watched
	if lost := rt.checks.ended(); lost != nil {
		if err == nil || errors.Is(err, context.Canceled) {
			return lost
		}
		return errors.Join(lost, err)
	}
	return err
}

// Do runs a command that is done once: it starts, works as Work does, and closes. So
// the command too ends with ErrNATSClosed where it would wait for a connection that
// is never opened again.
func Do(ctx context.Context, name string, cfg Config, work func(context.Context, *Runtime) error) (err error) {
	rt, err := Start(ctx, name, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
	return rt.Work(ctx, func(ctx context.Context) error { return work(ctx, rt) })
}

// HTTPAddr is the address that the admin server listens on, or "" without one.
func (rt *Runtime) HTTPAddr() string {
	if rt.admin == nil {
		return ""
	}
	return rt.admin.addr
}

// Close drains the NATS connection, sends the last spans and stops the admin
// server, within a few seconds. A context that has ended already does not cut it
// short. Called again, it returns the same error.
func (rt *Runtime) Close(ctx context.Context) error {
	rt.closeOnce.Do(func() {
		ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), closeBound,
			fmt.Errorf("closing took longer than %s", closeBound))
		defer cancel()
		rt.closeErr = rt.shut(ctx)
	})
	return rt.closeErr
}

func (rt *Runtime) shut(ctx context.Context) error {
	var failed []error
	if rt.nats != nil {
		rt.nats.drain(ctx)
	}
	if rt.stopTrace != nil {
		failed = append(failed, rt.stopTrace(ctx))
	}
	if rt.admin != nil {
		failed = append(failed, rt.admin.stop(ctx))
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	rt.Log.Info().Msg("stopped")
	return nil
}
