package slots

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func tableOf(n int, wants ...int) *Table {
	g := NewTable()
	g.Rate, g.Free = Rate{N: n, Per: time.Second}, n
	for i, want := range wants {
		g.Owners[fmt.Sprintf("r%02d", i)] = &Owner{Want: want}
	}
	return g
}

// Shares are max-min fair: nobody gets more than it wants, all is given while
// anybody wants it, and one that is left wanting has at most one less than anyone.
func TestShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 50).Draw(t, "slots")
		wants := rapid.SliceOfN(rapid.IntRange(0, 60), 1, 40).Draw(t, "wants")
		g := tableOf(n, wants...)
		g.Turn = rapid.Uint64().Draw(t, "turn")
		shares := g.shares()
		given, wanted := 0, 0
		for id, o := range g.Owners {
			require.LessOrEqual(t, shares[id], o.Want)
			given, wanted = given+shares[id], wanted+o.Want
			if shares[id] < o.Want {
				for other := range g.Owners {
					require.LessOrEqual(t, shares[other], shares[id]+1)
				}
			}
		}
		require.Equal(t, min(n, wanted), given)
	})
}

// With the turn everybody gets his time, where there are fewer slots than replicas.
func TestTurnsReachEverybody(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10).Draw(t, "slots")
		wants := make([]int, rapid.IntRange(n+1, 40).Draw(t, "replicas"))
		for i := range wants {
			wants[i] = n
		}
		g := tableOf(n, wants...)
		served := map[string]int{}
		for range wants {
			for id, share := range g.shares() {
				served[id] += share
			}
			g.Turn++
		}
		for id := range g.Owners {
			require.Equal(t, n, served[id], "over as many turns as there are replicas")
		}
	})
}

func TestCoolingListStaysShortAndSafe(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := tableOf(1000)
		g.Free = 0
		cooldowns := rapid.SliceOfN(rapid.IntRange(0, 1_000_000), 0, 300).Draw(t, "cooldowns")
		for _, c := range cooldowns {
			g.cool(1, time.Duration(c))
		}
		require.LessOrEqual(t, len(g.Cooling), maxCooling)
		require.Equal(t, len(cooldowns), g.unowned())
		at := time.Duration(rapid.IntRange(0, 1_000_000).Draw(t, "at"))
		ready := 0
		for _, c := range cooldowns {
			if time.Duration(c) <= at {
				ready++
			}
		}
		g.age(at)
		require.LessOrEqual(t, g.Free, ready, "a slot is usable before it has rested")
	})
}

// A slot that was removed when a limit tightened is not usable at once when it
// comes back.
func TestGrownSlotsRest(t *testing.T) {
	t.Parallel()
	g := tableOf(40)
	wide, tight := Setup{Rate: Rate{40, time.Second}}, Setup{Rate: Rate{10, 2 * time.Second}}
	g.Setups = map[string]Setup{"wide": wide, "tight": tight}
	g.Owners["a"] = &Owner{Setup: "wide"}
	g.Owners["b"] = &Owner{Setup: "tight"}
	g.retune()
	require.Equal(t, tight.Rate, g.Rate)
	require.Equal(t, 10, g.unowned())
	require.Zero(t, g.Free, "free slots may have been used a moment ago, under a shorter window")
	delete(g.Owners, "b")
	g.retune()
	require.Equal(t, wide.Rate, g.Rate)
	require.Equal(t, 40, g.unowned())
	require.Zero(t, g.Free)
	require.NotContains(t, g.Setups, "tight")
	delete(g.Owners, "a")
	g.retune()
	require.Contains(t, g.Setups, "wide", "the last registration stays")
}

// leases is replicas on one record whose writes may be refused, arrive late, or
// arrive without their writer hearing of it.
type leases struct {
	now      time.Time
	table    *Table
	revision uint64
	replicas []*Lease
	flying   []flight
}

// flight is a write that may still arrive.
type flight struct {
	value []byte
	base  uint64
}

func (w *leases) write(value []byte, base uint64) bool {
	if base != w.revision {
		return false
	}
	g, err := Decode(value)
	if err != nil {
		panic(err)
	}
	w.table = g
	w.revision++
	return true
}

// check holds what is believed against the record: nobody may use more slots than
// the record says it owns, and no slot is lost or made.
func (w *leases) check(t *rapid.T) {
	if w.revision == 0 {
		return
	}
	require.Equal(t, w.table.Rate.N, w.table.owned()+w.table.unowned())
	for _, r := range w.replicas {
		if !r.holds(w.now) || r.pool.owned() == 0 {
			continue
		}
		o := w.table.Owners[r.id]
		require.NotNil(t, o, "%s works, and is not in the record", r.id)
		require.LessOrEqual(t, r.pool.owned(), o.Slots, "%s uses more than it owns", r.id)
	}
}

func (w *leases) act(t *rapid.T, r *Lease) {
	want := rapid.IntRange(0, 12).Draw(t, "want")
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 0, 1: // time passes
		w.now = w.now.Add(time.Duration(rapid.IntRange(0, 2500).Draw(t, "ms")) * time.Millisecond)
	case 2, 3: // somebody looks
		if r.Revision() != w.revision {
			r.Observe(w.table.clone(), w.revision, w.now)
		}
	case 4: // a write that was under way arrives
		if len(w.flying) > 0 {
			i := rapid.IntRange(0, len(w.flying)-1).Draw(t, "flight")
			w.write(w.flying[i].value, w.flying[i].base)
		}
	case 5: // a request begins or ends
		if s := r.Take(w.now); s != nil && rapid.Bool().Draw(t, "ends") {
			s.Rest(w.now, w.now)
		}
	default:
		w.attempt(t, r, r.nextWrite(w.now, want))
	}
}

func (w *leases) attempt(t *rapid.T, r *Lease, a *Write) {
	value := a.Encode()
	fate := rapid.SampledFrom([]string{"answered", "answered", "answered", "unheard", "late", "lost"}).Draw(t, "fate")
	switch fate {
	case "answered":
		if w.write(value, a.Base) {
			r.Written(a, w.revision)
			return
		}
		r.Refused(a)
		r.Observe(w.table.clone(), w.revision, w.now)
	case "unheard":
		w.write(value, a.Base)
	case "late":
		w.flying = append(w.flying, flight{value, a.Base})
	}
}

func TestNobodyUsesMoreThanItOwns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &leases{now: time.Unix(1e9, 0)}
		for i := range 3 {
			r := New(fmt.Sprintf("r%d", i))
			r.Configure(Setup{Rate: Rate{N: 10, Per: time.Second}, Deadline: time.Second})
			w.replicas = append(w.replicas, r)
		}
		for range rapid.IntRange(10, 150).Draw(t, "steps") {
			r := rapid.SampledFrom(w.replicas).Draw(t, "replica")
			if w.revision > 0 || r.Revision() == 0 {
				w.act(t, r)
			}
			w.check(t)
		}
	})
}
