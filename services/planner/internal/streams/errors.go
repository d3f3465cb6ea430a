package streams

import (
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// ErrMissing marks a stream or consumer that is not there.
var ErrMissing = errors.New("a stream or consumer is missing")

// readingErr wraps an error of a look-up and recognises what is missing.
func readingErr(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrConsumerNotFound),
		errors.Is(err, jetstream.ErrConsumerDeleted), errors.Is(err, jetstream.ErrNoStreamResponse),
		errors.Is(err, nats.ErrNoResponders):
		return fmt.Errorf("reading %s: %w: %w", what, ErrMissing, err)
	}
	return fmt.Errorf("reading %s: %w", what, err)
}
