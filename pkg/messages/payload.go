package messages

import (
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// Outcome says what kind of answer a payload is.
type Outcome string

// A "not found" is a fact about the source and is kept like every other answer.
const (
	OutcomeOK       Outcome = "ok"
	OutcomeNotFound Outcome = "not-found"
)

// Payload is an answer of a source, exactly as it came.
type Payload struct {
	Name
	Outcome     Outcome
	FetchedAt   time.Time // when the answer had been received; UTC, microseconds
	ContentType string
	Request     map[string]string // the request's parameters, no secret among them
	JobID       uint64            // sequence of the job in JOBS; 0 when republished without one
	JobTime     time.Time         // when JOBS stored the job; zero: no message id is set
	RunID       string
	Attempt     int // 1 for the first call
	Trace       Trace
	Body        []byte
}

// Msg is the payload as it is published. It returns ErrTooLarge for a body that
// does not fit into MaxMessage after compression.
func (p Payload) Msg() (*nats.Msg, error) {
	msg := nats.NewMsg(p.RawSubject())
	h := msg.Header
	setName(h, p.Name)
	h.Set(HeaderOutcome, string(p.Outcome))
	h.Set(HeaderFetchedAt, formatTime(p.FetchedAt))
	h.Set(HeaderContentType, headerValue(p.ContentType))
	h.Set(HeaderRequest, Request(p.Request))
	h.Set(HeaderJob, strconv.FormatUint(p.JobID, 10))
	h.Set(HeaderRun, headerValue(p.RunID))
	h.Set(HeaderAttempt, strconv.Itoa(p.Attempt))
	p.Trace.inject(h)
	if !p.JobTime.IsZero() {
		h.Set(nats.MsgIdHdr, fmt.Sprintf("%s@%d", p.Name, p.JobTime.UnixNano()))
	}
	msg.Data = p.Body
	if len(p.Body) > CompressAbove {
		h.Set(HeaderEncoding, encodingZstd)
		msg.Data = compress(p.Body)
	}
	if msg.Data == nil && len(p.Body) > 0 || msg.Size() > MaxMessage {
		return nil, fmt.Errorf(
			"%w: %s is %d bytes as it came and more than %d as a message, which is the limit", ErrTooLarge, p.Name, len(p.Body),
			MaxMessage,
		)
	}
	return msg, nil
}

// DecodePayload reads a raw payload. The body comes back as the API sent it. What
// is not one that somebody published as such is ErrForeign.
func DecodePayload(subject string, h nats.Header, data []byte) (Payload, error) {
	name, err := identify(subject, PrefixRaw, h)
	if err != nil {
		return Payload{}, err
	}
	p := Payload{Name: name, ContentType: h.Get(HeaderContentType), RunID: h.Get(HeaderRun), Trace: extractTrace(h)}
	if err := p.decodeHeaders(h); err != nil {
		return Payload{}, fmt.Errorf("%w: raw payload %s: %w", ErrMalformed, name, err)
	}
	if p.Body, err = decodeBody(h.Get(HeaderEncoding), data); err != nil {
		return Payload{}, fmt.Errorf("%w: body of raw payload %s: %w", ErrMalformed, name, err)
	}
	return p, nil
}

func (p *Payload) decodeHeaders(h nats.Header) (err error) {
	switch p.Outcome = Outcome(h.Get(HeaderOutcome)); p.Outcome {
	case OutcomeOK, OutcomeNotFound:
	default:
		return fmt.Errorf("header %s is %q, want %s or %s", HeaderOutcome, p.Outcome, OutcomeOK, OutcomeNotFound)
	}
	if p.FetchedAt, err = time.Parse(time.RFC3339Nano, h.Get(HeaderFetchedAt)); err != nil {
		return fmt.Errorf("header %s: %w", HeaderFetchedAt, err)
	}
	p.FetchedAt = p.FetchedAt.UTC().Truncate(time.Microsecond)
	if p.Request, err = decodeParams([]byte(h.Get(HeaderRequest))); err != nil {
		return fmt.Errorf("header %s: %w", HeaderRequest, err)
	}
	if s := h.Get(HeaderJob); s != "" {
		if p.JobID, err = strconv.ParseUint(s, 10, 64); err != nil {
			return fmt.Errorf("header %s: %w", HeaderJob, err)
		}
	}
	if s := h.Get(HeaderAttempt); s != "" {
		if p.Attempt, err = strconv.Atoi(s); err != nil {
			return fmt.Errorf("header %s: %w", HeaderAttempt, err)
		}
	}
	return nil
}

// formatTime writes RFC 3339 with exactly six decimals, so that texts compare
// as times do.
func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }
