package fetcher

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
)

// beliefTime is how long a source is not doubted after a person has confirmed what
// it says.
const beliefTime = 24 * time.Hour

// belief is a person's word in the ledger's bucket, for all replicas.
type belief struct {
	Until time.Time `json:"until"`
}

func beliefKey(source messages.Source) string { return string(source) + ".belief" }

// Believe has the fetchers of a source believe for a day what they doubt: so many
// things known are gone, or so much is refused, because it is so.
func Believe(ctx context.Context, cfg EnableConfig, source messages.Source) error {
	base := service.Config{LogConfig: cfg.LogConfig, NATSConfig: cfg.NATSConfig, HTTPAddr: "off", Await: cfg.Wait}
	return service.Do(ctx, topology.ConsumerFetcher(source), base, func(ctx context.Context, rt *service.Runtime) error {
		return believe(ctx, cfg, rt, source, time.Now())
	})
}

func believe(ctx context.Context, cfg EnableConfig, rt *service.Runtime, source messages.Source, now time.Time) error {
	bucket, err := rt.JS.KeyValue(ctx, topology.BucketQuota)
	if err != nil {
		return fmt.Errorf("opening the ledger's bucket: %w", err)
	}
	b := belief{Until: now.Add(beliefTime).UTC().Truncate(time.Second)}
	value, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("encoding until when %s is believed: %w", source, err)
	}
	if _, err := bucket.Put(ctx, beliefKey(source), value); err != nil {
		return fmt.Errorf("writing until when %s is believed: %w", source, err)
	}
	_, err = fmt.Fprintf(cfg.Stdout, "%s is believed until %s\n", source, b.Until.Format(time.RFC3339))
	return err
}

// doubter is what can be told to believe.
type doubter interface {
	Doubted(ctx context.Context) error
	Believe(until time.Time)
}

// followBelief looks for a person's word while the source is doubted, and returns
// how to end that.
func followBelief(ctx context.Context, bucket jetstream.KeyValue, d doubter, log zerolog.Logger, o Options) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() {
		ticker := time.NewTicker(cmp.Or(o.KeysInterval, keysInterval))
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
			if d.Doubted(ctx) == nil {
				continue
			}
			b, err := readBelief(ctx, bucket, o.Source)
			if err != nil {
				log.Debug().Err(err).Msg("reading whether a person believes the source")
				continue
			}
			d.Believe(b.Until)
		}
	})
	return func() {
		cancel()
		following.Wait()
	}
}

// readBelief returns the zero belief where nobody has written one.
func readBelief(ctx context.Context, bucket jetstream.KeyValue, source messages.Source) (b belief, err error) {
	entry, err := bucket.Get(ctx, beliefKey(source))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return b, nil
	}
	if err != nil {
		return b, fmt.Errorf("reading until when %s is believed: %w", source, err)
	}
	if err := json.Unmarshal(entry.Value(), &b); err != nil {
		return b, fmt.Errorf("decoding until when %s is believed: %w", source, err)
	}
	return b, nil
}
