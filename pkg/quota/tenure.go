package quota

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

const (
	// An active replica's lease, and how often it renews it. Others take its
	// slots when they have seen no renewal for deadAfter of the lease.
	activeTTL  = 4 * time.Second
	activeBeat = 1200 * time.Millisecond

	// A replica without slots only shows that it is still configured.
	idleTTL  = 60 * time.Second
	idleBeat = 20 * time.Second

	// idleTime is how long after a call a replica still wants a slot.
	idleTime = 2 * time.Second

	// How soon a replica may write again out of turn: to wait less for its
	// first slots, or for more.
	eagerGap   = 250 * time.Millisecond
	starvedGap = 50 * time.Millisecond

	// A turn of the slots that cannot be shared evenly.
	turnTime     = 15 * time.Second
	starvingTurn = 3 * time.Second

	// demandWindow bounds how far back use is looked at to foresee it, and
	// demandBeats for how many renewals a demand is remembered.
	demandWindow = 3 * time.Second
	demandBeats  = 3
)

// deadAfter is 1.05 of a lease, so that clocks may run 5 % apart.
func deadAfter(ttl time.Duration) time.Duration { return ttl + ttl/20 }

// sighting is since when another replica has shown the same beat.
type sighting struct {
	beat  uint64
	since time.Time
}

// attempt is one write of the gate.
type attempt struct {
	gate    *gate
	base    uint64 // the revision it replaces
	beat    uint64
	from    time.Time // before the write: the lease counts from here
	ttl     time.Duration
	given   []*slot         // no longer usable here, whether it succeeds or not
	claimed []time.Duration // usable so long after from, once it has succeeded
	fresh   []string        // keys that it registers and that were not registered

	generation int // the pool's, when it was made
}

// tenure is this replica's part in the gate. Its methods do no I/O.
type tenure struct {
	id       string
	setupID  string
	setup    setup
	view     *gate // as last seen
	revision uint64
	seen     time.Time // when: what remains of cool-downs counts from here
	contact  time.Time // the last proof that the store can be reached
	rated    bool      // a gate with a rate was seen

	sightings map[string]sighting
	turnSeen  time.Time

	pool   pool
	beat   uint64
	lease  attempt  // the last that succeeded
	unsure *attempt // under way, or its fate unknown

	jitter time.Duration // of the next renewal
	random *rand.Rand
	demand [demandBeats]int
	// blocked since the last attempt: somebody waited for a slot. wasBlocked is
	// the same of the one before.
	blocked, wasBlocked bool
}

func newTenure(id string) *tenure {
	return &tenure{id: id, view: newGate(), sightings: map[string]sighting{}, random: seeded(id)}
}

// seeded is chance that differs from replica to replica.
func seeded(id string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // never fails
	return rand.New(rand.NewPCG(hash.Sum64(), 0))
}

func (t *tenure) configure(s setup) {
	t.setup, t.setupID = s, s.id()
}

// me is the replica's entry as last seen, or nil.
func (t *tenure) me() *owner { return t.view.Owners[t.id] }

// holds tells whether the lease covers now. Wall time counts too: the monotonic
// clock stands still while a machine is suspended.
func (t *tenure) holds(now time.Time) bool {
	if t.lease.from.IsZero() {
		return false
	}
	elapsed := max(now.Sub(t.lease.from), now.Round(0).Sub(t.lease.from.Round(0)))
	return elapsed < t.lease.ttl
}

// owned counts the slots that others must believe to be this replica's.
func (t *tenure) owned() int {
	n := t.pool.owned()
	if t.unsure != nil {
		n += len(t.unsure.given)
	}
	return n
}

// observe takes in a state of the gate.
func (t *tenure) observe(g *gate, revision uint64, now time.Time) {
	t.look(g, revision, now)
	t.contact = now
	for id, o := range g.Owners {
		if s, ok := t.sightings[id]; !ok || s.beat != o.Beat {
			t.sightings[id] = sighting{beat: o.Beat, since: now}
		}
	}
	for id := range t.sightings {
		if g.Owners[id] == nil {
			delete(t.sightings, id)
		}
	}
	t.resolve()
}

// look makes g the view, true at a time.
func (t *tenure) look(g *gate, revision uint64, at time.Time) {
	if g.Turn != t.view.Turn {
		t.turnSeen = at
	}
	if longer := pause(g.Rate.Per) - pause(t.view.Rate.Per); longer > 0 && t.view.Rate.N > 0 {
		stretch(t.pool.rest, longer)
		if t.unsure != nil {
			stretch(t.unsure.given, longer)
		}
	}
	t.view, t.revision, t.seen = g, revision, at
	t.rated = t.rated || g.Rate.N > 0
}

// resolve finds out what became of the attempt under way, and whether the
// replica still owns what it believes to.
func (t *tenure) resolve() {
	me := t.me()
	if me == nil {
		t.forfeit()
		return
	}
	if a := t.unsure; a != nil && t.revision != a.base {
		if me.Beat == a.beat {
			t.commit(a)
		} else {
			t.revert(a)
		}
	}
	if me.Slots < t.owned() {
		t.forfeit()
	}
}

// forfeit: the others hold this replica for dead, or the record is another.
func (t *tenure) forfeit() {
	t.pool.lose()
	t.unsure = nil
	t.lease = attempt{}
}

// commit: the attempt under way has been written.
func (t *tenure) commit(a *attempt) {
	t.unsure = nil
	t.lease = *a
	for _, after := range a.claimed {
		t.pool.add(&slot{ready: a.from.Add(after)})
	}
}

// revert: the attempt has not been written, and cannot be any more.
func (t *tenure) revert(a *attempt) {
	t.unsure = nil
	for _, s := range a.given {
		t.pool.add(s)
	}
}

// succeeded concludes an attempt as written.
func (t *tenure) succeeded(a *attempt, revision uint64) {
	if a.generation != t.pool.generation {
		return // the slots were lost meanwhile, and the lease with them
	}
	t.contact = a.from
	if t.revision == a.base {
		t.look(a.gate, revision, a.from)
		t.resolve()
	}
	if !t.lease.from.After(a.from) { // it moved no slots
		t.lease = *a
	}
	t.jitter = time.Duration((t.random.Float64() - 0.5) * float64(t.interval()) / 5)
}

// refused concludes an attempt as certainly not written.
func (t *tenure) refused(a *attempt) {
	if t.unsure == a {
		t.revert(a)
	}
}
