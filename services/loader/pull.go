package loader

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/topology"
)

const (
	// pullWait is how long a pull waits for a full chunk.
	pullWait = time.Second
	// pullBytes bounds a pull; it must exceed the largest message, or the server
	// would never hand that one out.
	pullBytes = 4 << 20
	// bindWait is how long a worker looks for the consumer before it turns to its
	// marks.
	bindWait = 2 * time.Second
	// stayAlive is well below the consumer's acknowledgement wait.
	stayAlive = 20 * time.Second
)

// puller fetches and decodes, beside the goroutine that talks to Postgres. It is
// at most one batch ahead of it.
type puller struct {
	worker  int
	js      jetstream.JetStream
	chunk   int
	health  *health
	metrics *metrics
	log     zerolog.Logger
}

// run sends batches until ctx ends, an empty one where there was nothing to
// fetch. It pulls again by itself when the consumer is reset, removed or made
// anew, and when NATS was away.
func (p *puller) run(ctx context.Context, out chan<- *batch) {
	defer close(out)
	var consumer jetstream.Consumer
	for ctx.Err() == nil {
		var b *batch
		var err error
		if consumer == nil {
			consumer, err = p.bind(ctx)
		}
		if consumer != nil {
			b, err = p.pull(consumer)
		}
		if ctx.Err() == nil || b != nil {
			p.health.set(p.worker, err)
		}
		if err != nil {
			consumer = nil
		}
		if b == nil {
			b = &batch{close: func() {}}
		}
		out <- b
	}
}

func (p *puller) bind(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, bindWait, errNoConsumer)
	defer cancel()
	consumer, err := topology.Consumer(ctx, p.js, topology.StreamRaw, topology.ConsumerLoader, nil)
	if err != nil && errors.Is(context.Cause(ctx), errNoConsumer) {
		err = errNoConsumer
	}
	return consumer, err
}

// pull fetches up to a chunk. It is not ended by a context: what the server has
// sent would be lost until it is delivered again.
func (p *puller) pull(consumer jetstream.Consumer) (*batch, error) {
	fetched, err := consumer.Fetch(p.chunk, jetstream.FetchMaxWait(pullWait), jetstream.FetchMaxBytes(pullBytes))
	if err != nil {
		return nil, fmt.Errorf("pulling: %w", err)
	}
	b := &batch{}
	for msg := range fetched.Messages() {
		b.messages = append(b.messages, open(msg))
	}
	b.close = keepAlive(b.messages, stayAlive)
	p.measure(b)
	if err := fetched.Error(); err != nil {
		return b, fmt.Errorf("pulling: %w", err)
	}
	return b, nil
}

// measure reads the backlog off the last delivery.
func (p *puller) measure(b *batch) {
	if len(b.messages) == 0 {
		p.metrics.backlog.Set(0)
		return
	}
	if metadata, err := b.messages[len(b.messages)-1].Metadata(); err == nil {
		p.metrics.backlog.Set(float64(metadata.NumPending))
	}
}
