package planner

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/cledit/pipeline/pkg/messages"
	"github.com/cledit/pipeline/pkg/quota"
	"github.com/cledit/pipeline/pkg/topology"
)

// alarm is a timer of the world's clock.
type alarm struct {
	at time.Time
	c  chan time.Time
}

// ledgerClock is the world's clock as the quota ledger wants it: its timers fire
// when the world's time passes.
type ledgerClock struct{ *world }

func (c ledgerClock) Now() time.Time { return c.now() }

func (c ledgerClock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{at: c.clock.Add(d), c: make(chan time.Time, 1)}
	c.alarms = append(c.alarms, a)
	c.ring()
	return a.c, func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		i := slices.Index(c.alarms, a)
		if i >= 0 {
			c.alarms = slices.Delete(c.alarms, i, i+1)
		}
		return i >= 0
	}
}

// ring fires the alarms whose time has come. The world is locked.
func (w *world) ring() {
	w.alarms = slices.DeleteFunc(w.alarms, func(a *alarm) bool {
		if a.at.After(w.clock) {
			return false
		}
		a.c <- w.clock
		return true
	})
}

// month is a simulated stretch of days: a first load under a daily quota while
// films are added and edited, then daily work, with an outage in between.
type month struct {
	*world
	rng    *rand.Rand
	ledger *quota.Ledger
	quota  int
	spent  map[string]int // calls to KOBIS by day in Seoul
	landed map[string]time.Time
	down   bool // nothing runs
	moving bool // the source changes
}

// monthDays and monthFilms are small in a test; MONTH_DAYS and MONTH_FILMS make
// it a whole one.
func size(t *testing.T, name string, small int) int {
	t.Helper()
	if text := os.Getenv(name); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		return n
	}
	return small
}

func newMonth(t *testing.T, films, perDay int, seed uint64) *month {
	t.Helper()
	m := &month{
		world: newWorld(t, catalogueOf(films)...), rng: rand.New(rand.NewPCG(seed, 1)), quota: perDay,
		spent: map[string]int{}, landed: map[string]time.Time{},
	}
	m.clock = time.Date(2026, 11, 21, 15, 30, 0, 0, time.UTC) // half past midnight in Seoul
	m.planner.cfg.KOBISDailyQuota = perDay
	require.NoError(t, m.planner.ensure(t.Context(), time.Now()))
	kv, err := m.js.KeyValue(t.Context(), topology.BucketQuota)
	require.NoError(t, err)
	m.ledger, err = quota.Open(t.Context(), kv, quota.Config{
		Source: string(messages.KOBIS), Keys: []string{"0123456789abcdef0123456789abcdef"}, DailyQuota: perDay,
		Rate: quota.Rate{N: 1000, Per: time.Second}, Zone: Seoul, Clock: ledgerClock{m.world}, Log: zerolog.Nop(),
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, m.ledger.Close()) })
	return m
}

// drift adds and edits films, as the source's people do.
func (m *month) drift(n int) {
	for range n {
		if m.rng.IntN(4) == 0 {
			made := 2026
			m.films = append([]film{{Code: fmt.Sprintf("2027%04d", len(m.films)), Title: "새 영화", Made: made}}, m.films...)
			continue
		}
		i := m.rng.IntN(len(m.films))
		f := m.films[i]
		f.Edits++
		m.films = append([]film{f}, slices.Delete(m.films, i, i+1)...)
	}
}

// work lets the fetchers answer what they have permits for, and the loader load.
func (m *month) work() (calls int) {
	tmdb, err := m.js.Consumer(m.t.Context(), topology.StreamJobs, topology.ConsumerFetcher(messages.TMDB))
	require.NoError(m.t, err)
	calls += m.drain(tmdb)
	kobis, err := m.js.Consumer(m.t.Context(), topology.StreamJobs, topology.ConsumerFetcher(messages.KOBIS))
	require.NoError(m.t, err)
	for {
		n := m.permitted(kobis)
		calls += n
		if n == 0 {
			break
		}
	}
	m.load()
	return calls
}

func (m *month) drain(consumer jetstream.Consumer) (n int) {
	batch, err := consumer.FetchNoWait(1000)
	require.NoError(m.t, err)
	for msg := range batch.Messages() {
		m.answer(msg)
		n++
	}
	require.NoError(m.t, batch.Error())
	return n
}

// permitted takes permits and then as many jobs, as the fetchers do.
func (m *month) permitted(consumer jetstream.Consumer) (n int) {
	info, err := consumer.Info(m.t.Context())
	require.NoError(m.t, err)
	if info.NumPending == 0 {
		return 0
	}
	ctx, cancel := context.WithTimeout(m.t.Context(), 50*time.Millisecond)
	defer cancel()
	permits, err := m.ledger.Acquire(ctx, 10)
	if errors.Is(err, context.DeadlineExceeded) {
		return 0 // nothing is left today
	}
	require.NoError(m.t, err)
	batch, err := consumer.FetchNoWait(len(permits))
	require.NoError(m.t, err)
	for msg := range batch.Messages() {
		require.NoError(m.t, permits[n].Start())
		m.answer(msg)
		permits[n].Settle(quota.Spent)
		m.spent[m.now().In(Seoul).Format(time.DateOnly)]++
		n++
	}
	for _, unused := range permits[n:] {
		unused.Settle(quota.Cancelled)
	}
	return n
}

// hour lets an hour pass, with all the work that fits into it.
func (m *month) hour() {
	for !m.down {
		_, err := m.planner.Tick(m.t.Context())
		require.NoError(m.t, err)
		if m.work() == 0 {
			break
		}
		if m.moving && m.rng.IntN(3) == 0 {
			m.drift(1) // while pages are being read
		}
	}
	m.pass(time.Hour)
}

func (m *month) day(edits int) {
	for hour := range 24 {
		if hour%8 == 0 {
			m.drift(edits / 3)
		}
		m.hour()
	}
}

func TestMonth(t *testing.T) {
	t.Parallel()
	days, films := size(t, "MONTH_DAYS", 9), size(t, "MONTH_FILMS", 1200)
	m := newMonth(t, films, max(300, films/4), 7)
	m.moving = true
	for day := range days {
		m.down = day == days-3 || day == days-2
		m.day(12)
		if !m.down {
			yesterday := m.now().In(Seoul).AddDate(0, 0, -2)
			require.Equal(t, 1, m.count("SELECT count(*) FROM staging.kobis_box_office_days WHERE date = $1::text::date", yesterday.Format(time.DateOnly)),
				"the box office of %s did not land on the next day", yesterday.Format(time.DateOnly))
		}
	}
	m.moving = false
	m.day(0) // so that what changed yesterday has been seen
	m.day(0)
	t.Logf("calls by day: %v", m.spent)
	for day, calls := range m.spent {
		require.LessOrEqual(t, calls, m.quota, "calls on %s", day)
	}
	require.Greater(t, m.spent["2026-11-23"], m.quota*95/100, "a day's budget is used up while there is work")
	m.requireTruth()
}

// requireTruth compares the tables with what the sources know.
func (m *month) requireTruth() {
	m.t.Helper()
	require.Equal(m.t, len(m.films), m.count("SELECT count(*) FROM staging.kobis_movies"))
	stale := 0
	for _, f := range m.films {
		if m.count("SELECT count(*) FROM staging.kobis_movie_details WHERE movie_cd = $1 AND coalesce(runtime_minutes, 0) = $2", f.Code, f.Edits) == 0 {
			stale++
		}
	}
	// The order of the list does not show an edit of the film that stood first
	// among those that were not edited otherwise; it heals with the next edit or
	// the refresh.
	require.LessOrEqual(m.t, stale, 2, "of %d films", len(m.films))
	require.Equal(m.t, 1, m.count("SELECT count(*) FROM ops.windows WHERE scope = 'all' AND known = total"))
}
