package messages

import (
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

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
// original's would make JetStream drop it where DEAD and RAW share a window.
func (d DeadLetter) Msg() *nats.Msg {
	msg := nats.NewMsg(DeadSubject(d.Subject))
	msg.Header = maps.Clone(d.Header)
	if msg.Header == nil {
		msg.Header = nats.Header{}
	}
	for _, h := range []string{nats.MsgIdHdr, nats.ExpectedStreamHdr, nats.ExpectedLastSeqHdr, nats.ExpectedLastSubjSeqHdr, nats.ExpectedLastMsgIdHdr} {
		msg.Header.Del(h)
	}
	msg.Header.Set(HeaderReason, oneLine(d.Reason))
	msg.Header.Set(HeaderError, oneLine(d.Error))
	msg.Data = d.Body
	return msg
}

// DecodeDeadLetter reads a message of DEAD. Its header is the original's
// together with the reason.
func DecodeDeadLetter(subject string, h nats.Header, data []byte) (DeadLetter, error) {
	original, ok := strings.CutPrefix(subject, PrefixDead)
	if !ok || original == "" {
		return DeadLetter{}, fmt.Errorf("%w: subject %q is not a dead letter's", ErrMalformed, subject)
	}
	return DeadLetter{Subject: original, Header: h, Body: data, Reason: h.Get(HeaderReason), Error: h.Get(HeaderError)}, nil
}

// maxHeaderValue keeps a header readable and far from MaxMessage, in bytes.
const maxHeaderValue = 2 << 10

// oneLine makes text fit for a header: NATS ends a header at a line break.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if len(s) <= maxHeaderValue {
		return s
	}
	cut := maxHeaderValue
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
