package quota

import (
	"maps"
	"time"
)

// budget is one key as this replica uses it. Its methods do no I/O.
type budget struct {
	fingerprint string
	secret      string
	retired     bool // no longer configured here

	rec      keyRecord // as last seen
	revision uint64

	day   string    // that units belong to
	units int       // leased and in nobody's hand
	probe bool      // the unit is to find out whether the key works again
	moved time.Time // when a unit was last taken or leased

	worked string // the last day on which an answer came
	report report
}

// report is what the record must still be told.
type report struct {
	invalid   bool
	enable    bool
	exhausted *refusal
	revived   string         // a day
	carry     map[string]int // calls that may count for another day, by day
}

// refusal is when the source said that the budget is used up.
type refusal struct {
	day Day
	at  time.Time
}

func (r report) empty() bool {
	return !r.invalid && !r.enable && r.exhausted == nil && r.revived == "" && len(r.carry) == 0
}

// invalid tells whether the key is disabled.
func (b *budget) invalid() bool {
	return b.report.invalid || (b.rec.Invalid && !b.report.enable)
}

// recorded tells whether every replica knows that the key is disabled.
func (b *budget) recordedInvalid() bool { return b.rec.Invalid && !b.report.enable }

// exhausted tells whether the source has refused the key on this day.
func (b *budget) exhausted(day string) bool {
	if r := b.report.exhausted; r != nil && r.day.Name == day {
		return true
	}
	return b.report.revived != day && b.rec.on(day).Exhausted
}

// inHand is how many units can be given out on this day.
func (b *budget) inHand(day string) int {
	if b.retired || b.invalid() || b.day != day || (b.exhausted(day) && !b.probe) {
		return 0
	}
	return b.units
}

// offer is how many calls could be leased, or that one may be tried.
func (b *budget) offer(day Day, quota int, now time.Time) (left int, probe bool) {
	if b.retired || b.invalid() {
		return 0, false
	}
	if !b.exhausted(day.Name) {
		return b.rec.on(day.Name).left(quota), false
	}
	at, ok := b.rec.on(day.Name).probeAt(day)
	if !ok || b.report.exhausted != nil || now.Before(at) || b.units > 0 && b.probe {
		return 0, false
	}
	return 1, true
}

// take takes one unit.
func (b *budget) take(now time.Time) {
	b.units--
	b.moved = now
}

// giveBack returns a unit that was not used.
func (b *budget) giveBack(day string, probe bool) {
	if b.day != day || probe != b.probe {
		return
	}
	b.units++
}

// settle notes how a started call on the key ended, and tells whether there is
// news for the others.
func (b *budget) settle(day Day, o Outcome, probe bool, now time.Time) bool {
	switch {
	case o == Spent:
		b.worked = day.Name
		if !probe {
			return false
		}
		b.report.revived = day.Name
	case o == Exhausted && !b.exhausted(day.Name):
		b.report.exhausted, b.report.revived = &refusal{day: day, at: now}, ""
	case o == Invalid && !b.invalid():
		b.report.invalid, b.report.enable = true, false
	default:
		return false
	}
	return true
}

// carry notes a call of one day that the source may count for the next.
func (b *budget) carry(day string) {
	carried := maps.Clone(b.report.carry)
	if carried == nil {
		carried = map[string]int{}
	}
	carried[day]++
	b.report.carry = carried
}

// entry is one write of a key's record.
type entry struct {
	b        *budget
	rec      keyRecord
	base     uint64
	told     report
	day      string
	leased   int
	probe    bool
	returned int
	at       time.Time
}

// draft makes the next write of the record from what is seen and to be told.
func (b *budget) draft(now time.Time) *entry {
	e := &entry{b: b, rec: b.rec.clone(), base: b.revision, told: b.report, at: now}
	if e.told.invalid || e.told.enable {
		e.rec.Invalid = e.told.invalid
	}
	if r := e.told.exhausted; r != nil {
		d := e.rec.on(r.day.Name)
		d.Worked = d.Worked || b.worked == d.Day
		d.exhaust(r.day, r.at)
		e.rec.set(d)
	}
	if e.told.revived != "" {
		d := e.rec.on(e.told.revived)
		d.revive()
		e.rec.set(d)
	}
	for day, n := range e.told.carry {
		d := e.rec.on(day)
		d.Granted += n
		e.rec.set(d)
	}
	return e
}

// lease adds a lease to the write.
func (e *entry) lease(day Day, n int, probe bool) {
	d := e.rec.on(day.Name)
	d.Worked = d.Worked || e.b.worked == day.Name
	if probe {
		d.probed(day, e.at)
	} else {
		d.Granted += n
	}
	e.rec.set(d)
	e.day, e.leased, e.probe = day.Name, n, probe
}

// giveBack adds the return of all units in hand, which from then on can't be
// used: whether the write arrives may never be known.
func (e *entry) giveBack() {
	b := e.b
	d := e.rec.on(b.day)
	d.Granted = max(0, d.Granted-b.units)
	e.rec.set(d)
	e.day, e.returned, e.probe = b.day, b.units, b.probe
	b.units = 0
}

// written concludes the write.
func (e *entry) written() {
	b := e.b
	b.report = b.report.without(e.told)
	if e.leased == 0 {
		return
	}
	if b.day != e.day || b.probe != e.probe {
		b.day, b.units, b.probe = e.day, 0, e.probe
	}
	b.units += e.leased
	b.moved = e.at
}

// refused concludes the write as certainly not made.
func (e *entry) refused() {
	if e.returned > 0 && e.b.day == e.day {
		e.b.units += e.returned
	}
}

// without is what remains to be told.
func (r report) without(told report) report {
	if told.invalid {
		r.invalid = false
	}
	if told.enable {
		r.enable = false
	}
	if r.exhausted == told.exhausted {
		r.exhausted = nil
	}
	if r.revived == told.revived {
		r.revived = ""
	}
	left := map[string]int{}
	for day, n := range r.carry {
		if n -= told.carry[day]; n > 0 {
			left[day] = n
		}
	}
	r.carry = left
	return r
}
