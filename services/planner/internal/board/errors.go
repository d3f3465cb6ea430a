package board

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrMissing marks a stream or consumer that is not there.
var ErrMissing = errors.New("a stream or consumer is missing")

// looking wraps an error of a look-up and recognises what is missing.
func looking(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrConsumerNotFound),
		errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrNoStreamResponse),
		errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("looking at %s: %w: %w", what, ErrMissing, err)
	}
	return fmt.Errorf("looking at %s: %w", what, err)
}
