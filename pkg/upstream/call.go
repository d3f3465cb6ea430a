package upstream

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"slices"
	"sync"
	"time"

	"github.com/cledit/pipeline/pkg/redact"
)

// errTotal tells the end of a call's time from that of its caller's.
var errTotal = fmt.Errorf("whole call: %w", ErrTimeout)

// call is the state of one Get. The transport reports its progress from
// goroutines of its own.
type call struct {
	client  *Client
	request Request
	secrets *redact.Set

	mu     sync.Mutex
	phase  Phase
	conn   *watchedConn // of this call, once it has one
	got    bool
	status int
}

// phases are in their order. A call only goes forward: a connection begun for it
// may still be dialled after it got another one, and an answer may come before
// the request is written.
var phases = []Phase{PhaseRequest, PhaseConn, PhaseDial, PhaseTLS, PhaseSend, PhaseHeader, PhaseBody}

func (c *call) enter(phase Phase) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Index(phases, phase) > slices.Index(phases, c.phase) {
		c.phase = phase
	}
}

func (c *call) enterBody(status int) {
	c.enter(PhaseBody)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

// trace follows the transport through the phases.
func (c *call) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:           func(string) { c.enter(PhaseConn) },
		DNSStart:          func(httptrace.DNSStartInfo) { c.enter(PhaseDial) },
		ConnectStart:      func(string, string) { c.enter(PhaseDial) },
		TLSHandshakeStart: func() { c.enter(PhaseTLS) },
		GotConn:           c.gotConn,
		WroteRequest:      func(httptrace.WroteRequestInfo) { c.enter(PhaseHeader) },
	})
}

func (c *call) gotConn(info httptrace.GotConnInfo) {
	c.enter(PhaseSend)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.got = true
	c.conn = watched(info.Conn)
	if c.conn != nil {
		c.conn.arm()
	}
}

// watched finds our connection under the transport's.
func watched(conn net.Conn) *watchedConn {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	plain, _ := conn.(*watchedConn)
	return plain
}

// sent reports whether bytes of the request may have left, and makes sure that
// from now on none do.
func (c *call) sent() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.got:
		return false
	case c.conn == nil:
		return true
	}
	return c.conn.seal()
}

// fail turns what ended a call into an *Error.
func (c *call) fail(ctx context.Context, cause error) *Error {
	e := &Error{Source: c.client.source, Kind: c.request.Kind, Sent: c.sent(), Retryable: true}
	c.mu.Lock()
	e.Phase, e.Status = c.phase, c.status
	c.mu.Unlock()
	var network net.Error
	ours := ctx.Err() == nil || errors.Is(context.Cause(ctx), errTotal)
	switch {
	case ours && errors.Is(cause, ErrNoRoom):
		e.is = []error{ErrNoRoom}
	case errors.Is(context.Cause(ctx), errTotal):
		e.expired("total timeout", c.client.timeouts.Total)
	case ctx.Err() != nil:
		e.is = []error{ctx.Err()}
		cause = ctx.Err()
	case e.Phase == PhaseRequest:
		e.Retryable = false
		e.is = []error{ErrRequest}
	case errors.Is(cause, ErrTooLarge):
		e.is = []error{ErrTooLarge}
		cause = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, c.client.maxBody)
	case errors.As(cause, &network) && network.Timeout():
		c.phaseExpired(e)
	case errors.Is(cause, io.ErrUnexpectedEOF), errors.Is(cause, gzip.ErrChecksum), errors.Is(cause, gzip.ErrHeader):
		e.is = []error{ErrTruncated}
	}
	e.detail = c.secrets.String(cause.Error())
	if c.secrets.Disguised([]byte(e.detail)) {
		e.detail = "what the server said repeats the key"
	}
	return e
}

// phaseExpired names the timeout that belongs to the phase.
func (c *call) phaseExpired(e *Error) {
	limits := c.client.timeouts
	switch e.Phase {
	case PhaseConn, PhaseDial:
		e.expired("dial timeout", limits.Dial)
	case PhaseTLS:
		e.expired("TLS timeout", limits.TLS)
	case PhaseSend, PhaseHeader:
		e.expired("response header timeout", limits.Header)
	default:
		e.is = []error{ErrTimeout}
	}
}

func (e *Error) expired(name string, limit time.Duration) {
	e.timeoutName, e.Timeout = name, limit
	e.is = []error{ErrTimeout}
}
