package quota

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// formatVersion is written into every record; a higher one is not touched.
const formatVersion = 1

// maxCooling bounds the list of cool-downs in a gate.
const maxCooling = 48

// gate is the record "<source>.gate": who owns how many of the rate's slots, and
// what the replicas are configured with. Every slot is owned, cooling or free.
// It holds durations only, never a time: what remains of a cool-down counts from
// the moment before the record was written, so whoever reads it later and counts
// from there errs on the safe side.
type gate struct {
	Version int               `json:"v"`
	Rate    Rate              `json:"rate"` // what the slots stand for
	Turn    uint64            `json:"turn,omitempty"`
	Setups  map[string]setup  `json:"setups"`
	Owners  map[string]*owner `json:"owners,omitempty"`
	Free    int               `json:"free"`
	Cooling []cooling         `json:"cooling,omitempty"` // shortest first
}

// setup is one way in which replicas are configured. Those of the last replica
// stay when it leaves, so that a planner knows the keys while no fetcher runs.
type setup struct {
	Keys     []string      `json:"keys"` // fingerprints, sorted
	Quota    int           `json:"quota,omitempty"`
	Zone     string        `json:"zone,omitempty"`
	Day      time.Duration `json:"day_ns,omitempty"`
	Rate     Rate          `json:"rate"`
	Deadline time.Duration `json:"deadline_ns"`
}

// owner is one live replica.
type owner struct {
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

// pause is how long a slot rests after an answer: the window, and a thousandth
// more, because two machines' clocks do not run equally fast.
func pause(window time.Duration) time.Duration { return window + window/1000 }

func newGate() *gate {
	return &gate{Version: formatVersion, Setups: map[string]setup{}, Owners: map[string]*owner{}}
}

func decodeGate(value []byte) (*gate, error) {
	g := newGate()
	if err := json.Unmarshal(value, g); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadRecord, err)
	}
	if g.Version > formatVersion {
		return nil, fmt.Errorf("%w: version %d, this program knows %d", ErrBadRecord, g.Version, formatVersion)
	}
	return g, nil
}

func (g *gate) encode() ([]byte, error) {
	value, err := json.Marshal(g)
	if err != nil {
		return nil, fmt.Errorf("encoding the gate: %w", err)
	}
	return value, nil
}

func (g *gate) clone() *gate {
	c := *g
	c.Setups = maps.Clone(g.Setups)
	c.Cooling = slices.Clone(g.Cooling)
	c.Owners = make(map[string]*owner, len(g.Owners))
	for id, o := range g.Owners {
		copied := *o
		c.Owners[id] = &copied
	}
	return &c
}

// id names a setup by its content.
func (s setup) id() string {
	value, err := json.Marshal(s)
	if err != nil { // a setup is strings and numbers
		panic(err)
	}
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:4])
}

func (g *gate) owned() int {
	n := 0
	for _, o := range g.Owners {
		n += o.Slots
	}
	return n
}

// active is how many replicas have use for slots, at least 1.
func (g *gate) active() int {
	n := 0
	for _, o := range g.Owners {
		if o.Want > 0 {
			n++
		}
	}
	return max(1, n)
}

// unowned is the number of slots that can be claimed, at once or later.
func (g *gate) unowned() int {
	n := g.Free
	for _, c := range g.Cooling {
		n += c.N
	}
	return n
}

// age lets d pass.
func (g *gate) age(d time.Duration) {
	kept := g.Cooling[:0]
	for _, c := range g.Cooling {
		if c.For -= d; c.For <= 0 {
			g.Free += c.N
			continue
		}
		kept = append(kept, c)
	}
	g.Cooling = kept
}

// cool adds n slots that may be used after d.
func (g *gate) cool(n int, d time.Duration) {
	switch {
	case n <= 0:
		return
	case d <= 0:
		g.Free += n
		return
	}
	at, _ := slices.BinarySearchFunc(g.Cooling, d, func(c cooling, d time.Duration) int { return int(c.For - d) })
	g.Cooling = slices.Insert(g.Cooling, at, cooling{N: n, For: d})
	if len(g.Cooling) > maxCooling {
		g.mergeCooling()
	}
}

// mergeCooling joins the two closest entries, at the longer cool-down.
func (g *gate) mergeCooling() {
	best := 0
	for i := range len(g.Cooling) - 1 {
		if g.Cooling[i+1].For-g.Cooling[i].For < g.Cooling[best+1].For-g.Cooling[best].For {
			best = i
		}
	}
	g.Cooling[best+1].N += g.Cooling[best].N
	g.Cooling = slices.Delete(g.Cooling, best, best+1)
}

// claim takes up to n slots, the soonest usable first, and returns after how
// long each may be used.
func (g *gate) claim(n int) []time.Duration {
	var taken []time.Duration
	for ; n > 0 && g.Free > 0; n-- {
		g.Free--
		taken = append(taken, 0)
	}
	for ; n > 0 && len(g.Cooling) > 0; n-- {
		taken = append(taken, g.Cooling[0].For)
		if g.Cooling[0].N--; g.Cooling[0].N == 0 {
			g.Cooling = g.Cooling[1:]
		}
	}
	return taken
}

// soonest is after how long the first unowned slot may be used.
func (g *gate) soonest() (time.Duration, bool) {
	switch {
	case g.Free > 0:
		return 0, true
	case len(g.Cooling) > 0:
		return g.Cooling[0].For, true
	}
	return 0, false
}

// afterDeath is how long slots rest whose owner died: a request that it started
// at the last moment may take its deadline to arrive.
func (g *gate) afterDeath(o *owner) time.Duration {
	deadline := DefaultDeadline
	if s, ok := g.Setups[o.Setup]; ok {
		deadline = s.Deadline
	}
	return deadline + pause(g.Rate.Per)
}

// bury removes a dead owner.
func (g *gate) bury(id string) {
	o := g.Owners[id]
	delete(g.Owners, id)
	g.cool(o.Slots, g.afterDeath(o))
}

// retune drops the setups that no live replica uses, and fits the slots to the
// tightest limit among the others. Callers have entered themselves before.
func (g *gate) retune() {
	used := map[string]bool{}
	for _, o := range g.Owners {
		used[o.Setup] = true
	}
	maps.DeleteFunc(g.Setups, func(id string, _ setup) bool { return len(used) > 0 && !used[id] })
	rate, ok := g.tightest()
	if !ok {
		return
	}
	if g.Rate.N == 0 { // a new ledger: nothing has been sent yet
		g.Rate, g.Free = rate, rate.N
		return
	}
	if longer := pause(rate.Per) - pause(g.Rate.Per); longer > 0 {
		g.stretch(longer)
	}
	g.Rate = rate
	g.resize()
}

func (g *gate) tightest() (Rate, bool) {
	ids := slices.Sorted(maps.Keys(g.Setups))
	if len(ids) == 0 {
		return Rate{}, false
	}
	rate := g.Setups[ids[0]].Rate
	for _, id := range ids[1:] {
		rate = tightest(rate, g.Setups[id].Rate)
	}
	return rate, true
}

// stretch makes unowned slots rest for d more; owners do so with their own.
func (g *gate) stretch(d time.Duration) {
	for i := range g.Cooling {
		g.Cooling[i].For += d
	}
	free := g.Free
	g.Free = 0
	g.cool(free, d)
}

// resize makes or removes slots. New ones rest a whole window, because a slot
// that was removed a moment ago may have been used a moment before that.
func (g *gate) resize() {
	total := g.owned() + g.unowned()
	g.cool(g.Rate.N-total, pause(g.Rate.Per))
	for excess := total - g.Rate.N; excess > 0 && g.unowned() > 0; excess-- {
		g.claim(1)
	}
}

// shares is how many slots each replica should own: max-min fair by what they
// want. Where the last slots don't suffice for all, they go around with Turn.
func (g *gate) shares() map[string]int {
	out := make(map[string]int, len(g.Owners))
	var open []string
	for id, o := range g.Owners {
		if o.Want > 0 {
			open = append(open, id)
		}
	}
	slices.Sort(open)
	left := g.Rate.N
	for len(open) > 0 {
		level := left / len(open)
		modest := slices.DeleteFunc(slices.Clone(open), func(id string) bool { return g.Owners[id].Want > level })
		if len(modest) == 0 {
			g.deal(out, open, level, left%len(open))
			break
		}
		for _, id := range modest {
			out[id] = g.Owners[id].Want
			left -= out[id]
		}
		open = slices.DeleteFunc(open, func(id string) bool { return g.Owners[id].Want <= level })
	}
	return out
}

func (g *gate) deal(out map[string]int, open []string, level, extra int) {
	first := int(g.Turn % uint64(len(open)) * uint64(extra) % uint64(len(open)))
	for i, id := range open {
		out[id] = level
		if (i-first+len(open))%len(open) < extra {
			out[id]++
		}
	}
}

// uneven tells whether replicas that want more own different numbers by their
// shares, so that turns matter; and whether some get nothing at all.
func (g *gate) uneven(shares map[string]int) (uneven, starving bool) {
	lowest, highest := g.Rate.N, 0
	for id, n := range shares {
		if n < g.Owners[id].Want {
			lowest = min(lowest, n)
			highest = max(highest, n)
		}
	}
	return lowest < highest, lowest == 0
}

// surplus is how many slots an owner should give up now: what it owns beyond its
// share, as far as others lack it. An owner that wants none keeps none.
func (g *gate) surplus(id string, shares map[string]int) int {
	me := g.Owners[id]
	mine := me.Slots - shares[id]
	if mine <= 0 || me.Want == 0 {
		return max(0, mine)
	}
	all, lacking := 0, max(0, g.owned()-g.Rate.N)
	for other, o := range g.Owners {
		all += max(0, o.Slots-shares[other])
		lacking += max(0, shares[other]-o.Slots)
	}
	lacking -= g.unowned()
	if lacking <= 0 {
		return 0
	}
	return min(mine, (lacking*mine+all-1)/all)
}
