package republish

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/topology"
)

const (
	// capacityShare is the part of RAW that may wait for the loader, one in so many; the
	// planner keeps to the same.
	capacityShare = 4
	// pollInterval is how often it is looked whether there is room.
	pollInterval = 200 * time.Millisecond
	// idleFor is how long the loader may load nothing while it is waited for.
	idleFor     = 5 * time.Minute
	lookTimeout = 5 * time.Second
	// overhead is what a message takes in a stream beside its headers and its body.
	overhead = 64
)

// capacity is what RAW holds beside what the loader has not loaded, as seen by one that
// publishes. Of its own messages it knows the sizes; of others it takes the mean.
type capacity struct {
	stream   jetstream.Stream
	consumer jetstream.Consumer
	limit    int64 // bytes that may wait for the loader

	own    []placed // published, not known to be loaded, in order
	bytes  int64    // of own
	others int64    // bytes, about
	floor  uint64   // everything up to here is loaded
	left   uint64   // messages that are not
}

type placed struct {
	sequence uint64
	size     int64
}

func newCapacity(ctx context.Context, js jetstream.JetStream) (*capacity, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lookTimeout, errNoConsumer)
	defer cancel()
	stream, err := js.Stream(ctx, topology.StreamRaw)
	if err != nil {
		return nil, fmt.Errorf("looking for RAW: %w", err)
	}
	consumer, err := topology.Consumer(ctx, js, topology.StreamRaw, topology.ConsumerLoader, nil)
	switch {
	case err != nil && errors.Is(context.Cause(ctx), errNoConsumer):
		return nil, errNoConsumer
	case err != nil:
		return nil, fmt.Errorf("looking for the loader's consumer: %w", err)
	}
	limit := stream.CachedInfo().Config.MaxBytes / capacityShare
	if limit <= 0 { // a stream without a limit drops nothing
		limit = 1 << 62
	}
	return &capacity{stream: stream, consumer: consumer, limit: limit}, nil
}

// stored is about what a message takes in a stream.
func stored(msg *nats.Msg) int64 {
	size := int64(len(msg.Data)) + int64(len(msg.Subject)) + overhead
	for name, values := range msg.Header {
		for _, value := range values {
			size += int64(len(name) + len(value) + 4)
		}
	}
	return size
}

// take notes a message that was published.
func (c *capacity) take(sequence uint64, msg *nats.Msg) {
	c.own = append(c.own, placed{sequence, stored(msg)})
	c.bytes += stored(msg)
}

// last is the sequence of the last message in RAW.
func (c *capacity) last(ctx context.Context) (uint64, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, lookTimeout, errNoAnswer)
	defer cancel()
	info, err := c.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("looking at RAW: %w", err)
	}
	return info.State.LastSeq, nil
}

// waiting counts the messages that are not known to be loaded.
func (c *capacity) waiting() int { return len(c.own) }

// refresh reads what the loader has loaded. It is an error where RAW has dropped
// something of this publisher's before.
func (c *capacity) refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, lookTimeout, errNoAnswer)
	defer cancel()
	// The stream first: what is stored and loaded between the two is then not taken
	// for dropped.
	stream, err := c.stream.Info(ctx)
	if err != nil {
		return fmt.Errorf("looking at RAW: %w", err)
	}
	consumer, err := c.consumer.Info(ctx)
	if err != nil {
		return fmt.Errorf("looking at the loader's consumer: %w", err)
	}
	c.floor, c.left = consumer.AckFloor.Stream, consumer.NumPending+uint64(consumer.NumAckPending)
	if c.left == 0 { // the floor may stand below what was removed
		c.floor = max(c.floor, consumer.Delivered.Stream)
	}
	for len(c.own) > 0 && c.own[0].sequence <= c.floor {
		c.bytes -= c.own[0].size
		c.own = c.own[1:]
	}
	c.others = 0
	if own := uint64(len(c.own)); c.left > own {
		c.others = int64((c.left - own) * (stream.State.Bytes / max(stream.State.Msgs, 1)))
	}
	if len(c.own) > 0 && c.own[0].sequence < stream.State.FirstSeq {
		return fmt.Errorf("%w: run it again", errDropped)
	}
	return nil
}

// wait looks until there is room for messages beside what is not loaded; there is
// when nothing else is. It ends with errIdle when the loader loads nothing.
func (c *capacity) wait(ctx context.Context, msgs []*nats.Msg, tell func(why string)) error {
	size := int64(0)
	for _, msg := range msgs {
		size += stored(msg)
	}
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	moved, floor, left := time.Now(), uint64(0), uint64(0)
	for {
		err := c.refresh(ctx)
		switch {
		case errors.Is(err, errDropped):
			return err
		case err == nil && (c.bytes+c.others+size <= c.limit || c.left == 0 && len(c.own) == 0):
			return nil
		case err == nil && (c.floor != floor || c.left < left):
			moved, floor, left = time.Now(), c.floor, c.left
		case time.Since(moved) > idleFor:
			return errors.Join(errIdle, err)
		}
		if err != nil {
			tell("; " + err.Error())
		} else {
			tell(fmt.Sprintf("; waiting for the loader, which has %d messages to load", c.left))
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for the loader, which has %d messages to load: %w", c.left, context.Cause(ctx))
		}
	}
}
