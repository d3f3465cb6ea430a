// Package publish stores messages in JetStream until they are confirmed: the one
// place that says what is worth another attempt.
//
// Trouble with NATS or a stream is waited out, however long it takes; it is logged
// when it begins and is in Check, so that what waits has a name. What
// JetStream will never take, such as headers above 64 KiB, is ErrRefused at once:
// a repetition would hold its worker for ever.
package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
)

const (
	// attemptWait bounds one attempt.
	attemptWait = 5 * time.Second
	first       = 200 * time.Millisecond
	longest     = 10 * time.Second
)

var (
	// ErrRefused is in the error for a message that its stream will never take.
	ErrRefused = errors.New("JetStream refused this message")

	errSlow = errors.New("the stream did not confirm in time")
)

// Publisher stores messages. It is safe for concurrent use.
type Publisher struct {
	js  jetstream.JetStream
	log zerolog.Logger

	mu      sync.Mutex
	waiting map[*nats.Msg]error
}

// New makes a publisher.
func New(js jetstream.JetStream, log zerolog.Logger) *Publisher {
	return &Publisher{js: js, log: log, waiting: map[*nats.Msg]error{}}
}

// Store repeats a publication until it is confirmed or ctx ends. What can't
// succeed is ErrRefused.
func (p *Publisher) Store(ctx context.Context, msg *nats.Msg) error {
	delays := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(first), backoff.WithMaxInterval(longest), backoff.WithMaxElapsedTime(0))
	defer p.over(msg)
	return backoff.RetryNotify(func() error {
		attempt, cancel := context.WithTimeoutCause(ctx, attemptWait, errSlow)
		defer cancel()
		_, err := p.js.PublishMsg(attempt, msg)
		switch {
		case Permanent(err):
			return backoff.Permanent(fmt.Errorf("%w: %w", ErrRefused, err))
		case err != nil && ctx.Err() == nil && attempt.Err() != nil:
			return errors.Join(err, context.Cause(attempt))
		}
		return err
	}, backoff.WithContext(delays, ctx), func(err error, _ time.Duration) { p.trouble(msg, err) })
}

// Bury stores a dead letter, or what of it DEAD takes. It fails like Store.
func (p *Publisher) Bury(ctx context.Context, letter messages.DeadLetter) error {
	var err error
	for _, msg := range append([]*nats.Msg{letter.Whole()}, letter.Msgs()...) {
		if err = p.Store(ctx, msg); !errors.Is(err, ErrRefused) {
			return err
		}
		p.log.Warn().Err(err).Str("subject", msg.Subject).Msg("DEAD refuses a dead letter; retrying with less of it")
	}
	return err
}

// Check is for /readyz: it names what waits to be stored after an attempt failed.
func (p *Publisher) Check(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var waits []string
	for msg, err := range p.waiting {
		waits = append(waits, fmt.Sprintf("%s: %v", msg.Subject, err))
	}
	if len(waits) == 0 {
		return nil
	}
	slices.Sort(waits)
	return fmt.Errorf("%d messages wait to be stored, such as %s", len(waits), waits[0])
}

// trouble notes that a message waits, and logs that once.
func (p *Publisher) trouble(msg *nats.Msg, err error) {
	p.mu.Lock()
	_, told := p.waiting[msg]
	p.waiting[msg] = err
	p.mu.Unlock()
	if !told {
		p.log.Warn().Err(err).Str("subject", msg.Subject).Msg("cannot publish to JetStream, retrying")
	}
}

func (p *Publisher) over(msg *nats.Msg) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, msg)
}

// Codes of JetStream in the class of errors that a client has made, 400, which
// are about its stream or its account all the same, and end with time or a
// person's work there (server/errors.json of nats-server).
const (
	errAccountResources   = 10002
	errSealed             = 10109
	errDuplicateInProcess = 10158

	errMessageTooLarge = 10054
	errHeaderTooLarge  = 10097
)

// StoreFailed is JetStream's error code for a stream that does not take a message;
// several limits share it, so the description decides which it was.
const StoreFailed jetstream.ErrorCode = 10077

// TooLarge tells that JetStream refuses a message for its size or that of its header.
func TooLarge(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && (api.ErrorCode == errMessageTooLarge || api.ErrorCode == errHeaderTooLarge)
}

// Permanent tells an error of a publication that no repetition mends.
func Permanent(err error) bool {
	for _, never := range []error{
		nats.ErrMaxPayload, nats.ErrBadSubject, nats.ErrHeadersNotSupported, nats.ErrInvalidMsg, jetstream.ErrInvalidSubject,
	} {
		if errors.Is(err, never) {
			return true
		}
	}
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode {
	case errAccountResources, errSealed, errDuplicateInProcess:
		return false
	case StoreFailed:
		return strings.Contains(api.Description, "too large")
	}
	return api.Code >= 400 && api.Code < 500
}
