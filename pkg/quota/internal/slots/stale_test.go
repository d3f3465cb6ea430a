package slots

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A replica of the store that lags shows what was before a write whose fate is not
// known. It may have been made all the same: what it gave away is not used again.
func TestAnOlderStateGivesBackNothing(t *testing.T) {
	t.Parallel()
	rate := Rate{4, time.Minute}
	l := New("me")
	l.Configure(Setup{Rate: rate, Deadline: 2 * time.Second})
	now := time.Now()
	states := func(beat uint64, slots int) *Table {
		table := NewTable()
		table.Rate, table.Setups[l.setupID] = rate, l.setup
		table.Owners["me"] = &Owner{Beat: beat, TTL: ActiveTTL, Setup: l.setupID, Slots: slots, Want: 1}
		table.cool(4-slots, time.Minute)
		return table
	}
	l.Observe(states(5, 3), 10, now)
	l.held = Write{from: now, ttl: ActiveTTL}
	for range 2 {
		l.pool.add(&Slot{ready: now})
	}
	l.beat = 6
	l.unsure = &Write{table: states(6, 2), Base: 10, beat: 6, from: now, ttl: ActiveTTL, given: []*Slot{{ready: now}}}

	l.Observe(states(4, 3), 7, now) // so many reads are believed: the bucket may have been made again
	require.EqualValues(t, 7, l.Revision())
	require.Zero(t, l.pool.owned(), "nothing is used of which it isn't sure whose it is")
	require.False(t, l.holds(now))

	next := l.nextWrite(now, 1)
	require.Len(t, next.claimed, next.table.Owners["me"].Slots, "it has none but those that it claims again")
	for _, after := range next.claimed {
		require.Positive(t, after, "and those rest first")
	}
	require.Equal(t, 4, next.table.owned()+next.table.unowned())
}
