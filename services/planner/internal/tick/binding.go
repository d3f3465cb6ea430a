package tick

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
	"github.com/cledit/pipeline/services/planner/internal/jobs"
	"github.com/cledit/pipeline/services/planner/internal/streams"
)

const (
	// ensureEvery is the time between two checks of the topology.
	ensureEvery = 30 * time.Second
	// streamQuota is the stream under the ledger's bucket.
	streamQuota = "KV_" + topology.BucketQuota
)

// binding holds the streams, consumers and the bucket of the quota: what is missing is
// made, what differs is reported.
type binding struct {
	js       jetstream.JetStream
	client   *streams.Client
	topology topology.Config
	log      zerolog.Logger
	metrics  *Metrics

	ledger      jetstream.KeyValue // nil until it is bound
	differences string             // as last reported
	ensuredAt   time.Time
}

// ensure makes missing streams, consumers and the bucket, and reports what
// differs, once for each set of differences, and how full the bucket is.
func (b *binding) ensure(ctx context.Context, now time.Time) error {
	diffs, err := topology.Ensure(ctx, b.js, b.topology)
	if err != nil {
		return fmt.Errorf("ensuring the streams: %w", err)
	}
	b.metrics.differences.WithLabelValues().Set(float64(len(diffs)))
	if text := fmt.Sprint(diffs); text != b.differences {
		b.differences = text
		for _, d := range diffs {
			b.log.Warn().Str("object", d.Object).Str("setting", d.Setting).Str("have", d.Have).Str("want", d.Want).
				Msg("JetStream differs from the configuration; `planner topology --apply` changes it")
		}
	}
	if b.ledger, err = b.js.KeyValue(ctx, topology.BucketQuota); err != nil {
		return fmt.Errorf("binding to bucket %s: %w", topology.BucketQuota, err)
	}
	bucket, err := b.js.Stream(ctx, streamQuota)
	if err != nil {
		return fmt.Errorf("reading stream %s: %w", streamQuota, err)
	}
	b.metrics.streams(map[string]jobs.Fill{streamQuota: streams.Fill(bucket.CachedInfo())})
	b.ensuredAt = now
	return nil
}

// observe takes a view, and makes what turns out to be missing.
func (b *binding) observe(ctx context.Context, now time.Time) (jobs.View, error) {
	if b.ledger == nil || passed(ensureEvery, b.ensuredAt, now) {
		if err := b.ensure(ctx, now); err != nil {
			return jobs.View{}, err
		}
	}
	view, err := b.client.Observe(ctx)
	if errors.Is(err, streams.ErrMissing) {
		if err := b.ensure(ctx, now); err != nil {
			return jobs.View{}, err
		}
		view, err = b.client.Observe(ctx)
	}
	for _, subject := range view.Foreign {
		b.metrics.foreign.Inc()
		b.log.Warn().Str("subject", subject).
			Msg("skipped a message of DEAD that no service published as a dead letter; is a service compromised?")
	}
	return view, err
}

// inspect takes a view and changes nothing; what is missing holds nothing.
func (b *binding) inspect(ctx context.Context) (jobs.View, error) {
	view, err := b.client.Inspect(ctx)
	if err != nil && !errors.Is(err, streams.ErrMissing) {
		return view, err
	}
	if b.ledger, err = b.js.KeyValue(ctx, topology.BucketQuota); err != nil && !errors.Is(err, jetstream.ErrBucketNotFound) {
		return view, fmt.Errorf("binding to bucket %s: %w", topology.BucketQuota, err)
	}
	return view, nil
}

// snapshot reads the ledger of a source; without a ledger nothing is known.
func (b *binding) snapshot(ctx context.Context, source messages.Source, now time.Time) (quota.Snapshot, error) {
	if b.ledger == nil {
		return quota.Snapshot{Source: string(source)}, nil
	}
	snapshot, err := quota.Read(ctx, b.ledger, string(source), now)
	if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, jetstream.ErrStreamNotFound) {
		b.ledger = nil // nobody serves the bucket: the next tick makes it where it is gone
	}
	if err != nil {
		return quota.Snapshot{}, fmt.Errorf("reading the quota of %s: %w", source, err)
	}
	return snapshot, nil
}

// trouble is what the fetchers of a source say is wrong with it; empty: nothing.
func (b *binding) trouble(ctx context.Context, source messages.Source, now time.Time) (string, error) {
	if b.ledger == nil {
		return "", nil
	}
	return quota.ReadTrouble(ctx, b.ledger, string(source), now)
}
