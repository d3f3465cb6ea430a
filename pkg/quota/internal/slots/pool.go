package slots

import (
	"container/heap"
	"time"
)

// Slot is one of the rate's slots that this replica owns: one request per pause.
type Slot struct {
	ready time.Time // may be used from then on
	used  time.Time // when a request last started in it here; zero if none has

	lease      *Lease // that it was taken from
	generation int    // the pool's then
}

// pool is the slots of this replica.
type pool struct {
	rest restHeap // usable or cooling, the soonest first
	out  int      // in permits' hands
	// generation changes when all slots are lost at once; slots taken
	// in an earlier one are not given back.
	generation int
}

func (p *pool) owned() int { return len(p.rest) + p.out }

func (p *pool) add(s *Slot) { heap.Push(&p.rest, s) }

// soonest is when the next slot may be used.
func (p *pool) soonest() (time.Time, bool) {
	if len(p.rest) == 0 {
		return time.Time{}, false
	}
	return p.rest[0].ready, true
}

// take is a slot that may be used now, or nil.
func (p *pool) take(now time.Time) *Slot {
	if len(p.rest) == 0 || p.rest[0].ready.After(now) {
		return nil
	}
	s, _ := heap.Pop(&p.rest).(*Slot)
	s.generation = p.generation
	p.out++
	return s
}

// giveBack returns what take gave, unless it was lost since.
func (p *pool) giveBack(s *Slot) {
	if s.generation == p.generation {
		p.out--
		p.add(s)
	}
}

// drop takes up to n slots out for good, the soonest usable first.
func (p *pool) drop(n int) []*Slot {
	var dropped []*Slot
	for ; n > 0 && len(p.rest) > 0; n-- {
		s, _ := heap.Pop(&p.rest).(*Slot)
		dropped = append(dropped, s)
	}
	return dropped
}

// lose forgets every slot.
func (p *pool) lose() {
	p.rest, p.out = nil, 0
	p.generation++
}

// stretch makes every slot at rest wait longer; their order stays.
func stretch(slots []*Slot, d time.Duration) {
	for _, s := range slots {
		s.ready = s.ready.Add(d)
	}
}

// usedSince counts the slots used from t on, those in use included.
func (p *pool) usedSince(t time.Time) int {
	n := p.out
	for _, s := range p.rest {
		if s.used.After(t) {
			n++
		}
	}
	return n
}

// restHeap is ordered by ready.
type restHeap []*Slot

func (h restHeap) Len() int           { return len(h) }
func (h restHeap) Less(i, j int) bool { return h[i].ready.Before(h[j].ready) }
func (h restHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

func (h *restHeap) Push(x any) {
	s, _ := x.(*Slot)
	*h = append(*h, s)
}

func (h *restHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
