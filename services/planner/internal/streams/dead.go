package streams

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/pull"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
)

// deadBatch is how many letters are taken at one tick.
const deadBatch = 500

func (c *Client) readDead(ctx context.Context, v *jobs.View) error {
	stream, err := c.js.Stream(ctx, topology.StreamDead)
	if err != nil {
		return readingErr("stream "+topology.StreamDead, err)
	}
	consumer, err := c.js.Consumer(ctx, topology.StreamDead, topology.ConsumerPlanner)
	if err != nil {
		return readingErr("consumer "+topology.ConsumerPlanner, err)
	}
	v.Held[topology.StreamDead] = Fill(stream.CachedInfo())
	state, info := stream.CachedInfo().State, consumer.CachedInfo()
	v.Consumers[info.Name] = work(info)
	floor, err := acknowledged(ctx, stream, state, info)
	if err != nil {
		return err
	}
	if v.AllDead = floor >= state.LastSeq; v.AllDead {
		return nil
	}
	last, err := c.fetchDead(v, consumer, info.NumPending)
	if err != nil {
		return err
	}
	// With letters that are unacknowledged elsewhere, what came is not all.
	v.AllDead = last >= state.LastSeq && info.NumAckPending == 0
	return nil
}

// deadWait bounds how long letters that are there may take to come.
const deadWait = 5 * time.Second

// fetchDead takes the letters that are pending, and those that come again. It
// returns the sequence of the last one, 0 where there is none. What nobody has
// published as a letter is acknowledged: it says nothing of the job on whose
// subject it stands.
func (c *Client) fetchDead(v *jobs.View, consumer jetstream.Consumer, pending uint64) (last uint64, err error) {
	request := pull.Request{Batch: deadBatch}
	if pending > 0 {
		request = pull.Request{Batch: int(min(pending, deadBatch)), Wait: deadWait}
	}
	msgs, err := pull.Fetch(c.js, consumer, request)
	if err != nil {
		return 0, readingErr("stream "+topology.StreamDead, err)
	}
	for _, msg := range msgs {
		letter, err := read(msg)
		switch {
		case errors.Is(err, messages.ErrForeign):
			v.Foreign = append(v.Foreign, msg.Subject())
			_ = msg.Ack() // else it comes again
		case err != nil:
			return 0, fmt.Errorf("reading a dead letter: %w", err)
		default:
			v.Dead = append(v.Dead, letter)
		}
		last = letter.Seq
	}
	return last, nil
}

func read(msg jetstream.Msg) (jobs.Letter, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return jobs.Letter{}, err
	}
	dead, err := messages.DecodeDeadLetter(msg.Subject(), msg.Headers(), msg.Data())
	if errors.Is(err, messages.ErrForeign) {
		return jobs.Letter{Seq: meta.Sequence.Stream}, err
	}
	if err != nil { // it is recorded as what it is
		dead = messages.DeadLetter{Subject: msg.Subject(), Header: msg.Headers(), Body: msg.Data(), Reason: err.Error()}
	}
	return jobs.Letter{
		Seq: meta.Sequence.Stream, Subject: dead.Subject, Name: tail(dead.Subject), Header: dead.Header,
		Size: len(dead.Body), Reason: dead.Reason, Error: dead.Error, FailedAt: meta.Timestamp, Ack: msg.Ack,
	}, nil
}

// Acknowledge takes letters that are recorded out of DEAD's consumer.
func Acknowledge(letters []jobs.Letter) error {
	var failed []error
	for _, letter := range letters {
		if err := letter.Ack(); err != nil {
			failed = append(failed, err)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("acknowledging dead letters: %w", err)
	}
	return nil
}
