package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is one call. Only Kind is shown in metrics; Path and Query are shown
// in spans; SecretQuery and Bearer are shown nowhere.
type Request struct {
	// Kind names the endpoint, not the entity: "movie-detail".
	Kind string
	// Path is appended to the base URL; it begins with a slash and is not escaped.
	Path  string
	Query url.Values
	// SecretQuery is added to the query: parameter to secret.
	SecretQuery map[string]string
	// Bearer is sent as "Authorization: Bearer …".
	Bearer string
	// Header is added; it must hold no secret.
	Header http.Header
}

// secrets are the values that must not come out again.
func (r Request) secrets() []string {
	return append(slices.Collect(maps.Values(r.SecretQuery)), r.Bearer)
}

// Response is an answer, whatever its status. A secret that the server repeated
// in its header or body is replaced by a mark; Redacted tells. Where it is in the
// body so that only who decodes that has it, there is no body; Withheld tells.
type Response struct {
	Status   int
	Header   http.Header
	Body     []byte // decompressed
	Redacted bool
	Withheld bool
	Sent     time.Time // just before the request was handed to the transport
	Received time.Time // when the body was complete
}

// Get sends the request once and reads the whole answer. Its error is an *Error.
func (c *Client) Get(ctx context.Context, r Request) (*Response, error) {
	begun := time.Now() // durations are measured, not told: no injected clock
	c.secrets.Add(r.secrets()...)
	call := &call{client: c, request: r, secrets: c.secrets, phase: PhaseRequest}
	ctx, span := call.startSpan(ctx)
	resp, err := call.do(ctx)
	call.endSpan(span, resp, err)

	seen := Observation{Kind: r.Kind, Seconds: time.Since(begun).Seconds(), Sent: true}
	var failed *Error
	switch {
	case errors.As(err, &failed):
		seen.Err, seen.Status, seen.Sent = failed, failed.Status, failed.Sent
	default:
		seen.Status, seen.Bytes = resp.Status, len(resp.Body)
	}
	for _, observe := range c.observers {
		observe(seen)
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// do makes the request, hands it to the transport and reads the answer. The
// transport is used without an http.Client, which would follow redirects and put
// the URL into its errors.
func (c *call) do(ctx context.Context) (*Response, error) {
	total := c.client.timeouts.Total
	ctx, cancel := context.WithTimeoutCause(ctx, total, errTotal)
	defer cancel()
	req, err := c.build(ctx)
	if err != nil {
		return nil, c.fail(ctx, err)
	}
	sent := c.client.now()
	resp, err := c.client.transport.RoundTrip(req)
	if err != nil {
		return nil, c.fail(ctx, err)
	}
	defer resp.Body.Close()
	c.enterBody(resp.StatusCode)
	body, err := c.read(ctx, resp)
	if err != nil {
		return nil, c.fail(ctx, err)
	}
	return c.answer(resp, body, sent), nil
}

func (c *call) build(ctx context.Context) (*http.Request, error) {
	if !strings.HasPrefix(c.request.Path, "/") {
		return nil, errors.New("the path does not begin with a slash")
	}
	target := *c.client.base
	target.Path += c.request.Path
	query := url.Values{}
	maps.Copy(query, c.request.Query)
	for name, secret := range c.request.SecretQuery {
		query.Set(name, secret)
	}
	target.RawQuery = query.Encode()
	req := &http.Request{
		Method: http.MethodGet, URL: &target, Host: target.Host, Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: onceBody{},
	}
	c.setHeader(req.Header)
	return req.WithContext(c.trace(ctx)), nil
}

func (c *call) setHeader(header http.Header) {
	for name, values := range c.request.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	if header.Get("Accept") == "" {
		header.Set("Accept", "application/json")
	}
	header.Set("User-Agent", c.client.userAgent)
	if c.request.Bearer != "" {
		header.Set("Authorization", "Bearer "+c.request.Bearer)
	}
}

// onceBody is an empty body that makes a request unrepeatable. net/http re-sends
// a GET on its own when a reused connection fails before the answer, unless the
// request has a body (neither nil nor http.NoBody) that it cannot get again
// (GetBody). Nothing is sent for it: before a GET's header is written, net/http
// reads the first byte of the body, and finds none.
type onceBody struct{}

// Read returns io.EOF.
func (onceBody) Read([]byte) (int, error) { return 0, io.EOF }

// Close does nothing.
func (onceBody) Close() error { return nil }

// freeBody is how much of a body is read without asking for room, in bytes.
const freeBody = 1 << 20

// read takes the body up to the cap. The cap holds for the decompressed bytes:
// a small body can grow a thousandfold. Room for all that a large one may come to is
// asked for before more of it is read.
func (c *call) read(ctx context.Context, resp *http.Response) ([]byte, error) {
	limit := c.client.maxBody
	if resp.ContentLength > limit {
		return nil, ErrTooLarge
	}
	free := min(limit, freeBody)
	body, err := io.ReadAll(io.LimitReader(resp.Body, free+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(body)) <= free:
		return body, nil
	case free == limit:
		return nil, ErrTooLarge
	}
	most := limit
	if resp.ContentLength > 0 && !resp.Uncompressed {
		most = resp.ContentLength
	}
	if c.client.reserve != nil {
		if err := c.client.reserve(ctx, most); err != nil {
			return nil, fmt.Errorf("%w: up to %d bytes: %w", ErrNoRoom, most, err)
		}
	}
	return fill(append(make([]byte, 0, most+1), body...), resp.Body)
}

// fill reads to the end, into a body that has room for no more than it may have.
func fill(body []byte, from io.Reader) ([]byte, error) {
	for len(body) < cap(body) {
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if errors.Is(err, io.EOF) {
			return body, nil
		} else if err != nil {
			return nil, err
		}
	}
	return nil, ErrTooLarge
}

// answer takes any secret out of what the server sent.
func (c *call) answer(resp *http.Response, body []byte, sent time.Time) *Response {
	answer := &Response{Status: resp.StatusCode, Header: resp.Header, Body: body, Sent: sent, Received: c.client.now()}
	if c.secrets.Holds(body) {
		answer.Body, answer.Redacted = c.secrets.Bytes(body), true
	}
	if c.secrets.Disguised(answer.Body) || len(answer.Body) == 0 && len(body) > 0 {
		answer.Body, answer.Redacted, answer.Withheld = nil, true, true
	}
	for name, values := range answer.Header {
		if c.secrets.Holds([]byte(name)) {
			delete(answer.Header, name)
			answer.Redacted = true
			continue
		}
		for i, value := range values {
			if c.secrets.Holds([]byte(value)) {
				values[i], answer.Redacted = c.secrets.String(value), true
			}
			if c.secrets.Disguised([]byte(values[i])) {
				values[i], answer.Redacted = "", true
			}
		}
	}
	return answer
}
