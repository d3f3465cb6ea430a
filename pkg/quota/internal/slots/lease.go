package slots

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

const (
	// ActiveTTL is an active replica's lease, and activeBeat how often it renews it.
	// Others take its slots when they have seen no renewal for deadAfter of the lease.
	ActiveTTL  = 4 * time.Second
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

// Write is one write of the slot table.
type Write struct {
	// Base is the revision that it replaces.
	Base uint64
	// Fresh are the keys that it registers and that nobody had registered.
	Fresh []string

	table   *Table
	beat    uint64
	from    time.Time // before the write: the lease counts from here
	ttl     time.Duration
	given   []*Slot         // no longer usable here, whether it succeeds or not
	claimed []time.Duration // usable so long after from, once it has succeeded

	generation int // the pool's, when it was made
}

// Encode is the record to write.
func (w *Write) Encode() []byte { return w.table.Encode() }

// view is the table as last seen.
type view struct {
	*Table
	revision uint64
	at       time.Time // what remains of cool-downs counts from here
}

// Lease is this replica's part in the slot table, and the slots that it owns. Its
// methods do no I/O.
type Lease struct {
	id      string
	setupID string
	setup   Setup
	view    view
	contact time.Time // the last proof that the store can be reached
	rated   bool      // a table with a rate was seen

	sightings map[string]sighting
	turnSeen  time.Time

	pool   pool
	beat   uint64
	held   Write  // the last that succeeded
	unsure *Write // under way, or its fate unknown

	jitter time.Duration // of the next renewal
	random *rand.Rand
	demand demand
}

// New is the lease of a replica that owns nothing yet. The id must be its own.
func New(id string) *Lease {
	return &Lease{id: id, view: view{Table: NewTable()}, sightings: map[string]sighting{}, random: seeded(id)}
}

// seeded is chance that differs from replica to replica.
func seeded(id string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(id)) // never fails
	return rand.New(rand.NewPCG(hash.Sum64(), 0))
}

// ID is the replica's own name.
func (l *Lease) ID() string { return l.id }

// Configure says what the replica is to be registered with, and returns the keys that
// nobody has registered yet.
func (l *Lease) Configure(s Setup) (fresh []string) {
	l.setup, l.setupID = s, s.id()
	return s.fresh(l.view.Table)
}

// Registered reports whether the table has the replica as it is configured.
func (l *Lease) Registered() bool {
	me := l.me()
	return me != nil && me.Setup == l.setupID
}

// Table is the table as last seen. It must not be changed.
func (l *Lease) Table() *Table { return l.view.Table }

// Revision is that of the table as last seen.
func (l *Lease) Revision() uint64 { return l.view.revision }

// me is the replica's entry as last seen, or nil.
func (l *Lease) me() *Owner { return l.view.Owners[l.id] }

// holds reports whether the lease covers now. Wall time counts too: the monotonic
// clock stands still while a machine is suspended.
func (l *Lease) holds(now time.Time) bool {
	if l.held.from.IsZero() {
		return false
	}
	elapsed := max(now.Sub(l.held.from), now.Round(0).Sub(l.held.from.Round(0)))
	return elapsed < l.held.ttl
}

// Owned counts the slots that others must believe to be this replica's.
func (l *Lease) Owned() int {
	n := l.pool.owned()
	if l.unsure != nil {
		n += len(l.unsure.given)
	}
	return n
}

// Ready is when the next slot may be used; false where none is at rest.
func (l *Lease) Ready() (time.Time, bool) { return l.pool.soonest() }

// Usable reports whether a slot may be used now.
func (l *Lease) Usable(now time.Time) bool {
	ready, any := l.pool.soonest()
	return any && l.holds(now) && !ready.After(now)
}

// Pool is how many slots are in hand: at rest, or with permits.
func (l *Lease) Pool() int { return l.pool.owned() }

// Losses is how often all slots were lost at once.
func (l *Lease) Losses() int { return l.pool.generation }

// Take is a slot that may be used now, or nil.
func (l *Lease) Take(now time.Time) *Slot {
	s := l.pool.take(now)
	if s != nil {
		s.lease = l
	}
	return s
}

// Covers reports whether a request may be sent now in a slot that was taken.
func (s *Slot) Covers(now time.Time) bool {
	return s.generation == s.lease.pool.generation && s.lease.holds(now)
}

// Start notes that a request is about to be sent in the slot.
func (s *Slot) Start(now time.Time) { s.used = now }

// Rest returns a slot that was used, to rest from a time on.
func (s *Slot) Rest(now, from time.Time) {
	s.used = now
	s.ready = from.Add(Pause(s.lease.view.Rate.Per))
	s.lease.pool.giveBack(s)
}

// Return returns a slot that was not used.
func (s *Slot) Return() { s.lease.pool.giveBack(s) }

// Observe takes in a state of the table. A revision below the one known comes from a
// replica of the store that lags, and says nothing of a write whose fate is unknown:
// what that gave away may be somebody's by now.
func (l *Lease) Observe(t *Table, revision uint64, now time.Time) {
	if revision < l.view.revision && l.unsure != nil {
		l.forfeit()
	}
	l.look(t, revision, now)
	l.contact = now
	for id, o := range t.Owners {
		if s, ok := l.sightings[id]; !ok || s.beat != o.Beat {
			l.sightings[id] = sighting{beat: o.Beat, since: now}
		}
	}
	for id := range l.sightings {
		if t.Owners[id] == nil {
			delete(l.sightings, id)
		}
	}
	l.resolve()
}

// look makes t the view, true at a time.
func (l *Lease) look(t *Table, revision uint64, at time.Time) {
	if t.Turn != l.view.Turn {
		l.turnSeen = at
	}
	if longer := Pause(t.Rate.Per) - Pause(l.view.Rate.Per); longer > 0 && l.view.Rate.N > 0 {
		stretch(l.pool.rest, longer)
		if l.unsure != nil {
			stretch(l.unsure.given, longer)
		}
	}
	l.view = view{t, revision, at}
	l.rated = l.rated || t.Rate.N > 0
}

// resolve finds out what became of the write under way, and whether the
// replica still owns what it believes to.
func (l *Lease) resolve() {
	me := l.me()
	if me == nil {
		l.forfeit()
		return
	}
	if w := l.unsure; w != nil && l.view.revision != w.Base {
		if me.Beat == w.beat {
			l.commit(w)
		} else {
			l.revert(w)
		}
	}
	if me.Slots < l.Owned() {
		l.forfeit()
	}
}

// forfeit gives up what is owned: the others take this replica for dead, or the
// record is another.
func (l *Lease) forfeit() {
	l.pool.lose()
	l.unsure = nil
	l.held = Write{}
}

// commit concludes: the write under way has been written.
func (l *Lease) commit(w *Write) {
	l.unsure = nil
	l.held = *w
	for _, after := range w.claimed {
		l.pool.add(&Slot{ready: w.from.Add(after)})
	}
}

// revert concludes: the write has not been written, and cannot be any more.
func (l *Lease) revert(w *Write) {
	l.unsure = nil
	for _, s := range w.given {
		l.pool.add(s)
	}
}

// Written concludes a write as written.
func (l *Lease) Written(w *Write, revision uint64) {
	if w.generation != l.pool.generation {
		return // the slots were lost meanwhile, and the lease with them
	}
	l.contact = w.from
	if l.view.revision == w.Base {
		l.look(w.table, revision, w.from)
		l.resolve()
	}
	if !l.held.from.After(w.from) { // it moved no slots
		l.held = *w
	}
	l.jitter = time.Duration((l.random.Float64() - 0.5) * float64(l.me().interval()) / 5)
}

// Refused concludes a write as certainly not written.
func (l *Lease) Refused(w *Write) {
	if l.unsure == w {
		l.revert(w)
	}
}
