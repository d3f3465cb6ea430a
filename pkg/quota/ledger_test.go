package quota

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/natstest"
	"github.com/cledit/pipeline/pkg/quota/internal/budget"
	"github.com/cledit/pipeline/pkg/quota/internal/kv"
	"github.com/cledit/pipeline/pkg/quota/internal/slots"
	"github.com/cledit/pipeline/pkg/quota/quotatest"
)

func open(t *testing.T, store Store, cfg Config) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), store, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func acquire(t *testing.T, l *Ledger, limit int) []*Permit {
	t.Helper()
	permits, err := l.Acquire(t.Context(), limit)
	require.NoError(t, err)
	return permits
}

// What is held and not used is taken back, and can be used elsewhere.
func TestPermitLapses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := quotatest.NewMemory()
		cfg := budgeted()
		cfg.DayLength = 24 * time.Hour
		elapse(time.Hour) // the bubble begins at midnight
		l := open(t, memory, cfg)
		held := acquire(t, l, 1)[0]
		elapse(holdTime + time.Second)
		require.ErrorIs(t, held.Start(), ErrLapsed)
		held.Settle(Cancelled)
		held.Settle(Spent)
		elapse(10 * time.Second)
		s, err := Read(t.Context(), memory, cfg.Source, time.Now())
		require.NoError(t, err)
		require.Equal(t, 900, s.Remaining)
		l.mu.Lock()
		require.Zero(t, l.lease.Owned())
		l.mu.Unlock()
		mine, err := l.Snapshot()
		require.NoError(t, err)
		require.Equal(t, s, mine, "what the replica knows without asking")
	})
}

func TestAcquireEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := open(t, quotatest.NewMemory(), rateOnly("1/1m"))
		p := acquire(t, l, 5)
		require.Len(t, p, 1, "at most what there is")
		require.NoError(t, p[0].Start())
		p[0].Answered()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := l.Acquire(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = l.Acquire(ctx, 1)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		p[0].Settle(Unknown)
		acquire(t, l, 1)[0].Settle(Cancelled)
		since := time.Since(p[0].answered)
		require.GreaterOrEqual(t, since, slots.Pause(time.Minute), "the slot rests from the answer")
		require.Less(t, since, slots.Pause(time.Minute)+time.Second)
	})
}

// Permits of a key that is no longer configured lapse, and its calls are returned.
func TestKeysAreExchangedWhileRunning(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		memory := quotatest.NewMemory()
		cfg := budgeted()
		cfg.Keys = []string{"one"}
		l := open(t, memory, cfg)
		elapse(2 * time.Second)
		old := acquire(t, l, 1)[0]
		require.ErrorIs(t, l.SetKeys(nil), ErrBadConfig)
		require.NoError(t, l.SetKeys([]string{"two", "three"}))
		require.Equal(t, []string{Fingerprint("two"), Fingerprint("three")}, l.Keys())
		require.ErrorIs(t, old.Start(), ErrLapsed)
		next := acquire(t, l, 1)[0]
		require.Equal(t, Fingerprint(next.Secret()), next.Fingerprint())
		require.NotEqual(t, "one", next.Secret())
		elapse(time.Second)
		s, err := Read(t.Context(), memory, cfg.Source, time.Now())
		require.NoError(t, err)
		require.Len(t, s.Keys, 2)
		entry, err := memory.Get(t.Context(), "kobis.key."+Fingerprint("one"))
		require.NoError(t, err)
		rec, err := budget.Decode(entry.Value())
		require.NoError(t, err)
		require.Zero(t, rec.Days[0].Granted)
	})
}

// What was sent is told apart from what is only leased, whatever came of the call, and
// what is in a replica's hand, or was lost with one, counts as leased.
func TestSpentIsToldApartFromLeased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg, memory := budgeted(), quotatest.NewMemory()
		cfg.Keys = []string{"one"}
		l := open(t, memory, cfg)
		elapse(2 * time.Second)
		shown := func() KeyStatus {
			s, err := Read(t.Context(), memory, cfg.Source, time.Now())
			require.NoError(t, err)
			require.Equal(t, s.Keys[0].Quota-s.Keys[0].Remaining, s.Keys[0].Spent+s.Keys[0].Leased)
			return s.Keys[0]
		}
		permits := []*Permit{}
		for range 5 {
			permits = append(permits, acquire(t, l, 1)...)
		}
		require.Zero(t, shown().Spent)
		require.GreaterOrEqual(t, shown().Leased, 5)
		for i, o := range []Settlement{Spent, Unknown, Spent, Cancelled} {
			if o != Cancelled {
				require.NoError(t, permits[i].Start())
			}
			permits[i].Settle(o)
		}
		require.NoError(t, permits[4].Start()) // and nobody hears how it ends
		elapse(holdTime + cfg.Rate.Per + time.Second)
		require.Equal(t, 3, shown().Spent)
		require.Equal(t, 1, shown().Leased)
		permits[4].Settle(Spent)
		elapse(time.Second)
		require.Equal(t, 4, shown().Spent)
		require.Zero(t, shown().Leased)
	})
}

// A key that was disabled, removed and configured again works again.
func TestInvalidKeyConfiguredAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := budgeted()
		cfg.Keys = []string{"bad", "good"}
		l := open(t, quotatest.NewMemory(), cfg)
		elapse(2 * time.Second)
		for settled := false; !settled; {
			p := acquire(t, l, 1)[0]
			require.NoError(t, p.Start())
			o := Spent
			if p.Secret() == "bad" {
				o, settled = Invalid, true
			} else {
				require.NoError(t, l.SetKeys([]string{"bad"}))
			}
			p.Settle(o)
		}
		require.NoError(t, l.SetKeys([]string{"good"}))
		elapse(time.Second)
		s, err := l.Snapshot()
		require.NoError(t, err)
		require.Equal(t, []KeyStatus{{Fingerprint: Fingerprint("good"), State: StateOK, Quota: 300, Remaining: s.Remaining, Spent: s.Keys[0].Spent, ResetAt: s.Keys[0].ResetAt}}, s.Keys)
		require.NoError(t, l.SetKeys([]string{"bad"}))
		require.Equal(t, "bad", acquire(t, l, 1)[0].Secret())
	})
}

// A record of a later version, or one that is not a record, is not touched.
func TestUnreadableRecordsStay(t *testing.T) {
	t.Parallel()
	for _, value := range []string{`{"v":2}`, `not json`, `{"v":1,"rate":"fast"}`} {
		memory := quotatest.NewMemory()
		_, err := memory.Update(t.Context(), "tmdb.gate", []byte(value), 0)
		require.NoError(t, err)
		_, err = Open(t.Context(), memory, rateOnly("40/1s"))
		require.ErrorIs(t, err, ErrBadRecord)
		_, err = Read(t.Context(), memory, "tmdb", time.Now())
		require.ErrorIs(t, err, ErrBadRecord)
		require.Equal(t, uint64(1), memory.Revision())
	}
}

func TestOpenGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, rateOnly("40/1s"))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := Open(ctx, &line{world: w, store: w.memory, cut: true}, w.config)
		require.ErrorIs(t, err, errCut)
	})
}

// deaf is a store that can't be watched.
type deaf struct{ Store }

func (deaf) WatchFiltered(context.Context, []string, ...jetstream.WatchOpt) (jetstream.KeyWatcher, error) {
	return nil, errCut
}

func TestWatchThatFailsIsToldOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		cfg := rateOnly("40/1s")
		cfg.Log = zerolog.New(&log)
		l := open(t, deaf{quotatest.NewMemory()}, cfg)
		elapse(5 * time.Minute)
		require.NoError(t, l.Close())
		require.Equal(t, 1, strings.Count(log.String(), "cannot be watched"), log.String())
	})
}

// A ledger that can't be written for longer than a moment is named in /readyz.
func TestReadinessNamesALedgerThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1, rateOnly("40/1s"))
		way := &line{world: w, store: w.memory}
		l := open(t, way, w.config)
		elapse(time.Minute)
		require.NoError(t, l.Writable(t.Context()))
		way.mu.Lock()
		way.cut = true
		way.mu.Unlock()
		elapse(kv.TellAfter)
		require.NoError(t, l.Writable(t.Context()), "the lease was written a moment ago")
		elapse(time.Minute)
		require.ErrorContains(t, l.Writable(t.Context()), "to write the quota ledger")
		require.ErrorIs(t, l.Writable(t.Context()), errCut)
		way.mu.Lock()
		way.cut = false
		way.mu.Unlock()
		elapse(time.Minute)
		require.NoError(t, l.Writable(t.Context()))
	})
}

// The rights of a fetcher suffice, and reach no other source.
func TestLeastPermissions(t *testing.T) {
	t.Parallel()
	stream := "KV_" + bucket
	rights := &server.Permissions{
		Publish: &server.SubjectPermission{Allow: []string{
			"$JS.API.STREAM.INFO." + stream, "$JS.API.DIRECT.GET." + stream + ".>", "$KV." + bucket + ".kobis.>",
			"$JS.API.CONSUMER.CREATE." + stream + ".>", "$JS.API.CONSUMER.DELETE." + stream + ".>",
			"$JS.API.CONSUMER.INFO." + stream + ".>", "$JS.FC." + stream + ".>",
		}},
		Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX_kobis.>"}},
	}
	srv := natstest.StartWith(t, &server.Options{StoreDir: t.TempDir(), Users: []*server.User{
		{Username: "planner", Password: "p"}, {Username: "kobis", Password: "k", Permissions: rights},
	}})
	as := func(login string) string { return strings.Replace(srv.ClientURL(), "nats://", "nats://"+login+"@", 1) }
	makeBucket(t, as("planner:p"), 1)
	denied := make(chan error, 10)
	kv := bind(t, as("kobis:k"), nats.CustomInboxPrefix("_INBOX_kobis"),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err }))
	cfg := lasting(kobis("kobis"))
	l, err := Open(t.Context(), kv, cfg)
	require.NoError(t, err)
	other := open(t, bind(t, as("planner:p")), cfg)
	for range 100 {
		begin(t, l).Settle(Spent)
	}
	require.Eventually(t, func() bool { // the watch brings what another replica writes
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.lease.Table().Owners[other.lease.ID()] != nil
	}, patience, time.Millisecond)
	require.NoError(t, l.Close())
	require.Empty(t, denied)

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = kv.Update(ctx, "tmdb.gate", []byte("{}"), 0)
	require.Error(t, err)
	require.ErrorContains(t, <-denied, "$KV."+bucket+".tmdb.gate")
	_, err = bind(t, as("planner:p")).Get(t.Context(), "tmdb.gate")
	require.ErrorIs(t, err, jetstream.ErrKeyNotFound)
}
