package budget

import (
	"maps"
	"time"
)

// key is one key as this replica uses it.
type key struct {
	fingerprint string
	secret      string
	retired     bool // no longer configured here

	seen seen

	day   string    // that units belong to
	units int       // leased and in nobody's hand
	probe bool      // the unit is to find out whether the key works again
	moved time.Time // when a unit was last taken or leased

	worked string         // the last day on which an answer came
	sent   map[string]int // calls that the record has not been told of, by day
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

// invalid reports whether the key is disabled.
func (k *key) invalid() bool {
	return k.report.invalid || (k.seen.rec.Invalid && !k.report.enable)
}

// recordedInvalid reports whether every replica knows that the key is disabled.
func (k *key) recordedInvalid() bool { return k.seen.rec.Invalid && !k.report.enable }

// exhausted reports whether the source has refused the key on this day.
func (k *key) exhausted(day string) bool {
	if r := k.report.exhausted; r != nil && r.day.Name == day {
		return true
	}
	return k.report.revived != day && k.seen.rec.On(day).Exhausted
}

// inHand is how many units can be given out on this day.
func (k *key) inHand(day string) int {
	if k.retired || k.invalid() || k.day != day || (k.exhausted(day) && !k.probe) {
		return 0
	}
	return k.units
}

// offer is how many calls could be leased, or that one may be tried.
func (k *key) offer(day Day, quota int, now time.Time) (left int, probe bool) {
	if k.retired || k.invalid() {
		return 0, false
	}
	if !k.exhausted(day.Name) {
		return k.seen.rec.On(day.Name).Left(quota), false
	}
	at, ok := k.seen.rec.On(day.Name).ProbeAt(day)
	if !ok || k.report.exhausted != nil || now.Before(at) || k.units > 0 && k.probe {
		return 0, false
	}
	return 1, true
}

// take takes one unit.
func (k *key) take(now time.Time) {
	k.units--
	k.moved = now
}

// giveBack returns a unit that was not used.
func (k *key) giveBack(day string, probe bool) {
	if k.day != day || probe != k.probe {
		return
	}
	k.units++
}

// settle notes how a started call on the key ended, and reports whether there is
// news for the others.
func (k *key) settle(day Day, how Settlement, probe bool, now time.Time) bool {
	switch {
	case how == Spent:
		k.worked = day.Name
		if !probe {
			return false
		}
		k.report.revived = day.Name
	case how == Exhausted && !k.exhausted(day.Name):
		k.report.exhausted, k.report.revived = &refusal{day: day, at: now}, ""
	case how == Invalid && !k.invalid():
		k.report.invalid, k.report.enable = true, false
	default:
		return false
	}
	return true
}

// send notes a call that was sent.
func (k *key) send(day string) {
	if k.sent == nil {
		k.sent = map[string]int{}
	}
	k.sent[day]++
}

// carry notes a call of one day that the source may count for the next.
func (k *key) carry(day string) {
	carried := maps.Clone(k.report.carry)
	if carried == nil {
		carried = map[string]int{}
	}
	carried[day]++
	k.report.carry = carried
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
