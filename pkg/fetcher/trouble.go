package fetcher

import (
	"cmp"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/redact"
)

// troubleAgain is when a trouble that lasts is written again.
const troubleAgain = time.Minute

// followTrouble keeps what is wrong in the ledger's bucket, for `planner plan`, and
// returns how to end that. Of several replicas the last one is heard. Who can't write
// it has other sorrows: it is only for those who look.
func followTrouble(ctx context.Context, bucket jetstream.KeyValue, trouble func() string, log zerolog.Logger, o Options) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() {
		ticker := time.NewTicker(cmp.Or(o.KeysInterval, keysInterval))
		defer ticker.Stop()
		var told quota.Trouble
		for {
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
			now := quota.Trouble{Why: redact.Process.String(trouble()), At: o.Clock.Now().UTC()}
			if now.Why == told.Why && (now.Why == "" || now.At.Sub(told.At) < troubleAgain) {
				continue
			}
			if err := writeTrouble(ctx, bucket, o.Source, now); err != nil {
				log.Debug().Err(err).Msg("writing what is wrong with the source")
				continue
			}
			told = now
		}
	})
	return func() {
		cancel()
		following.Wait()
	}
}

func writeTrouble(ctx context.Context, bucket jetstream.KeyValue, source messages.Source, t quota.Trouble) error {
	if t.Why == "" {
		return bucket.Delete(ctx, quota.TroubleKey(string(source)))
	}
	value, err := json.Marshal(t)
	if err != nil {
		return err
	}
	_, err = bucket.Put(ctx, quota.TroubleKey(string(source)), value)
	return err
}
