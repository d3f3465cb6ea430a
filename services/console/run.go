package console

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"github.com/cledit/pipeline/pkg/schema"
	"github.com/cledit/pipeline/pkg/service"
)

// What the console takes of others.
const (
	sessions    = 4 // of the database
	statement   = 5 * time.Second
	idleAfter   = time.Minute // sessions that nobody needs are closed
	headerLimit = 5 * time.Second
	stopLimit   = 3 * time.Second
	mostHeader  = 32 << 10
)

// Run serves the pages until ctx ends. NATS and the database may be away: the pages say
// so. It fails when CONSOLE_ADDR can't be listened on, and where a login is refused.
func Run(ctx context.Context, cfg Config) (err error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	pool, err := openPool(ctx, cfg.URL)
	if err != nil {
		return err
	}
	defer pool.Close()
	web, err := newWeb(cfg, pool)
	if err != nil {
		return err
	}
	stop, err := web.listen(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()

	rt, err := service.Start(ctx, "console", cfg.Config)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // stopped while NATS was away
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rt.Close(ctx)) }()
	web.pages.streams.js.Store(&rt.JS)
	rt.Ready("nats", func(context.Context) error {
		if !rt.NATS.IsConnected() {
			return service.Remark(errNATSAway)
		}
		return nil
	})
	rt.Ready("database", func(ctx context.Context) error { return service.Remark(schema.Check(ctx, pool)) })
	return rt.Work(ctx, func(ctx context.Context) error {
		web.live.run(ctx)
		return nil
	})
}

var errNATSAway = errors.New("NATS is not connected")

// openPool opens no session yet. Those that it opens can't write, whatever the login may.
func openPool(ctx context.Context, url string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	if err := schema.Admit(ctx, cfg.ConnConfig, "console"); err != nil {
		return nil, err
	}
	cfg.MaxConns, cfg.MinConns, cfg.MaxConnIdleTime = sessions, 0, idleAfter
	cfg.ConnConfig.ConnectTimeout = statement
	maps.Copy(cfg.ConnConfig.RuntimeParams, map[string]string{
		"application_name": "cledit-console", "default_transaction_read_only": "on", "idle_in_transaction_session_timeout": "10000",
		"statement_timeout": fmt.Sprint(statement.Milliseconds()), "jit": "off", "max_parallel_workers_per_gather": "0",
	})
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		pgxuuid.Register(conn.TypeMap())
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("preparing the database sessions: %w", err)
	}
	return pool, nil
}

// listen serves the pages; stop ends that. Streams of events end with ctx.
func (w *web) listen(ctx context.Context, cfg Config) (stop func() error, err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Addr)
	if err != nil && cfg.AnyPort && errors.Is(err, syscall.EADDRINUSE) {
		host, _, _ := net.SplitHostPort(cfg.Addr)
		listener, err = new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		err = fmt.Errorf("%w: another program has it: set CONSOLE_ADDR to an address of its own, such as 127.0.0.1:8089", err)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on CONSOLE_ADDR: %w", err)
	}
	server := &http.Server{
		Handler: w.handler, ReadHeaderTimeout: headerLimit, IdleTimeout: time.Minute, MaxHeaderBytes: mostHeader,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	if cfg.Serving != nil {
		cfg.Serving(listener.Addr().String())
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	return func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close() // who is still there is cut off
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serving the pages: %w", err)
		}
		return nil
	}, nil
}
