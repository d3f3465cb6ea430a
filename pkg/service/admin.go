package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/redact"
)

const (
	pathLive  = "/livez"
	pathReady = "/readyz"

	checkTimeout       = 2 * time.Second
	adminHeaderTimeout = 5 * time.Second
	adminIdleTimeout   = time.Minute
)

// checks are what a service needs in order to work.
type checks struct {
	mu    sync.Mutex
	named map[string]func(context.Context) error
	notes map[string]func() string
	over  error // why the service can't work any more
}

// end makes /livez fail from now on.
func (c *checks) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = err
}

func (c *checks) ended() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over
}

func newChecks() *checks {
	return &checks{named: make(map[string]func(context.Context) error), notes: make(map[string]func() string)}
}

func (c *checks) note(name string, say func() string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notes[name] = say
}

// noted are the notes that say something.
func (c *checks) noted() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var said map[string]string
	for name, say := range c.notes {
		if text := say(); text != "" {
			if said == nil {
				said = make(map[string]string)
			}
			said[name] = redact.Process.String(text)
		}
	}
	return said
}

func (c *checks) replace(name string, check func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.named[name] = check
}

func (c *checks) snapshot() map[string]func(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	named := make(map[string]func(context.Context) error, len(c.named))
	maps.Copy(named, c.named)
	return named
}

// Remark makes of an error one that /readyz tells without the service counting as not
// ready: it works, and something waits that a person may want to know of. Nil stays nil.
func Remark(err error) error {
	if err == nil {
		return nil
	}
	return &remark{err}
}

type remark struct{ error }

func (r *remark) Unwrap() error { return r.error }

// readiness is the answer of /readyz: "ok", the reason or a remark, for each check, and
// what is worth knowing besides.
type readiness struct {
	Ready  bool              `json:"ready"`
	Checks map[string]string `json:"checks"`
	Notes  map[string]string `json:"notes,omitempty"`
}

// run makes all checks at the same time.
func (c *checks) run(ctx context.Context) readiness {
	ctx, cancel := context.WithTimeoutCause(ctx, checkTimeout,
		fmt.Errorf("no result within the check timeout of %s", checkTimeout))
	defer cancel()
	answer := readiness{Ready: true, Checks: make(map[string]string), Notes: c.noted()}
	var mu sync.Mutex
	var running sync.WaitGroup
	for name, check := range c.snapshot() {
		running.Go(func() {
			err := check(ctx)
			mu.Lock()
			defer mu.Unlock()
			answer.Checks[name] = "ok"
			if err != nil {
				_, aside := errors.AsType[*remark](err)
				answer.Ready = answer.Ready && aside
				answer.Checks[name] = reason(ctx, err)
			}
		})
	}
	running.Wait()
	return answer
}

func reason(ctx context.Context, err error) string {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = context.Cause(ctx)
	}
	return redact.Process.String(err.Error())
}

// headerService says on /readyz which service answers: several have the same address
// unless they are told another.
const headerService = "X-Cledit-Service"

// admin is the server for probes, metrics and profiles.
type admin struct {
	addr   string
	server *http.Server
	served chan struct{}
}

// startAdmin listens and serves.
func startAdmin(
	ctx context.Context, name, addr string, registry *prometheus.Registry, checks *checks, log zerolog.Logger,
) (*admin, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, addressHint(err)
	}
	a := &admin{
		addr: listener.Addr().String(), served: make(chan struct{}),
		server: &http.Server{
			Handler: adminRoutes(name, registry, checks), ReadHeaderTimeout: adminHeaderTimeout, IdleTimeout: adminIdleTimeout,
		},
	}
	log.Info().Str("addr", a.addr).Msg("admin server listening")
	go func() {
		defer close(a.served)
		if err := a.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error().Err(err).Msg("admin server stopped")
		}
	}()
	return a, nil
}

// addressHint says what to do where another service has the address.
func addressHint(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: the address is in use: set HTTP_ADDR to another, such as :8081, or to off", err)
	}
	return err
}

func adminRoutes(name string, registry *prometheus.Registry, checks *checks) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathLive, func(w http.ResponseWriter, _ *http.Request) {
		if err := checks.ended(); err != nil {
			http.Error(w, redact.Process.String(err.Error()), http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n")) // a client that has gone needs no answer
	})
	mux.HandleFunc("GET "+pathReady, func(w http.ResponseWriter, r *http.Request) {
		answer := checks.run(r.Context())
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set(headerService, name)
		if !answer.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(answer) // likewise
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{Registry: registry}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func (a *admin) stop(ctx context.Context) error {
	err := a.server.Shutdown(ctx)
	if err != nil {
		err = fmt.Errorf("stopping the admin server: %w", errors.Join(err, a.server.Close()))
	}
	<-a.served
	return err
}
