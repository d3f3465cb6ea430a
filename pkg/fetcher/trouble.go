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
	var told quota.Trouble
	tell := func() {
		now := quota.Trouble{Why: redact.Process.String(trouble()), At: o.Clock.Now().UTC()}
		if now.Why == told.Why && (now.Why == "" || now.At.Sub(told.At) < troubleAgain) {
			return
		}
		if err := writeTrouble(ctx, bucket, o.Source, now); err != nil {
			log.Debug().Err(err).Msg("writing what is wrong with the source")
			return
		}
		told = now
	}
	following.Go(func() { repeat(ctx, cmp.Or(o.KeysInterval, keysInterval), tell) })
	return func() {
		cancel()
		following.Wait()
	}
}

// repeat calls do at every interval until ctx ends.
func repeat(ctx context.Context, interval time.Duration, do func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			do()
		case <-ctx.Done():
			return
		}
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
