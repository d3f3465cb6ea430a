package quota

import (
	"context"
	"errors"
	"flag"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/cledit/pipeline/pkg/quota/internal/budget"
)

func TestMain(m *testing.M) {
	// Most tests wait, for windows and days: many at a time don't take longer.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	closeTime = time.Minute // a loaded machine is slow, and not wrong
	goleak.VerifyTestMain(m)
}

const patience = 5 * time.Minute // a loaded machine is slow, and not wrong

type conform func(t *testing.T, b backend, source string)

// The same must hold of ledgers on every store: in calm, and while the store is
// restarted or loses its leader.
func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long: left out with -short")
	}
	t.Parallel()
	calm := map[string]conform{
		"refused":      conformRefused,
		"invalid":      conformInvalid,
		"settlement":   conformSettlement,
		"registration": conformRegistration,
	}
	rough := map[string]conform{
		"rate":    conformRate,
		"churn":   conformChurn,
		"budgets": conformBudgets,
		"killed":  conformKilled,
	}
	for name, backend := range backends {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := backend(t)
			t.Run("calm", func(t *testing.T) { all(t, b, calm) })
			t.Run("rough", func(t *testing.T) { all(t, b, rough) })
		})
	}
}

func all(t *testing.T, b backend, suite map[string]conform) {
	t.Helper()
	for what, conform := range suite {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			conform(t, b, what)
		})
	}
}

// crew is workers that call a judge with the permits of one ledger.
type crew struct {
	ledger *Ledger
	stop   context.CancelFunc
	work   sync.WaitGroup
}

func hire(t *testing.T, store Store, cfg Config, j *judge, workers int) *crew {
	t.Helper()
	cfg.Log = zerolog.New(zerolog.NewTestWriter(t))
	ledger, err := Open(t.Context(), store, cfg)
	require.NoError(t, err)
	c := &crew{ledger: ledger}
	ctx, stop := context.WithCancel(context.Background())
	c.stop = stop
	for range workers {
		c.work.Go(func() { c.run(ctx, j) })
	}
	t.Cleanup(c.kill)
	return c
}

func (c *crew) run(ctx context.Context, j *judge) {
	for {
		permits, err := c.ledger.Acquire(ctx, 2)
		if errors.Is(err, ErrHalted) {
			err = c.ledger.WaitRevived(ctx)
		}
		if err != nil {
			return
		}
		for _, p := range permits {
			p.Settle(j.call(context.WithoutCancel(ctx), p))
		}
	}
}

func (c *crew) kill() {
	c.stop()
	c.ledger.abort()
	c.work.Wait()
}

// lost is how often the ledger's lease ran out, which a machine that is too busy to
// renew it in time does to a living one: to the others that is a death.
func (c *crew) lost() int {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	return c.ledger.lease.Losses()
}

// leave ends in order, where the store is there to be told.
func (c *crew) leave() {
	c.stop()
	c.work.Wait()
	_ = c.ledger.Close() // else the others find out by themselves
}

func tmdb(source string) Config {
	return Config{
		Source: source, Keys: []string{"token"}, Rate: Rate{N: 20, Per: 400 * time.Millisecond}, Deadline: time.Second,
	}
}

// kobis has days of 5 s, and begins in the middle of one.
func kobis(source string) Config {
	return Config{
		Source: source, Keys: []string{"one", "two", "three"}, DailyQuota: 60,
		Rate: Rate{N: 40, Per: 200 * time.Millisecond}, Deadline: time.Second, DayLength: 5 * time.Second,
	}
}

// lasting has days of which the present one outlasts the test.
func lasting(cfg Config) Config {
	cfg.DayLength = time.Hour
	for time.Until(cfg.calendar().Day(time.Now()).End) < 30*time.Minute {
		cfg.DayLength += 7 * time.Minute
	}
	return cfg
}

// begin is a call that has started: a permit that lapsed meanwhile, since the machine
// is busy, is acquired again.
func begin(t *testing.T, l *Ledger) *Permit {
	t.Helper()
	for {
		permits, err := l.Acquire(t.Context(), 1)
		require.NoError(t, err)
		if err := permits[0].Start(); err == nil {
			return permits[0]
		}
	}
}

// early waits for the beginning of a day.
func early(cfg Config) budget.Day {
	day := cfg.calendar().Day(time.Now())
	<-time.After(time.Until(day.End))
	return cfg.calendar().Day(day.End)
}

func conformRate(t *testing.T, b backend, source string) {
	cfg := tmdb(source)
	j := newJudge(t, cfg)
	for range 4 {
		hire(t, b.store(t), cfg, j, 8)
	}
	j.wait(t, 100)
	b.harm()
	j.wait(t, 100)
	require.Zero(t, j.audit(cfg.Rate))
}

func conformChurn(t *testing.T, b backend, source string) {
	cfg := tmdb(source)
	j := newJudge(t, cfg)
	hire(t, b.store(t), cfg, j, 4)
	for i := range 6 {
		c := hire(t, b.store(t), cfg, j, 8)
		j.wait(t, 30)
		if i%2 == 0 {
			c.kill()
			continue
		}
		c.leave()
	}
	j.wait(t, 50)
	require.Zero(t, j.audit(cfg.Rate))
}

// Days follow each other on which every key is used, and none on which anything is
// refused. How much of a day is used depends on the machine here: see
// TestDailyBudgetsAreUsedUp.
func conformBudgets(t *testing.T, b backend, source string) {
	cfg := kobis(source)
	j := newJudge(t, cfg)
	for range 3 {
		hire(t, b.store(t), cfg, j, 4)
	}
	used := func(after budget.Day) func() bool {
		return func() bool {
			day := cfg.calendar().Day(time.Now())
			return day.Start.After(after.Start) && !slices.ContainsFunc(cfg.Keys, func(key string) bool {
				return j.days[key+" "+day.Name] == 0
			})
		}
	}
	j.until(t, used(cfg.calendar().Day(time.Now())))
	b.harm()
	j.until(t, used(cfg.calendar().Day(time.Now())))
	require.Zero(t, j.refused)
	require.Zero(t, j.audit(cfg.Rate))
}

// spent reports whether no key has a call left.
func spent(t *testing.T, store Store, cfg Config) bool {
	t.Helper()
	s, err := Read(t.Context(), store, cfg.Source, time.Now())
	return err == nil && s.Remaining == 0
}

// Whichever replica dies, no key gets above its budget, and each death costs a lease at most.
func conformKilled(t *testing.T, b backend, source string) {
	cfg := lasting(kobis(source))
	j := newJudge(t, cfg)
	deaths := 0
	for range 3 {
		var crews []*crew
		for range 2 {
			crews = append(crews, hire(t, b.store(t), cfg, j, 4))
		}
		// A slow machine may lose so many leases that fewer are left.
		store, before := b.store(t), j.count()
		require.Eventually(t, func() bool { return j.count() >= before+20 || spent(t, store, cfg) }, patience, 50*time.Millisecond)
		for _, c := range crews {
			c.kill()
			deaths += 1 + c.lost()
		}
	}
	last := hire(t, b.store(t), cfg, j, 4)
	store := b.store(t)
	require.Eventually(t, func() bool { return spent(t, store, cfg) }, patience, 50*time.Millisecond)
	last.kill()
	deaths += last.lost()
	require.Zero(t, j.refused)
	require.LessOrEqual(t, len(j.arrivals), 180)
	require.GreaterOrEqual(t, len(j.arrivals), 180-deaths*budget.MaxLease)
}

// Another program has used half of a key.
func conformRefused(t *testing.T, b backend, source string) {
	cfg := lasting(kobis(source))
	j := newJudge(t, cfg)
	j.days["two "+cfg.calendar().Day(time.Now()).Name] = 30
	for range 3 {
		hire(t, b.store(t), cfg, j, 4)
	}
	store := b.store(t)
	require.Eventually(t, func() bool { return spent(t, store, cfg) }, patience, 50*time.Millisecond)
	j.mu.Lock()
	defer j.mu.Unlock()
	require.Positive(t, j.refused)
	require.LessOrEqual(t, j.refused, 12, "nobody is refused twice")
}

func conformInvalid(t *testing.T, b backend, source string) {
	cfg := kobis(source)
	cfg.Keys = []string{"bad", "worse"}
	j := newJudge(t, cfg)
	j.invalid = map[string]bool{"bad": true, "worse": true}
	first, err := Open(t.Context(), b.store(t), cfg)
	require.NoError(t, err)
	second, err := Open(t.Context(), b.store(t), cfg)
	require.NoError(t, err)
	halt := func(l *Ledger) {
		for {
			permits, err := l.Acquire(t.Context(), 1)
			if err != nil {
				require.ErrorIs(t, err, ErrHalted)
				return
			}
			permits[0].Settle(j.call(t.Context(), permits[0]))
		}
	}
	halt(first)
	require.Len(t, j.arrivals, 2)
	halt(second)
	require.NoError(t, first.Close())
	first, err = Open(t.Context(), b.store(t), cfg)
	require.NoError(t, err)
	halt(first) // configured as before: still disabled
	require.Len(t, j.arrivals, 2)

	revived := make(chan error)
	go func() { revived <- second.WaitRevived(t.Context()) }()
	require.NoError(t, second.SetKeys([]string{"good"}))
	require.NoError(t, <-revived)
	permits, err := second.Acquire(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, Fingerprint("good"), permits[0].Fingerprint())
	permits[0].Settle(Cancelled)

	enable := func(key string, changed bool) {
		did, err := Enable(t.Context(), b.store(t), cfg.Source, Fingerprint(key))
		require.NoError(t, err)
		require.Equal(t, changed, did)
	}
	enable("nobody has it", false)
	enable("worse", true)
	enable("worse", false)
	require.NoError(t, first.WaitRevived(t.Context()))
	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
}

func conformSettlement(t *testing.T, b backend, source string) {
	cfg := lasting(kobis(source))
	cfg.Keys = []string{"0123456789abcdef0123456789abcdef"}
	store := b.store(t)
	l, err := Open(t.Context(), store, cfg)
	require.NoError(t, err)
	outcomes := []Settlement{Cancelled, Spent, Unknown, Cancelled, Spent}
	for _, o := range outcomes {
		p := begin(t, l)
		require.ErrorIs(t, p.Start(), ErrLapsed)
		p.Settle(o)
		p.Settle(Cancelled) // nothing more
	}
	permits, err := l.Acquire(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.ErrorIs(t, permits[0].Start(), ErrLapsed)
	_, err = l.Acquire(t.Context(), 1)
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, l.WaitRevived(t.Context()), ErrClosed)
	s, err := Read(t.Context(), store, cfg.Source, time.Now())
	require.NoError(t, err)
	require.Equal(t, cfg.DailyQuota-3, s.Remaining, "what was not sent is given back")
	for _, name := range []string{".gate", ".key." + Fingerprint(cfg.Keys[0])} {
		entry, err := store.Get(t.Context(), cfg.Source+name)
		require.NoError(t, err)
		require.NotContains(t, string(entry.Value()), cfg.Keys[0])
	}
	require.NoError(t, l.Close())
}

func conformRegistration(t *testing.T, b backend, source string) {
	cfg := kobis(source)
	store := b.store(t)
	s, err := Read(t.Context(), store, cfg.Source, time.Now())
	require.NoError(t, err)
	require.Equal(t, Snapshot{Source: cfg.Source}, s)
	l, err := Open(t.Context(), store, cfg)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	day := early(cfg)
	s, err = Read(t.Context(), store, cfg.Source, day.Opens())
	require.NoError(t, err)
	require.True(t, s.Known)
	require.True(t, s.Limited())
	require.Equal(t, cfg.Rate, s.Rate)
	require.Equal(t, 180, s.Remaining)
	for _, k := range s.Keys {
		require.Equal(t, KeyStatus{
			Fingerprint: k.Fingerprint, State: StateOK, Quota: 60, Remaining: 60, ResetAt: day.End.Add(day.DeadZone()),
		}, k)
	}
}
