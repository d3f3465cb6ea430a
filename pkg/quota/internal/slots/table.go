package slots

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/quota/internal/record"
)

// DefaultDeadline is assumed of a replica whose configuration is not known.
const DefaultDeadline = 30 * time.Second

// maxCooling bounds the list of cool-downs in a table.
const maxCooling = 48

// Table is the slot table, the record "<source>.gate": who owns how many of the rate's slots, and
// what the replicas are configured with. Every slot is owned, cooling or free.
// It holds durations only, never a time: what remains of a cool-down counts from
// the moment before the record was written, so a replica that reads it later and counts
// from there errs on the safe side.
type Table struct {
	Version int               `json:"v"`
	Rate    Rate              `json:"rate"` // what the slots stand for
	Turn    uint64            `json:"turn,omitempty"`
	Setups  map[string]Setup  `json:"setups"`
	Owners  map[string]*Owner `json:"owners,omitempty"`
	Free    int               `json:"free"`
	Cooling []cooling         `json:"cooling,omitempty"` // shortest first
}

// Setup is one way in which replicas are configured. Those of the last replica
// stay when it leaves, so that a planner knows the keys while no fetcher runs.
type Setup struct {
	Keys     []string      `json:"keys"` // fingerprints, sorted
	Quota    int           `json:"quota,omitempty"`
	Zone     string        `json:"zone,omitempty"`
	Day      time.Duration `json:"day_ns,omitempty"`
	Rate     Rate          `json:"rate"`
	Deadline time.Duration `json:"deadline_ns"`
}

// Owner is one live replica.
type Owner struct {
	Beat  uint64        `json:"beat"`   // changes with each sign of life
	TTL   time.Duration `json:"ttl_ns"` // lapses when Beat stays the same so long
	Setup string        `json:"setup"`
	Slots int           `json:"slots,omitempty"`
	Want  int           `json:"want,omitempty"` // slots it has use for
}

// cooling is N slots that may be used after For.
type cooling struct {
	N   int           `json:"n"`
	For time.Duration `json:"for_ns"`
}

// Pause is how long a slot rests after an answer: the window, and a thousandth
// more, because two machines' clocks do not run equally fast.
func Pause(window time.Duration) time.Duration { return window + window/1000 }

// NewTable is a table of a source that nobody has used.
func NewTable() *Table {
	return &Table{Version: record.Version, Setups: map[string]Setup{}, Owners: map[string]*Owner{}}
}

// Decode reads a table. The error wraps record.ErrUnreadable.
func Decode(value []byte) (*Table, error) {
	t := NewTable()
	return t, record.Decode(value, t)
}

// Encode writes what Decode reads.
func (t *Table) Encode() []byte { return record.Encode(t) }

func (t *Table) clone() *Table {
	c := *t
	c.Setups = maps.Clone(t.Setups)
	c.Cooling = slices.Clone(t.Cooling)
	c.Owners = make(map[string]*Owner, len(t.Owners))
	for id, o := range t.Owners {
		copied := *o
		c.Owners[id] = &copied
	}
	return &c
}

// id names a setup by its content.
func (s Setup) id() string {
	value, err := json.Marshal(s)
	if err != nil { // a setup is strings and numbers
		panic(err)
	}
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:4])
}

func (t *Table) owned() int {
	n := 0
	for _, o := range t.Owners {
		n += o.Slots
	}
	return n
}

// Active is how many replicas have use for slots, at least 1.
func (t *Table) Active() int {
	n := 0
	for _, o := range t.Owners {
		if o.Want > 0 {
			n++
		}
	}
	return max(1, n)
}

// unowned is the number of slots that can be claimed, at once or later.
func (t *Table) unowned() int {
	n := t.Free
	for _, c := range t.Cooling {
		n += c.N
	}
	return n
}

// age lets d pass.
func (t *Table) age(d time.Duration) {
	kept := t.Cooling[:0]
	for _, c := range t.Cooling {
		if c.For -= d; c.For <= 0 {
			t.Free += c.N
			continue
		}
		kept = append(kept, c)
	}
	t.Cooling = kept
}

// cool adds n slots that may be used after d.
func (t *Table) cool(n int, d time.Duration) {
	switch {
	case n <= 0:
		return
	case d <= 0:
		t.Free += n
		return
	}
	at, _ := slices.BinarySearchFunc(t.Cooling, d, func(c cooling, d time.Duration) int { return int(c.For - d) })
	t.Cooling = slices.Insert(t.Cooling, at, cooling{N: n, For: d})
	if len(t.Cooling) > maxCooling {
		t.mergeCooling()
	}
}

// mergeCooling joins the two closest entries, at the longer cool-down.
func (t *Table) mergeCooling() {
	best := 0
	for i := range len(t.Cooling) - 1 {
		if t.Cooling[i+1].For-t.Cooling[i].For < t.Cooling[best+1].For-t.Cooling[best].For {
			best = i
		}
	}
	t.Cooling[best+1].N += t.Cooling[best].N
	t.Cooling = slices.Delete(t.Cooling, best, best+1)
}

// claim takes up to n slots, the soonest usable first, and returns after how
// long each may be used.
func (t *Table) claim(n int) []time.Duration {
	var taken []time.Duration
	for ; n > 0 && t.Free > 0; n-- {
		t.Free--
		taken = append(taken, 0)
	}
	for ; n > 0 && len(t.Cooling) > 0; n-- {
		taken = append(taken, t.Cooling[0].For)
		if t.Cooling[0].N--; t.Cooling[0].N == 0 {
			t.Cooling = t.Cooling[1:]
		}
	}
	return taken
}

// soonest is after how long the first unowned slot may be used.
func (t *Table) soonest() (time.Duration, bool) {
	switch {
	case t.Free > 0:
		return 0, true
	case len(t.Cooling) > 0:
		return t.Cooling[0].For, true
	}
	return 0, false
}

// afterDeath is how long slots rest whose owner died: a request that it started
// at the last moment may take its deadline to arrive.
func (t *Table) afterDeath(o *Owner) time.Duration {
	deadline := DefaultDeadline
	if s, ok := t.Setups[o.Setup]; ok {
		deadline = s.Deadline
	}
	return deadline + Pause(t.Rate.Per)
}

// bury removes a dead owner.
func (t *Table) bury(id string) {
	o := t.Owners[id]
	delete(t.Owners, id)
	t.cool(o.Slots, t.afterDeath(o))
}

// replace begins a table in the place of one that was lost with all it knew: its owners
// may send until their leases end, so all slots rest as after their death then.
func (t *Table) replace(me *Owner) {
	all := t.unowned()
	t.Free, t.Cooling = 0, nil
	t.cool(all, deadAfter(ActiveTTL)+t.afterDeath(me))
}

// retune drops the setups that no live replica uses, and fits the slots to the
// tightest limit among the others. Callers have entered themselves before.
func (t *Table) retune() {
	used := map[string]bool{}
	for _, o := range t.Owners {
		used[o.Setup] = true
	}
	maps.DeleteFunc(t.Setups, func(id string, _ Setup) bool { return len(used) > 0 && !used[id] })
	rate, ok := t.tightest()
	if !ok {
		return
	}
	if t.Rate.N == 0 { // a new ledger: nothing has been sent yet
		t.Rate, t.Free = rate, rate.N
		return
	}
	if longer := Pause(rate.Per) - Pause(t.Rate.Per); longer > 0 {
		t.stretch(longer)
	}
	t.Rate = rate
	t.resize()
}

func (t *Table) tightest() (Rate, bool) {
	ids := slices.Sorted(maps.Keys(t.Setups))
	if len(ids) == 0 {
		return Rate{}, false
	}
	rate := t.Setups[ids[0]].Rate
	for _, id := range ids[1:] {
		rate = tightest(rate, t.Setups[id].Rate)
	}
	return rate, true
}

// stretch makes unowned slots rest for d more; owners do so with their own.
func (t *Table) stretch(d time.Duration) {
	for i := range t.Cooling {
		t.Cooling[i].For += d
	}
	free := t.Free
	t.Free = 0
	t.cool(free, d)
}

// resize makes or removes slots. New ones rest a whole window, because a slot
// that was removed a moment ago may have been used a moment before that.
func (t *Table) resize() {
	total := t.owned() + t.unowned()
	t.cool(t.Rate.N-total, Pause(t.Rate.Per))
	for excess := total - t.Rate.N; excess > 0 && t.unowned() > 0; excess-- {
		t.claim(1)
	}
}

// shares is how many slots each replica should own: max-min fair by what they
// want. Where the last slots don't suffice for all, they go around with Turn.
func (t *Table) shares() map[string]int {
	out := make(map[string]int, len(t.Owners))
	var open []string
	for id, o := range t.Owners {
		if o.Want > 0 {
			open = append(open, id)
		}
	}
	slices.Sort(open)
	left := t.Rate.N
	for len(open) > 0 {
		level := left / len(open)
		modest := slices.DeleteFunc(slices.Clone(open), func(id string) bool { return t.Owners[id].Want > level })
		if len(modest) == 0 {
			t.deal(out, open, level, left%len(open))
			break
		}
		for _, id := range modest {
			out[id] = t.Owners[id].Want
			left -= out[id]
		}
		open = slices.DeleteFunc(open, func(id string) bool { return t.Owners[id].Want <= level })
	}
	return out
}

func (t *Table) deal(out map[string]int, open []string, level, extra int) {
	first := int(t.Turn % uint64(len(open)) * uint64(extra) % uint64(len(open)))
	for i, id := range open {
		out[id] = level
		if (i-first+len(open))%len(open) < extra {
			out[id]++
		}
	}
}

// uneven reports whether replicas that want more own different numbers by their
// shares, so that turns matter; and whether some get nothing at all.
func (t *Table) uneven(shares map[string]int) (uneven, starving bool) {
	lowest, highest := t.Rate.N, 0
	for id, n := range shares {
		if n < t.Owners[id].Want {
			lowest = min(lowest, n)
			highest = max(highest, n)
		}
	}
	return lowest < highest, lowest == 0
}

// surplus is how many slots an owner should give up now: what it owns beyond its
// share, as far as others lack it. An owner that wants none keeps none.
func (t *Table) surplus(id string, shares map[string]int) int {
	me := t.Owners[id]
	mine := me.Slots - shares[id]
	if mine <= 0 || me.Want == 0 {
		return max(0, mine)
	}
	all, lacking := 0, max(0, t.owned()-t.Rate.N)
	for other, o := range t.Owners {
		all += max(0, o.Slots-shares[other])
		lacking += max(0, shares[other]-o.Slots)
	}
	lacking -= t.unowned()
	if lacking <= 0 {
		return 0
	}
	return min(mine, (lacking*mine+all-1)/all)
}

// Keys lists the registered fingerprints, sorted.
func (t *Table) Keys() []string {
	all := map[string]bool{}
	for _, s := range t.Setups {
		for _, key := range s.Keys {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// Quota is the smallest of a base and the daily budgets that live replicas are
// configured with.
func (t *Table) Quota(base int) int {
	for _, s := range t.Setups {
		if s.Quota > 0 {
			base = min(base, s.Quota)
		}
	}
	return base
}
