package topology

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	bindFirst   = 100 * time.Millisecond
	bindLongest = 5 * time.Second
	lookup      = 5 * time.Second
)

// Consumer binds to a durable consumer and waits until the planner has made it.
// waiting, which may be nil, is told once why there is something to wait for. It
// ends with the error of ctx alone.
func Consumer(ctx context.Context, js jetstream.JetStream, stream, name string, waiting func(error)) (jetstream.Consumer, error) {
	consumer, err := wait(ctx, waiting, func(ctx context.Context) (jetstream.Consumer, error) {
		return js.Consumer(ctx, stream, name)
	})
	if err != nil {
		return nil, fmt.Errorf("binding to consumer %s/%s: %w", stream, name, err)
	}
	return consumer, nil
}

// Bucket binds to the ledger's bucket in the same way.
func Bucket(ctx context.Context, js jetstream.JetStream, waiting func(error)) (jetstream.KeyValue, error) {
	kv, err := wait(ctx, waiting, func(ctx context.Context) (jetstream.KeyValue, error) {
		return js.KeyValue(ctx, BucketQuota)
	})
	if err != nil {
		return nil, fmt.Errorf("binding to bucket %s: %w", BucketQuota, err)
	}
	return kv, nil
}

func wait[T any](ctx context.Context, waiting func(error), bind func(context.Context) (T, error)) (T, error) {
	delays := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(bindFirst), backoff.WithMaxInterval(bindLongest), backoff.WithMaxElapsedTime(0))
	told := false
	return backoff.RetryNotifyWithData(func() (T, error) {
		attempt, cancel := context.WithTimeoutCause(ctx, lookup, errors.New("JetStream did not answer a look-up in time"))
		defer cancel()
		return bind(attempt)
	}, backoff.WithContext(delays, ctx), func(err error, _ time.Duration) {
		if !told && waiting != nil {
			told = true
			waiting(err)
		}
	})
}
