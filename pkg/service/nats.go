package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/redact"
	"github.com/cledit/pipeline/pkg/trust"
)

// How the client keeps its connection. The server answers in milliseconds; what
// takes seconds is a network that is away.
const (
	natsTimeout      = 5 * time.Second
	natsReconnect    = 500 * time.Millisecond
	natsJitter       = 500 * time.Millisecond
	natsJitterTLS    = 2 * time.Second
	natsPingInterval = 10 * time.Second
	natsPings        = 3
	natsDrain        = 4 * time.Second
	natsAnswer       = time.Second // from a server that is there, at the end
)

// connection is a NATS connection that reports each change of its state once.
type connection struct {
	conn   *nats.Conn
	url    string // redacted
	log    zerolog.Logger
	errs   prometheus.Counter
	failed chan error    // the first refusal before the first success
	up     chan struct{} // closed by the first success
	closed chan struct{} // closed when the connection is
	lost   chan struct{} // closed when the connection is, and nobody asked for it
	last   atomic.Pointer[error]

	opened  atomic.Bool // has been connected at least once
	waiting atomic.Bool // has said that it waits for the first connection
	closing atomic.Bool
}

// dialNATS begins to connect and returns at once. It fails only on options that
// can never work.
func dialNATS(name string, cfg NATSConfig, log zerolog.Logger, reg prometheus.Registerer) (*connection, error) {
	c := &connection{
		url: redact.URL(cfg.NATSURL), log: log, errs: newNATSErrors(reg),
		failed: make(chan error, 1), up: make(chan struct{}), closed: make(chan struct{}), lost: make(chan struct{}),
	}
	conn, err := nats.Connect(cfg.NATSURL, c.options(name, cfg)...)
	if err != nil {
		return nil, errors.New(redact.URL(err.Error()))
	}
	c.conn = conn
	registerNATS(reg, conn)
	return c, nil
}

func (c *connection) options(name string, cfg NATSConfig) []nats.Option {
	opts := []nats.Option{
		nats.Name(name),
		// An inbox of its own, so that permissions can tell services apart.
		nats.CustomInboxPrefix(inboxPrefix(name)),
		nats.Timeout(natsTimeout),
		nats.MaxReconnects(-1),
		nats.RetryOnFailedConnect(true),
		// Credentials that are refused while running are being rotated.
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(natsReconnect),
		nats.ReconnectJitter(natsJitter, natsJitterTLS),
		// Nothing is buffered while the connection is away: a lease renewed or
		// a job published minutes late is worse than an error now.
		nats.ReconnectBufSize(-1),
		nats.PingInterval(natsPingInterval),
		nats.MaxPingsOutstanding(natsPings),
		nats.DrainTimeout(natsDrain),
		nats.ConnectHandler(c.onConnect),
		nats.ReconnectHandler(c.onReconnect),
		nats.DisconnectErrHandler(c.onDisconnect),
		nats.ReconnectErrHandler(c.onAttempt),
		nats.ErrorHandler(c.onError),
		nats.LameDuckModeHandler(c.onLameDuck),
		nats.ClosedHandler(c.onClosed),
	}
	if cfg.NATSCredsFile != "" {
		opts = append(opts, nats.UserCredentials(cfg.NATSCredsFile))
	}
	if cfg.NATSCAFile != "" {
		opts = append(opts, nats.RootCAs(cfg.NATSCAFile))
	}
	if cfg.NATSUser != "" {
		opts = append(opts, nats.UserInfo(cfg.NATSUser, cfg.NATSPassword))
	}
	return opts
}

func (c *connection) onConnect(conn *nats.Conn) {
	c.opened.Store(true)
	c.log.Info().Str("server", conn.ConnectedUrlRedacted()).Msg("NATS connected")
	close(c.up)
}

func (c *connection) onReconnect(conn *nats.Conn) {
	c.log.Info().Str("server", conn.ConnectedUrlRedacted()).Msg("NATS connected again")
}

// onClosed hears of the end of the connection. The client never opens it again:
// the server has called something that it was sent an error of the protocol.
func (c *connection) onClosed(conn *nats.Conn) {
	if !c.closing.Load() && conn.Status() == nats.CLOSED {
		close(c.lost)
	}
	close(c.closed)
}

// lostError says why the connection was lost.
func (c *connection) lostError() error {
	return fmt.Errorf("%w: restart the service: %w", ErrNATSClosed, cmp.Or(c.conn.LastError(), nats.ErrConnectionClosed))
}

func (c *connection) onDisconnect(_ *nats.Conn, err error) {
	if !c.closing.Load() {
		c.log.Warn().Err(err).Msg("NATS connection lost; reconnecting")
	}
}

// onAttempt hears of each attempt that failed. Before the first success the
// first one is told; later ones repeat what onDisconnect said.
func (c *connection) onAttempt(_ *nats.Conn, err error) {
	if c.opened.Load() || c.closing.Load() {
		return
	}
	if fatal := refusal(err); fatal != nil {
		c.refuse(fatal)
		return
	}
	if !errors.Is(err, nats.ErrNoServers) { // that none was found says less than why
		c.last.Store(&err)
	}
	if c.waiting.CompareAndSwap(false, true) {
		c.log.Warn().Err(err).Msg("waiting for NATS")
	}
}

func (c *connection) onError(_ *nats.Conn, sub *nats.Subscription, err error) {
	c.errs.Inc()
	event := c.log.Error().Err(err)
	if sub != nil {
		event = event.Str("subject", sub.Subject)
	}
	event.Msg("NATS reports an error")
}

func (c *connection) onLameDuck(*nats.Conn) {
	c.log.Info().Msg("NATS server is about to stop; another one will be used")
}

// refuse passes on the first refusal; wait takes it.
func (c *connection) refuse(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// refusal is what an error means that waiting does not mend; nil for others.
func refusal(err error) error {
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired),
		errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrAccountAuthExpired):
		return fmt.Errorf("%w: %w", ErrNATSRefused, err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf(
			"%w: the server has no TLS: give it a certificate, or ask for none, with nats:// in NATS_URL and no NATS_CA_FILE: %w",
			ErrNATSTLS, err,
		)
	}
	if remedy := trust.Remedy(err, "NATS_CA_FILE"); remedy != "" {
		return fmt.Errorf("%w: %s: %w", ErrNATSTLS, remedy, err)
	}
	return nil
}

// wait returns when the connection stands for the first time, or when that takes
// longer than so long, where it is not 0. A refusal after
// attempts that failed otherwise reaches no handler of the client's; it is seen
// when the client falls back from connecting to reconnecting.
func (c *connection) wait(ctx context.Context, most time.Duration) error {
	if most > 0 {
		bounded, cancel := context.WithTimeoutCause(ctx, most, fmt.Errorf("%w at %s within %s (--wait)", errNATSAway, c.url, most))
		defer cancel()
		ctx = bounded
	}
	fallen := c.conn.StatusChanged(nats.RECONNECTING)
	defer c.conn.RemoveStatusListener(fallen)
	for {
		select {
		case <-c.up:
			return nil
		case err := <-c.failed:
			return err
		case <-c.lost:
			return c.lostError()
		case <-fallen:
			if err := refusal(c.conn.LastError()); err != nil {
				c.refuse(err)
			}
		case <-ctx.Done():
			cause, last := context.Cause(ctx), c.last.Load()
			if errors.Is(cause, errNATSAway) && last == nil {
				return cause
			}
			if errors.Is(cause, errNATSAway) {
				return fmt.Errorf("%w: %w", cause, *last)
			}
			return fmt.Errorf("waiting for the first connection: %w", cause)
		}
	}
}

// inboxPrefix is where answers for a service of this name arrive.
func inboxPrefix(name string) string { return "_INBOX_" + name }

// admit fails when the user may not receive on the inbox of its service: it is
// another service's user. Without this, every request of it would time out.
func (c *connection) admit(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, natsTimeout, errors.New("NATS did not answer in time"))
	defer cancel()
	inbox := c.conn.NewInbox()
	sub, err := c.conn.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("subscribing to an inbox: %w", err)
	}
	// The server tells of a refusal before it answers the flush.
	if err := c.conn.FlushWithContext(ctx); err != nil {
		return nil // the connection has gone again: that is waited out, like later on
	}
	if err := c.conn.LastError(); errors.Is(err, nats.ErrPermissionViolation) {
		return fmt.Errorf("%w: this user is another service's: %w", ErrNATSRefused, err)
	}
	if err := sub.Unsubscribe(); err != nil && c.conn.IsConnected() {
		return fmt.Errorf("unsubscribing from an inbox: %w", err)
	}
	return nil
}

// check is the connection's part in /readyz.
func (c *connection) check(context.Context) error {
	if c.conn.IsConnected() {
		return nil
	}
	return fmt.Errorf("%w: %s", errNotConnected, c.conn.Status())
}

// drain lets subscriptions finish and closes the connection, at once where nobody
// answers: a network that drops everything keeps a connection open for long, and
// that must neither hold up the end of a service nor make a failure of it.
func (c *connection) drain(ctx context.Context) {
	c.closing.Store(true)
	if !c.conn.IsConnected() || c.conn.FlushTimeout(natsAnswer) != nil || c.conn.Drain() != nil {
		c.conn.Close()
	}
	select {
	case <-c.closed:
	case <-ctx.Done():
		c.conn.Close()
		<-c.closed
		c.log.Warn().Err(context.Cause(ctx)).Msg("NATS connection closed without draining")
	}
}
