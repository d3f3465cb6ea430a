package loader

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/staging"
)

// message is a delivered message with what it says.
type message struct {
	jetstream.Msg
	payload *staging.Payload // nil where it can't be read
	problem error            // why it can't be read

	fetchedAt time.Time     // zero where not even that can be read
	ahead     time.Duration // how far its date was ahead of what can be; 0 where it was not
}

// size is the length of the body and the number of rows in staging; one at least
// of each, so that what can't be read counts too.
func (m *message) size() (bytes, rows int) {
	if m.payload == nil {
		return len(m.Data()), 1
	}
	return len(m.payload.Body), max(1, m.payload.Facts.Rows())
}

// onOpen is called before a message is decoded, and onDerive before a derivation is
// committed. In tests they end the process.
var (
	onOpen   func(subject string)
	onDerive func(keys []string)
)

// key is the message's in RAW, however often it is delivered.
func (m *message) key() string {
	metadata, err := m.Metadata()
	if err != nil { // of something that no stream has delivered
		return m.Subject()
	}
	return keyOf(metadata)
}

// mostAhead is how far the date of an answer may be ahead of the time at which RAW
// stored it: as far as the clocks of two machines may be apart.
const mostAhead = 10 * time.Minute

// open decodes a message. It never fails: what can't be read has a problem.
func open(msg jetstream.Msg, now func() time.Time) *message {
	if onOpen != nil {
		onOpen(msg.Subject())
	}
	m := &message{Msg: msg}
	if err := m.decode(now); err != nil {
		m.payload, m.problem = nil, err
	}
	return m
}

func (m *message) decode(now func() time.Time) (err error) {
	defer recovered(&err)
	payload, err := messages.DecodePayload(m.Subject(), m.Headers(), m.Data())
	if err != nil {
		return err
	}
	metadata, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("reading the message's place in the stream: %w", err)
	}
	payload.FetchedAt, m.ahead = dated(payload.FetchedAt, metadata.Timestamp, now)
	m.fetchedAt = payload.FetchedAt
	m.payload, err = read(payload, metadata.Sequence.Stream)
	return err
}

// recovered makes an error of a panic.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%w: %v\n%s", errPanic, r, debug.Stack())
	}
}

// read decodes a payload that RAW stored under a sequence.
func read(payload messages.Payload, seq uint64) (p *staging.Payload, err error) {
	defer recovered(&err)
	facts, findings, err := decode.Payload(payload)
	if err != nil {
		return nil, err
	}
	var original []byte
	if findings.Repaired != nil {
		original, payload.Body = payload.Body, findings.Repaired
	}
	return &staging.Payload{
		Payload: payload, Original: original, Facts: facts, Findings: findings, StreamSeq: seq, SHA256: sha256.Sum256(payload.Body),
	}, nil
}

// dated is when an answer was fetched, and how far its own date was ahead of what
// can be: one that a fetcher with a wrong clock dated in the future would keep all
// later ones out of the tables until then. The time at which RAW stored it is the
// server's, so however often it is delivered, it is dated the same. Where the clock
// of this process is set apart from the machine's, as tests do, RAW's time is too.
func dated(fetched, stored time.Time, now func() time.Time) (at time.Time, ahead time.Duration) {
	apart := time.Until(now()).Round(time.Minute)
	latest := stored.Add(apart + mostAhead).UTC().Truncate(time.Microsecond)
	if fetched.After(latest) {
		return latest, fetched.Sub(latest)
	}
	return fetched, 0
}

// reason is the line for a person that DEAD keeps.
func reason(problem error) string {
	switch {
	case errors.Is(problem, errDeadly):
		return "The loader's process ended three times in a row while it tried this payload and nothing else, so " +
			"nobody has read it. Report it; requeue it once the loader is mended."
	case errors.Is(problem, errTransaction):
		return "This payload took longer to land than a transaction may, each time in more than two hours, so it " +
			"holds up the loader no longer. Look who holds a lock, then requeue it."
	case errors.Is(problem, errPanic):
		return "The loader fails on this payload. Report it; requeue it once the loader is mended."
	case errors.Is(problem, decode.ErrUnreadable), errors.Is(problem, messages.ErrMalformed):
		_, words, _ := strings.Cut(problem.Error(), ": ")
		return "The loader can't read this payload: " + words + ". Requeue it if the loader has learnt to; else drop " +
			"it, and it is fetched again when due."
	}
	return "The database refuses this payload: " + problem.Error() + ". Requeue it once the cause is mended; else drop it."
}

// batch is what one transaction loads, decoded.
type batch struct {
	messages []*message
	suspects []*suspect      // not decoded, each to be tried alone
	unread   []jetstream.Msg // to be handed back: the loader stops
	more     bool            // the next one follows at once
	close    func()          // to be called when the messages are settled
}

// heartbeat tells the server from time to time that messages are being worked on:
// while the database is away they must not go round in circles.
type heartbeat struct {
	users atomic.Int32
	ended chan struct{}
}

// keepAlive begins with one user; it ends when the last one has left.
func keepAlive(msgs []jetstream.Msg, every time.Duration) *heartbeat {
	h := &heartbeat{ended: make(chan struct{})}
	h.users.Store(1)
	go func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				for _, m := range msgs {
					_ = m.InProgress() // acknowledged already, or NATS is away: it is delivered again
				}
			case <-h.ended:
				return
			}
		}
	}()
	return h
}

func (h *heartbeat) join() { h.users.Add(1) }

func (h *heartbeat) leave() {
	if h.users.Add(-1) == 0 {
		close(h.ended)
	}
}
