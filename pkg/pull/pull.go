// Package pull takes messages off a durable consumer, a batch at a time.
//
// The client library does so too. But it takes for the server's own word whatever
// has a header Status and no body, and a stored message can have that as well: who
// may publish to any subject of a stream can end every pull that his message is in,
// lose what comes behind it, and has it delivered again for ever. Here a message is
// what came with a subject to acknowledge it on, which the server alone sets.
//
// It fails with what the server says of the consumer or the pull. What came before
// is returned beside the error. That nothing comes is none.
package pull

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Request says how much is wanted.
type Request struct {
	Batch    int           // messages, one at least
	MaxBytes int           // of them; 0: no bound. It must exceed the largest message
	Wait     time.Duration // for the batch to be full; 0: what is there now
}

const (
	// late is how much longer than a pull its last words may take.
	late = time.Second
	// present is how long the server may take to say what is there now.
	present = 5 * time.Second
	// spare is room for words beside the messages of a batch.
	spare = 16
)

// wire is a request as the server reads it.
type wire struct {
	Batch    int           `json:"batch"`
	MaxBytes int           `json:"max_bytes,omitempty"`
	Expires  time.Duration `json:"expires,omitempty"`
	NoWait   bool          `json:"no_wait,omitempty"`
}

// Fetch takes what the consumer has, up to the request. No context ends it: what
// the server has sent would be lost until it is delivered again.
func Fetch(js jetstream.JetStream, consumer jetstream.Consumer, r Request) ([]jetstream.Msg, error) {
	nc, info := js.Conn(), consumer.CachedInfo()
	inbox := nc.NewInbox()
	// A channel: other subscriptions read a header Status too.
	came := make(chan *nats.Msg, r.Batch+spare)
	sub, err := nc.ChanSubscribe(inbox, came)
	if err != nil {
		return nil, fmt.Errorf("listening for messages: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // it fails on a closed connection only
	data, err := json.Marshal(wire{r.Batch, r.MaxBytes, r.Wait, r.Wait == 0})
	if err != nil { // numbers always marshal
		panic(err)
	}
	if err := nc.PublishRequest("$JS.API.CONSUMER.MSG.NEXT."+info.Stream+"."+info.Name, inbox, data); err != nil {
		return nil, fmt.Errorf("asking for messages: %w", err)
	}
	wait := r.Wait + late
	if r.Wait == 0 {
		wait = present
	}
	return collect(nc, came, r, wait)
}

// collect waits for each message as long as the pull, and a little longer.
func collect(nc *nats.Conn, came <-chan *nats.Msg, r Request, wait time.Duration) ([]jetstream.Msg, error) {
	var msgs []jetstream.Msg
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for bytes := 0; len(msgs) < r.Batch && (r.MaxBytes == 0 || bytes < r.MaxBytes); timer.Reset(wait) {
		select {
		case <-timer.C:
			return msgs, nil
		case msg := <-came:
			if strings.HasPrefix(msg.Reply, "$JS.ACK.") {
				msgs, bytes = append(msgs, &message{nc: nc, msg: msg}), bytes+msg.Size()
			} else if over, err := word(msg); over {
				return msgs, err
			}
		}
	}
	return msgs, nil
}

// word reads what the server says of a pull: whether it is over, and why where that
// is an error.
func word(msg *nats.Msg) (over bool, err error) {
	status, says := msg.Header.Get("Status"), strings.ToLower(msg.Header.Get("Description"))
	switch status {
	case "100": // it lives
		return false, nil
	case "404", "408": // nothing there, or the time is over
		return true, nil
	case "503":
		return true, nats.ErrNoResponders
	case "409":
		for words, err := range conflicts {
			if strings.Contains(says, words) {
				return true, err
			}
		}
	}
	return true, fmt.Errorf("the server ends the pull: %s %s", status, says)
}

// conflicts are the words of status 409.
var conflicts = map[string]error{
	"batch completed":      nil,
	"message size exceeds": nil, // the next one alone is larger than MaxBytes allows
	"consumer deleted":     jetstream.ErrConsumerDeleted,
	"consumer leadership":  jetstream.ErrConsumerLeadershipChanged,
	"leadership change":    jetstream.ErrConsumerLeadershipChanged,
	"server shutdown":      jetstream.ErrServerShutdown,
}
