package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/cledit/pipeline/pkg/pull"
	"github.com/cledit/pipeline/pkg/topology"
)

const (
	// pullWait is how long a pull waits for a full chunk, and moreWait how long when
	// the last one left messages behind: then waiting is only for what others took.
	pullWait = time.Second
	moreWait = 20 * time.Millisecond
	// pullBytes bounds a pull; it must exceed the largest message, or the server
	// would never hand that one out.
	pullBytes = 4 << 20
	// bindWait is how long a worker looks for the consumer before it turns to its
	// marks.
	bindWait = 2 * time.Second
	// stayAlive is how often messages in hand are told to be, at least; it is well
	// below the consumer's acknowledgement wait.
	stayAlive = 20 * time.Second
)

// puller fetches and decodes, beside the goroutine that talks to Postgres. It
// holds one pull, as it came, and of that one decoded batch; the worker holds
// another batch. So memory does not grow with the backlog.
type puller struct {
	worker   int
	js       jetstream.JetStream
	chunk    int
	health   *health
	progress *progress
	guard    *guard
	now      func() time.Time
	pending  uint64 // messages that the last pull left behind
	// stayAlive is how often the server is told that messages are in hand.
	stayAlive time.Duration
}

// run sends batches until ctx ends, an empty one where there was nothing to
// fetch. It pulls again by itself when the consumer is reset, removed or made
// again, and when NATS was away. What was pulled is decoded as long as work goes on.
func (p *puller) run(ctx, work context.Context, out chan<- *batch) {
	defer close(out)
	var consumer jetstream.Consumer
	for first := true; ctx.Err() == nil; {
		var msgs []jetstream.Msg
		var err error
		if consumer == nil {
			consumer, err = p.bind(ctx)
		}
		if consumer != nil {
			if first { // a pull takes up to a second
				first = false
				p.health.set(p.worker, nil)
			}
			msgs, err = p.pull(consumer)
		}
		if ctx.Err() == nil || len(msgs) > 0 {
			p.health.set(p.worker, err)
		}
		p.send(work, msgs, out)
		if err != nil {
			consumer = nil
			pause(ctx)
		}
	}
}

// pause keeps an error that comes at once from coming again and again.
func pause(ctx context.Context) {
	timer := time.NewTimer(retryFirst)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// send decodes what was pulled and cuts it into batches of limited rows and
// bytes; a batch has one message at least, if there is any. What was delivered
// before goes first, as it came.
func (p *puller) send(ctx context.Context, msgs []jetstream.Msg, out chan<- *batch) {
	alive := keepAlive(msgs, p.stayAlive)
	defer alive.leave()
	suspects, msgs := divide(msgs)
	if len(suspects) > 0 {
		alive.join()
		out <- &batch{suspects: suspects, more: true, close: alive.leave}
	}
	alive.join()
	next, size, rows := &batch{close: alive.leave}, 0, 0
	for i, msg := range msgs {
		m, err := p.open(ctx, msg)
		if err != nil {
			next.unread = msgs[i:]
			break
		}
		itsSize, itsRows := m.size()
		if len(next.messages) > 0 && (rows+itsRows > p.chunk || size+itsSize > chunkBytes) {
			next.more = true
			out <- next
			alive.join()
			next, size, rows = &batch{close: alive.leave}, 0, 0
		}
		next.messages, size, rows = append(next.messages, m), size+itsSize, rows+itsRows
	}
	next.more = p.pending > 0
	out <- next
}

// divide parts what was delivered before from what was not.
func divide(msgs []jetstream.Msg) (suspects []*suspect, fresh []jetstream.Msg) {
	for _, msg := range msgs {
		if s, ok := newSuspect(msg); ok {
			suspects = append(suspects, s)
		} else {
			fresh = append(fresh, msg)
		}
	}
	return suspects, fresh
}

// open decodes a message beside others, never beside one that is tried alone.
func (p *puller) open(ctx context.Context, msg jetstream.Msg) (*message, error) {
	leave, err := p.guard.share(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	return open(msg, p.now), nil
}

func (p *puller) bind(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, bindWait, errNoConsumer)
	defer cancel()
	consumer, err := topology.Consumer(ctx, p.js, topology.StreamRaw, topology.ConsumerLoader, nil)
	switch {
	case err == nil:
		p.stayAlive = min(stayAlive, consumer.CachedInfo().Config.AckWait/3)
	case errors.Is(context.Cause(ctx), errNoConsumer):
		err = errNoConsumer
	}
	return consumer, err
}

// pull fetches up to a chunk. It is not ended by a context: what the server has
// sent would be lost until it is delivered again.
func (p *puller) pull(consumer jetstream.Consumer) ([]jetstream.Msg, error) {
	wait := pullWait
	if p.pending > 0 {
		wait = moreWait
	}
	msgs, err := p.fetch(consumer, pull.Request{Batch: p.chunk, MaxBytes: pullBytes, Wait: wait})
	if err != nil || len(msgs) > 0 {
		return msgs, err
	}
	// A message above the limit ends a pull as if there were none. It was published
	// by hand, to a server that takes such; it is to go to DEAD and not to stay. The
	// server refuses to look at once while other pulls wait, so this one waits too.
	return p.fetch(consumer, pull.Request{Batch: 1, Wait: pullWait})
}

func (p *puller) fetch(consumer jetstream.Consumer, r pull.Request) ([]jetstream.Msg, error) {
	msgs, err := pull.Fetch(p.js, consumer, r)
	p.measure(msgs)
	if err != nil {
		return msgs, fmt.Errorf("pulling: %w", err)
	}
	return msgs, nil
}

// measure reads the backlog off the last delivery.
func (p *puller) measure(msgs []jetstream.Msg) {
	p.pending = 0
	if len(msgs) > 0 {
		if metadata, err := msgs[len(msgs)-1].Metadata(); err == nil {
			p.pending = metadata.NumPending
		}
	}
	p.progress.pulled(len(msgs), p.pending)
}
