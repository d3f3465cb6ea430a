package fetcher

import (
	"context"
	"fmt"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/service"
	"github.com/cledit/pipeline/pkg/topology"
)

// EnableConfig is what using keys again takes, beside the keys.
type EnableConfig struct {
	service.LogConfig
	service.NATSConfig
	service.Waiting
	service.Streams
}

// Enable has keys used again that were disabled because the source refused them,
// for an operator who has had them restored there: a restart with the same keys
// is not news, since it would spend a call for each refused key every time. A
// fetcher that halted goes on by itself. What was spent of the keys stays spent.
func Enable(ctx context.Context, cfg EnableConfig, source messages.Source, keys []string) error {
	base := service.Config{LogConfig: cfg.LogConfig, NATSConfig: cfg.NATSConfig, HTTPAddr: "off", Await: cfg.Wait}
	return service.Do(ctx, topology.ConsumerFetcher(source), base, func(ctx context.Context, rt *service.Runtime) error {
		return enable(ctx, cfg, rt, source, keys)
	})
}

func enable(ctx context.Context, cfg EnableConfig, rt *service.Runtime, source messages.Source, keys []string) error {
	bucket, err := rt.JS.KeyValue(ctx, topology.BucketQuota)
	if err != nil {
		return fmt.Errorf("opening the ledger's bucket: %w", err)
	}
	for _, key := range keys {
		fingerprint := quota.Fingerprint(key)
		changed, err := quota.Enable(ctx, bucket, string(source), fingerprint)
		if err != nil {
			return fmt.Errorf("enabling the key %s: %w", fingerprint, err)
		}
		verdict := "was not disabled"
		if changed {
			verdict = "is used again"
		}
		if _, err := fmt.Fprintf(cfg.Stdout, "%s key %s %s\n", source, fingerprint, verdict); err != nil {
			return err
		}
	}
	return nil
}
