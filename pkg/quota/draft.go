package quota

import (
	"slices"
	"time"
)

// draft makes the next write of the gate, and takes out of use what it gives
// up: a sign of life, the burial of the dead, and the slots that change hands.
// While the fate of an earlier write is unknown it moves no slots.
func (t *tenure) draft(now time.Time, want int) *attempt {
	g, a := t.begin(now)
	me := g.Owners[t.id]
	if me == nil {
		me = &owner{}
		g.Owners[t.id] = me
	}
	a.fresh = t.fresh(g)
	g.Setups[t.setupID] = t.setup
	me.Beat, me.Setup, me.Want = a.beat, t.setupID, want
	if lost := me.Slots - t.owned(); lost > 0 {
		me.Slots -= lost
		g.cool(lost, g.afterDeath(me))
	}
	lost := g.Rate.N == 0 && t.rated
	g.retune()
	if lost {
		t.mourn(g)
	}
	t.takeTurns(g, now)
	if t.unsure == nil {
		t.move(g, a)
		t.unsure = a
	}
	me.TTL = idleTTL
	if me.Slots > 0 || want > 0 {
		me.TTL = activeTTL
	}
	a.ttl = me.TTL
	return a
}

// mourn begins a gate in the place of one that was lost with all it knew: whoever owned
// slots may send until its lease ends, so all of them rest as after its death then.
func (t *tenure) mourn(g *gate) {
	all := g.unowned()
	g.Free, g.Cooling = 0, nil
	g.cool(all, deadAfter(activeTTL)+g.afterDeath(g.Owners[t.id]))
}

// farewell is the last write: it gives up everything. Requests in flight are
// taken to last their deadline and to end without an answer.
func (t *tenure) farewell(now time.Time) *attempt {
	g, a := t.begin(now)
	me := g.Owners[t.id]
	if me == nil {
		return nil
	}
	t.give(g, a, me, len(t.pool.rest))
	g.cool(me.Slots, t.setup.Deadline+g.afterDeath(me))
	delete(g.Owners, t.id)
	if len(g.Owners) > 0 {
		g.retune()
	}
	t.unsure = a
	return a
}

func (t *tenure) begin(now time.Time) (*gate, *attempt) {
	g := t.view.clone()
	g.age(now.Sub(t.seen))
	t.buryDead(g, now)
	t.beat++
	return g, &attempt{gate: g, base: t.revision, beat: t.beat, from: now, generation: t.pool.generation}
}

// buryDead removes who has shown no sign of life for longer than its lease.
// After a loss of contact everybody's time begins anew: it was the store that
// was silent, not they.
func (t *tenure) buryDead(g *gate, now time.Time) {
	if now.Sub(t.contact) > 2*t.interval() {
		for id, s := range t.sightings {
			t.sightings[id] = sighting{beat: s.beat, since: now}
		}
	}
	for id, o := range g.Owners {
		s, ok := t.sightings[id]
		if ok && id != t.id && s.beat == o.Beat && now.Sub(s.since) > deadAfter(o.TTL) {
			g.bury(id)
		}
	}
}

// fresh lists the configured keys that nobody has registered.
func (t *tenure) fresh(g *gate) []string {
	known := g.keys()
	return slices.DeleteFunc(slices.Clone(t.setup.Keys), func(key string) bool { return slices.Contains(known, key) })
}

func (t *tenure) takeTurns(g *gate, now time.Time) {
	uneven, starving := g.uneven(g.shares())
	turn := max(turnTime, 2*g.Rate.Per)
	if starving {
		turn = max(starvingTurn, g.Rate.Per)
	}
	if uneven && now.Sub(t.turnSeen) >= turn {
		g.Turn++
	}
}

// move gives up what is beyond the share, or claims what lacks.
func (t *tenure) move(g *gate, a *attempt) {
	me := g.Owners[t.id]
	shares := g.shares()
	if n := g.surplus(t.id, shares); n > 0 {
		t.give(g, a, me, n)
		g.resize()
		return
	}
	if n := min(shares[t.id]-me.Slots, g.unowned()); n > 0 {
		a.claimed = g.claim(n)
		me.Slots += len(a.claimed)
	}
}

func (t *tenure) give(g *gate, a *attempt, me *owner, n int) {
	a.given = t.pool.drop(n)
	for _, s := range a.given {
		g.cool(1, s.ready.Sub(a.from))
	}
	me.Slots -= len(a.given)
}

// interval is how often to write while nothing else calls for it.
func (t *tenure) interval() time.Duration {
	if me := t.me(); me != nil && me.Slots == 0 && me.Want == 0 {
		return idleBeat
	}
	return activeBeat
}

// due is when the next write is due, given the present want. Renewals vary by a
// tenth.
func (t *tenure) due(want int) time.Time {
	if me := t.me(); me == nil || me.Setup != t.setupID {
		return time.Time{}
	}
	renewal := t.lease.from.Add(t.interval()).Add(t.jitter)
	if t.eager(want, renewal) {
		gap := eagerGap
		if t.pool.owned() == 0 {
			gap = starvedGap
		}
		renewal = earlier(renewal, t.lease.from.Add(gap))
	}
	return renewal
}

// eager tells whether it would be a waste to wait for the renewal: the replica
// begins to want slots, or some will be usable before.
func (t *tenure) eager(want int, renewal time.Time) bool {
	me := t.me()
	if t.unsure != nil || want == 0 {
		return false
	}
	if me.Want == 0 {
		return true
	}
	after, ok := t.view.soonest()
	if !t.blocked || !ok || !t.seen.Add(after).Before(renewal) {
		return false
	}
	return want > me.Want || t.view.shares()[t.id] > me.Slots
}

// wants foresees how many slots the replica has use for, with waiting permits
// asked for and not given. Who is blocked again and again can use any number.
func (t *tenure) wants(now, lastStart time.Time, waiting int) int {
	window := t.view.Rate.Per
	horizon := min(window, demandWindow)
	want := t.pool.usedSince(now.Add(-horizon))
	if horizon > 0 {
		want = int((int64(want)*int64(window) + int64(horizon) - 1) / int64(horizon))
	}
	switch {
	case t.blocked && t.wasBlocked:
		want = t.limit()
	case waiting > 0:
		want += waiting
	case now.Sub(lastStart) < idleTime:
		want++
	default:
		return t.pool.out
	}
	return min(want, t.limit())
}

// limit is the number of slots there are.
func (t *tenure) limit() int {
	if t.view.Rate.N > 0 {
		return t.view.Rate.N
	}
	return t.setup.Rate.N
}

// remember smooths a falling want, so that slots don't change hands with every
// fluctuation, and begins a new interval.
func (t *tenure) remember(want int) int {
	copy(t.demand[1:], t.demand[:demandBeats-1])
	t.demand[0] = want
	t.wasBlocked, t.blocked = t.blocked, false
	if want == 0 {
		t.demand = [demandBeats]int{}
		return 0
	}
	return slices.Max(t.demand[:])
}
