package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"

	"github.com/cledit/pipeline/pkg/redact"
)

// Defaults of a Config.
const (
	DefaultMaxBody  = 16 << 20
	defaultMaxConns = 16
)

// idleTimeout closes a kept-alive connection before the server does: 5 s is the
// shortest common setting, and a request that crosses the server's close is
// spent for nothing.
const idleTimeout = 4 * time.Second

// Timeouts bound the phases of a call; each is named in the error it causes.
// Zero means the default.
type Timeouts struct {
	Dial   time.Duration // one connection attempt, all addresses of the name: 5 s
	TLS    time.Duration // the handshake: 5 s
	Header time.Duration // from the request to the response's header: 20 s
	Total  time.Duration // the whole call, waiting for a connection included: 30 s
}

// defaultTimeouts are those of a zero Timeouts.
var defaultTimeouts = Timeouts{
	Dial: 5 * time.Second, TLS: 5 * time.Second, Header: 20 * time.Second, Total: 30 * time.Second,
}

func (t Timeouts) withDefaults() Timeouts {
	return Timeouts{
		Dial: cmp.Or(t.Dial, defaultTimeouts.Dial), TLS: cmp.Or(t.TLS, defaultTimeouts.TLS),
		Header: cmp.Or(t.Header, defaultTimeouts.Header), Total: cmp.Or(t.Total, defaultTimeouts.Total),
	}
}

// Config describes one API.
type Config struct {
	// Source names the API in errors, metrics and spans: "kobis".
	Source string
	// BaseURL is http or https with a host and, maybe, a path; no credentials,
	// query or fragment.
	BaseURL   string
	UserAgent string
	Timeouts  Timeouts
	// MaxBody is the largest body accepted, in bytes after decompression.
	MaxBody int64
	// Reserve is asked, with the call's context, before more than a megabyte of a body
	// is read, for the most bytes that it may come to; it waits for room. Nil: there
	// is always room.
	Reserve func(ctx context.Context, bytes int64) error
	// MaxConns is the largest number of connections, and so of calls in flight.
	MaxConns int
	// Registerer takes the metrics; nil for none.
	Registerer prometheus.Registerer
	// Tracer takes the spans; the process's provider when nil.
	Tracer trace.TracerProvider
	// Observe is called after each Get, from its goroutine; it may be nil.
	Observe func(Observation)
	// Now is the clock of Sent and Received; time.Now when nil.
	Now func() time.Time
}

// Client asks one API. It is safe for concurrent use.
type Client struct {
	source    string
	base      *url.URL
	userAgent string
	timeouts  Timeouts
	maxBody   int64
	reserve   func(context.Context, int64) error
	transport *http.Transport
	tracer    trace.Tracer
	observers []func(Observation)
	now       func() time.Time
	// secrets are all that the client has sent: what stands between may repeat to one
	// call what another has sent.
	secrets *redact.Set
}

// New checks the configuration and returns a client. It opens no connection.
func New(cfg Config) (*Client, error) {
	base, err := parseBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("making the %s client: %w", cfg.Source, err)
	}
	c := &Client{
		source: cfg.Source, base: base, userAgent: cfg.UserAgent,
		timeouts: cfg.Timeouts.withDefaults(), maxBody: cmp.Or(cfg.MaxBody, DefaultMaxBody),
		reserve: cfg.Reserve, now: cfg.Now, secrets: redact.NewSet(),
	}
	if c.now == nil {
		c.now = time.Now
	}
	if cfg.Tracer == nil {
		cfg.Tracer = otel.GetTracerProvider()
	}
	c.tracer = cfg.Tracer.Tracer("github.com/cledit/pipeline/pkg/upstream")
	c.transport = newTransport(c.timeouts, cmp.Or(cfg.MaxConns, defaultMaxConns))
	if c.observers, err = observers(cfg); err != nil {
		return nil, err
	}
	return c, nil
}

// observers are told of every call.
func observers(cfg Config) (list []func(Observation), err error) {
	if cfg.Registerer != nil {
		observe, err := newMetrics(cfg.Registerer, cfg.Source)
		if err != nil {
			return nil, fmt.Errorf("registering the %s metrics: %w", cfg.Source, err)
		}
		list = append(list, observe)
	}
	if cfg.Observe != nil {
		list = append(list, cfg.Observe)
	}
	return list, nil
}

// CheckBaseURL says what is wrong with a Config.BaseURL, without repeating it.
func CheckBaseURL(raw string) error {
	_, err := parseBase(raw)
	return err
}

// parseBase never repeats the URL: it may hold what it should not.
func parseBase(raw string) (*url.URL, error) {
	base, err := url.Parse(raw)
	switch {
	case err != nil:
		return nil, errors.New("the base URL cannot be read")
	case base.Scheme != "http" && base.Scheme != "https", base.Hostname() == "":
		return nil, errors.New("the base URL is not http(s)://host")
	case base.User != nil, base.RawQuery != "", base.Fragment != "":
		return nil, errors.New("the base URL holds credentials, a query or a fragment")
	}
	base.Path = strings.TrimRight(base.Path, "/")
	return base, nil
}

func newTransport(timeouts Timeouts, conns int) *http.Transport {
	dialer := &net.Dialer{Timeout: timeouts.Dial}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &watchedConn{Conn: conn}, nil
		},
		Protocols:              protocols,
		TLSHandshakeTimeout:    timeouts.TLS,
		ResponseHeaderTimeout:  timeouts.Header,
		MaxConnsPerHost:        conns,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// Close closes the connections that are idle. Calls in flight go on.
func (c *Client) Close() {
	c.transport.CloseIdleConnections()
}
