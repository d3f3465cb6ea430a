package fetcher

import (
	"bytes"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cledit/pipeline/pkg/quota"
)

// setter records what it is told, and refuses an empty list as the ledger does.
type setter struct{ told [][]string }

func (s *setter) SetKeys(keys []string) error {
	if len(keys) == 0 {
		return quota.ErrBadConfig
	}
	s.told = append(s.told, keys)
	return nil
}

// content is what a file of keys holds.
type content struct {
	keys []string
	err  error
}

func TestFollowsKeysThatChange(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ledger setter
		var logs bytes.Buffer
		var file atomic.Pointer[content]
		file.Store(&content{keys: []string{"first-secret"}})
		stop := followKeys(t.Context(), &ledger, zerolog.New(&logs), Options{
			Keys: file.Load().keys, ReadKeys: func() ([]string, error) { return file.Load().keys, file.Load().err },
		})
		check := func() {
			<-time.After(keysInterval) // the bubble's clock, not a wait
			synctest.Wait()
		}
		check()
		require.Empty(t, ledger.told, "nothing has changed")

		keys := []string{"first-secret", "second-secret"}
		file.Store(&content{keys: keys})
		check()
		require.Equal(t, [][]string{keys}, ledger.told)
		require.Contains(t, logs.String(), quota.Fingerprint("second-secret"))

		file.Store(&content{err: errors.New("no such file")})
		check()
		check()
		file.Store(&content{})
		check()
		stop()
		require.Len(t, ledger.told, 1, "what can't be used changes nothing")
		require.Equal(t, 1, bytes.Count(logs.Bytes(), []byte("no such file")))
		require.Equal(t, 1, bytes.Count(logs.Bytes(), []byte(quota.ErrBadConfig.Error())))
		require.NotContains(t, logs.String(), "secret")
	})
}

// Keys that are read again pass the checks of the start: whatever is wrong with a
// file, the ledger is told of nothing that can't be sent, and no log repeats it.
func TestKeysReadAgainAreCheckedAsAtStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var ledger setter
		var logs bytes.Buffer
		keys := rapid.SliceOfN(rapid.OneOf(rapid.StringMatching(`[a-z0-9]{8,12}`), rapid.StringN(8, 12, -1),
			rapid.Just("first-secret second-secret"), rapid.Just("a-secret-with\x01control")), 1, 4).Draw(t, "keys")
		f := &follower{
			ledger: &ledger, log: zerolog.New(&logs), read: func() ([]string, error) { return keys, nil },
			check: func(keys []string) []error { return Secrets("KEYS", keys) }, known: []string{"known-secret"},
		}
		f.readAgain()
		f.readAgain()
		if len(Secrets("KEYS", keys)) == 0 {
			require.Equal(t, [][]string{keys}, ledger.told)
			return
		}
		require.Empty(t, ledger.told)
		require.Equal(t, []string{"known-secret"}, f.known)
		require.Equal(t, 1, bytes.Count(logs.Bytes(), []byte("the known ones stay in use")))
		for _, key := range keys {
			require.NotContains(t, logs.String(), key)
		}
	})
}

func TestWithoutASourceOfKeysNothingFollows(t *testing.T) {
	t.Parallel()
	followKeys(t.Context(), nil, zerolog.Nop(), Options{})()
}
