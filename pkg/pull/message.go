package pull

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// message is a jetstream.Msg.
type message struct {
	nc      *nats.Conn
	msg     *nats.Msg
	settled atomic.Bool
}

func (m *message) Data() []byte         { return m.msg.Data }
func (m *message) Headers() nats.Header { return m.msg.Header }
func (m *message) Subject() string      { return m.msg.Subject }
func (m *message) Reply() string        { return m.msg.Reply }

func (m *message) Metadata() (*jetstream.MsgMetadata, error) {
	meta, err := m.msg.Metadata()
	if err != nil {
		return nil, err
	}
	return &jetstream.MsgMetadata{
		Sequence:     jetstream.SequencePair{Consumer: meta.Sequence.Consumer, Stream: meta.Sequence.Stream},
		NumDelivered: meta.NumDelivered, NumPending: meta.NumPending, Timestamp: meta.Timestamp,
		Stream: meta.Stream, Consumer: meta.Consumer, Domain: meta.Domain,
	}, nil
}

// settle tells the server what became of the message, once.
func (m *message) settle(tell func() error) error {
	if m.settled.Load() {
		return jetstream.ErrMsgAlreadyAckd
	}
	if err := tell(); err != nil {
		return err
	}
	m.settled.Store(true)
	return nil
}

func (m *message) publish(words string) error {
	return m.settle(func() error { return m.nc.Publish(m.msg.Reply, []byte(words)) })
}

func (m *message) Ack() error                         { return m.publish("+ACK") }
func (m *message) Nak() error                         { return m.publish("-NAK") }
func (m *message) Term() error                        { return m.publish("+TERM") }
func (m *message) TermWithReason(reason string) error { return m.publish("+TERM " + reason) }

func (m *message) NakWithDelay(delay time.Duration) error {
	return m.publish(fmt.Sprintf(`-NAK {"delay": %d}`, delay.Nanoseconds()))
}

func (m *message) DoubleAck(ctx context.Context) error {
	return m.settle(func() error {
		_, err := m.nc.RequestWithContext(ctx, m.msg.Reply, []byte("+ACK"))
		return err
	})
}

func (m *message) InProgress() error {
	if m.settled.Load() {
		return jetstream.ErrMsgAlreadyAckd
	}
	return m.nc.Publish(m.msg.Reply, []byte("+WPI"))
}
