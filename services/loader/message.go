package loader

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/services/loader/decode"
	"github.com/cledit/pipeline/services/loader/stage"
)

// message is a delivered message with what it says.
type message struct {
	jetstream.Msg
	payload *stage.Payload // nil where it can't be read
	notes   map[decode.Note]int
	problem error // why it can't be read
}

// size is what a message holds in memory, in bytes.
func (m *message) size() int {
	if m.payload == nil {
		return 0
	}
	return len(m.payload.Body)
}

// open decodes a message. It never fails: what can't be read has a problem.
func open(msg jetstream.Msg) *message {
	m := &message{Msg: msg}
	if err := m.decode(); err != nil {
		m.payload, m.problem = nil, err
	}
	return m
}

func (m *message) decode() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, r, debug.Stack())
		}
	}()
	payload, err := messages.DecodePayload(m.Subject(), m.Headers(), m.Data())
	if err != nil {
		return err
	}
	metadata, err := m.Metadata()
	if err != nil {
		return fmt.Errorf("reading the message's place in the stream: %w", err)
	}
	facts, notes, err := decode.Payload(payload)
	if err != nil {
		return err
	}
	m.notes = notes
	m.payload = &stage.Payload{
		Payload: payload, Facts: facts, StreamSeq: metadata.Sequence.Stream, SHA256: sha256.Sum256(payload.Body),
	}
	return nil
}

// reason is the line for a person that DEAD keeps.
func reason(problem error) string {
	switch {
	case errors.Is(problem, errPanic):
		return "The loader fails on this payload. Report it; requeue it once the loader is mended."
	case errors.Is(problem, decode.ErrUnreadable), errors.Is(problem, messages.ErrMalformed):
		_, words, _ := strings.Cut(problem.Error(), ": ")
		return "The loader can't read this payload: " + words + ". Requeue it if the loader has learnt to; else drop it, and it is fetched again when due."
	}
	return "The database refuses this payload: " + problem.Error() + ". Requeue it once the cause is mended; else drop it."
}

// batch is what one pull brought, decoded, with the messages kept alive until it
// is closed: while the database is away they must not go round in circles.
type batch struct {
	messages []*message
	close    func()
}

// cut takes chunks of limited memory; a chunk has one message at least.
func (b *batch) chunks(most int, bytes int) [][]*message {
	var chunks [][]*message
	var chunk []*message
	size := 0
	for _, m := range b.messages {
		if m.payload == nil {
			continue
		}
		if len(chunk) > 0 && (len(chunk) >= most || size+m.size() > bytes) {
			chunks, chunk, size = append(chunks, chunk), nil, 0
		}
		chunk, size = append(chunk, m), size+m.size()
	}
	if len(chunk) > 0 {
		chunks = append(chunks, chunk)
	}
	return chunks
}

// keepAlive tells the server from time to time that the messages are being worked
// on, until the returned function is called.
func keepAlive(msgs []*message, every time.Duration) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				for _, m := range msgs {
					_ = m.InProgress() // acknowledged already, or NATS is away: it is delivered again
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}
