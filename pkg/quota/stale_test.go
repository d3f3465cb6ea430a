package quota

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A replica of the store that lags shows what was before a write whose fate is not
// known. It may have been made all the same: what it gave away is not used again.
func TestAnOlderStateGivesBackNothing(t *testing.T) {
	t.Parallel()
	cfg, err := rateOnly("4/1m").withDefaults()
	require.NoError(t, err)
	l := newLedger(NewMemory(), cfg, "me")
	now := cfg.Clock.Now()
	states := func(beat uint64, slots int) *gate {
		g := newGate()
		g.Rate, g.Setups[l.tenure.setupID] = cfg.Rate, l.tenure.setup
		g.Owners["me"] = &owner{Beat: beat, TTL: activeTTL, Setup: l.tenure.setupID, Slots: slots, Want: 1}
		g.cool(4-slots, time.Minute)
		return g
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tenure.observe(states(5, 3), 10, now)
	l.tenure.lease = attempt{from: now, ttl: activeTTL}
	for range 2 {
		l.tenure.pool.add(&slot{ready: now})
	}
	l.tenure.beat = 6
	l.tenure.unsure = &attempt{gate: states(6, 2), base: 10, beat: 6, from: now, ttl: activeTTL, given: []*slot{{ready: now}}}

	older, err := states(4, 3).encode()
	require.NoError(t, err)
	for range staleReads {
		require.NoError(t, l.take(l.gateName(), older, 7, true))
	}
	require.EqualValues(t, 7, l.tenure.revision, "so many reads are believed: the bucket may have been made anew")
	require.Zero(t, l.tenure.pool.owned(), "nothing is used of which it isn't sure whose it is")
	require.False(t, l.tenure.holds(now))

	next := l.tenure.draft(now, 1)
	require.Len(t, next.claimed, next.gate.Owners["me"].Slots, "it has none but those that it claims anew")
	for _, after := range next.claimed {
		require.Positive(t, after, "and those rest first")
	}
	require.Equal(t, 4, next.gate.owned()+next.gate.unowned())
}
