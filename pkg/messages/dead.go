package messages

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
)

// MaxDeadJobBody is how much of the last bad answer a dead job keeps, in bytes.
const MaxDeadJobBody = 64 << 10

// DeadLetter is a message that could not be processed, whole, with its reason.
type DeadLetter struct {
	Subject string // the subject it had
	Header  nats.Header
	Body    []byte
	Reason  string // one line for a person: what is wrong and what to do
	Error   string // the error's own words
}

// Msg is the dead letter as it is published. It carries no message id: the
// original's would make JetStream drop it where DEAD and RAW share a window. A
// body that leaves no room for a reason is cut, and the reason says so.
func (d DeadLetter) Msg() *nats.Msg { return d.msg(carried(d.Header), len(d.Body)) }

// Msgs are the dead letter as it is published, and what is left of it where
// DEAD does not take that: with a part of the body, and with the reason alone.
func (d DeadLetter) Msgs() []*nats.Msg {
	few := nats.Header{}
	for name, values := range carried(d.Header) {
		if strings.HasPrefix(name, "Cledit-") && len(values) == 1 && len(values[0]) <= maxParam {
			few[name] = values
		}
	}
	return []*nats.Msg{d.Msg(), d.msg(few, MaxDeadJobBody), d.msg(nats.Header{}, 0)}
}

// Whole is the letter uncut, for a server that takes more than the default: what was
// published by hand to such a one is to be in DEAD as it was.
func (d DeadLetter) Whole() *nats.Msg {
	msg := d.msg(carried(d.Header), 0)
	msg.Header.Set(HeaderReason, oneLine(d.Reason))
	msg.Data = d.Body
	return msg
}

func (d DeadLetter) msg(header nats.Header, most int) *nats.Msg {
	msg := nats.NewMsg(DeadSubject(d.Subject))
	msg.Header = header
	if msg.Subject != PrefixDead+d.Subject {
		header.Set(HeaderSubject, headerValue(d.Subject))
	}
	header.Set(HeaderError, oneLine(d.Error))
	header.Set(HeaderReason, oneLine(d.Reason))
	room := maxPayload - msg.Size() - len(HeaderReason) - maxCutNote
	msg.Data = d.Body[:min(len(d.Body), most, room)]
	if len(msg.Data) < len(d.Body) {
		header.Set(HeaderReason, fmt.Sprintf("%s (the body is cut: %d of %d bytes)", oneLine(d.Reason), len(msg.Data), len(d.Body)))
	}
	return msg
}

// maxCutNote is what the note on a cut body takes at most.
const maxCutNote = 128

// DecodeDeadLetter reads a message of DEAD. Its header is the original's
// together with the reason. What has none was not published as a letter, and is
// ErrForeign like any other that the server has sent there.
func DecodeDeadLetter(subject string, h nats.Header, data []byte) (DeadLetter, error) {
	if err := checkOrigin(subject, PrefixDead, h); err != nil {
		return DeadLetter{}, err
	}
	original, _ := strings.CutPrefix(subject, PrefixDead)
	if original == "" {
		return DeadLetter{}, fmt.Errorf("%w: subject %q is not a dead letter's", ErrMalformed, subject)
	}
	if _, there := h[HeaderReason]; !there {
		return DeadLetter{}, fmt.Errorf("%w: %s has no header %s", ErrForeign, subject, HeaderReason)
	}
	return DeadLetter{Subject: original, Header: h, Body: data, Reason: h.Get(HeaderReason), Error: h.Get(HeaderError)}, nil
}
