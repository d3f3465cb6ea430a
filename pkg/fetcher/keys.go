package fetcher

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/cledit/pipeline/pkg/quota"
)

// keySetter is what following keys needs of a ledger.
type keySetter interface{ SetKeys(keys []string) error }

var _ keySetter = (*quota.Ledger)(nil)

// followKeys tells the ledger of keys that change while the fetcher runs, and
// returns how to end that.
func followKeys(ctx context.Context, ledger keySetter, log zerolog.Logger, o Options) (stop func()) {
	if o.ReadKeys == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &follower{ledger: ledger, log: log, read: o.ReadKeys, check: o.CheckKeys, known: o.Keys}
	var following sync.WaitGroup
	following.Go(func() { f.follow(ctx, cmp.Or(o.KeysInterval, keysInterval)) })
	return func() {
		cancel()
		following.Wait()
	}
}

// follower compares keys with those that were known before. What is wrong with a
// file is said once, and the keys that were known stay in use.
type follower struct {
	ledger keySetter
	log    zerolog.Logger
	read   func() ([]string, error)
	check  func([]string) []error
	known  []string
	told   string
}

func (f *follower) follow(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			f.readAgain()
		case <-ctx.Done():
			return
		}
	}
}

func (f *follower) readAgain() {
	keys, err := f.read()
	if err == nil && slices.Equal(keys, f.known) {
		f.told = ""
		return
	}
	if err == nil && f.check != nil {
		err = errors.Join(f.check(keys)...)
	}
	if err == nil {
		err = f.ledger.SetKeys(keys)
	}
	if err != nil {
		if f.told != err.Error() {
			f.told = err.Error()
			f.log.Error().Err(err).Msg("changed keys cannot be used; the known ones stay in use")
		}
		return
	}
	f.known, f.told = keys, ""
	fingerprints := make([]string, 0, len(keys))
	for _, key := range keys {
		fingerprints = append(fingerprints, quota.Fingerprint(key))
	}
	f.log.Info().Strs("keys", fingerprints).Msg("keys have changed")
}
