package slots

import (
	"slices"
	"time"
)

// Next is the write that is due, or nil and when one will be. In a replica that wants
// no slot, useful is false; waiting is how many permits are asked for, and lastStart
// when the last call was begun.
func (l *Lease) Next(now, lastStart time.Time, waiting int, useful bool) (*Write, time.Time) {
	want := l.pool.out
	if useful {
		want = l.wants(now, lastStart, waiting)
	}
	if due := l.due(want); due.After(now) {
		return nil, due
	}
	return l.nextWrite(now, l.demand.remember(want)), now
}

// nextWrite makes the next write of the table, and takes out of use what it gives
// up: a sign of life, the burial of the dead, and the slots that change hands.
// While the fate of an earlier write is unknown it moves no slots.
func (l *Lease) nextWrite(now time.Time, want int) *Write {
	b := l.begin(now)
	table, w := b.table, b.write
	me := table.Owners[l.id]
	if me == nil {
		me = &Owner{}
		table.Owners[l.id] = me
	}
	w.Fresh = l.setup.fresh(table)
	table.Setups[l.setupID] = l.setup
	me.Beat, me.Setup, me.Want = w.beat, l.setupID, want
	if gone := me.Slots - l.Owned(); gone > 0 {
		me.Slots -= gone
		table.cool(gone, table.afterDeath(me))
	}
	lost := table.Rate.N == 0 && l.rated
	table.retune()
	if lost {
		table.replace(me)
	}
	b.takeTurns(now)
	if l.unsure == nil {
		b.move(me)
		l.unsure = w
	}
	me.TTL = idleTTL
	if me.Slots > 0 || want > 0 {
		me.TTL = ActiveTTL
	}
	w.ttl = me.TTL
	return w
}

// Release is the last write, which gives up everything; nil where there is nothing
// to give up. Requests in flight are taken to last their deadline and to end without
// an answer.
func (l *Lease) Release(now time.Time) *Write {
	b := l.begin(now)
	me := b.table.Owners[l.id]
	if me == nil {
		return nil
	}
	b.give(me, len(l.pool.rest))
	b.table.cool(me.Slots, l.setup.Deadline+b.table.afterDeath(me))
	delete(b.table.Owners, l.id)
	if len(b.table.Owners) > 0 {
		b.table.retune()
	}
	l.unsure = b.write
	return b.write
}

// builder makes one write of a lease.
type builder struct {
	lease *Lease
	table *Table
	write *Write
}

func (l *Lease) begin(now time.Time) builder {
	table := l.view.clone()
	table.age(now.Sub(l.view.at))
	l.beat++
	b := builder{l, table, &Write{table: table, Base: l.view.revision, beat: l.beat, from: now, generation: l.pool.generation}}
	b.buryDead(now)
	return b
}

// buryDead removes those that have shown no sign of life for longer than their lease.
// After a loss of contact everybody's time begins again: it was the store that
// was silent, not they.
func (b builder) buryDead(now time.Time) {
	l := b.lease
	if now.Sub(l.contact) > 2*l.me().interval() {
		for id, s := range l.sightings {
			l.sightings[id] = sighting{beat: s.beat, since: now}
		}
	}
	for id, o := range b.table.Owners {
		s, ok := l.sightings[id]
		if ok && id != l.id && s.beat == o.Beat && now.Sub(s.since) > deadAfter(o.TTL) {
			b.table.bury(id)
		}
	}
}

func (b builder) takeTurns(now time.Time) {
	uneven, starving := b.table.uneven(b.table.shares())
	turn := max(turnTime, 2*b.table.Rate.Per)
	if starving {
		turn = max(starvingTurn, b.table.Rate.Per)
	}
	if uneven && now.Sub(b.lease.turnSeen) >= turn {
		b.table.Turn++
	}
}

// move gives up what is beyond the share, or claims what lacks.
func (b builder) move(me *Owner) {
	shares := b.table.shares()
	if n := b.table.surplus(b.lease.id, shares); n > 0 {
		b.give(me, n)
		b.table.resize()
		return
	}
	if n := min(shares[b.lease.id]-me.Slots, b.table.unowned()); n > 0 {
		b.write.claimed = b.table.claim(n)
		me.Slots += len(b.write.claimed)
	}
}

func (b builder) give(me *Owner, n int) {
	b.write.given = b.lease.pool.drop(n)
	for _, s := range b.write.given {
		b.table.cool(1, s.ready.Sub(b.write.from))
	}
	me.Slots -= len(b.write.given)
}

// fresh lists the keys of a setup that nobody has registered.
func (s Setup) fresh(t *Table) []string {
	known := t.Keys()
	return slices.DeleteFunc(slices.Clone(s.Keys), func(key string) bool { return slices.Contains(known, key) })
}
