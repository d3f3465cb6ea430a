package quota

import "time"

// limited tells whether the source has daily budgets.
func (l *Ledger) limited() bool { return l.cfg.DailyQuota > 0 }

// quota is the smallest daily budget that any live replica is configured with.
func (l *Ledger) quota() int {
	quota := l.cfg.DailyQuota
	for _, s := range l.tenure.view.Setups {
		if s.Quota > 0 {
			quota = min(quota, s.Quota)
		}
	}
	return quota
}

// halted tells whether no key is left; haltedForAll, whether that is recorded.
func (l *Ledger) halted() bool       { return l.every((*budget).invalid) }
func (l *Ledger) haltedForAll() bool { return l.every((*budget).recordedInvalid) }

func (l *Ledger) every(holds func(*budget) bool) bool {
	for _, b := range l.budgets {
		if !b.retired && !holds(b) {
			return false
		}
	}
	return true
}

// inHand is a key that a permit can be made of now, or nil.
func (l *Ledger) inHand(day Day, now time.Time) *budget {
	if !l.limited() {
		return l.first(func(b *budget) bool { return !b.retired && !b.invalid() })
	}
	if !day.Open(now) {
		return nil
	}
	return l.first(func(b *budget) bool { return b.inHand(day.Name) > 0 })
}

// first goes around the keys, from the one in use.
func (l *Ledger) first(fits func(*budget) bool) *budget {
	for i := range l.budgets {
		if b := l.budgets[(l.current+i)%len(l.budgets)]; fits(b) {
			return b
		}
	}
	return nil
}

func (l *Ledger) unitsInHand(day Day) int {
	n := 0
	for _, b := range l.budgets {
		n += b.inHand(day.Name)
	}
	return n
}

// leasable is a key to lease from: how many are left of it, and whether one call
// may only be tried.
func (l *Ledger) leasable(day Day, now time.Time) (b *budget, left int, probe bool) {
	if !l.limited() || !day.Open(now) {
		return nil, 0, false
	}
	quota := l.quota()
	fits := func(probing bool) *budget {
		return l.first(func(b *budget) bool {
			left, probe = b.offer(day, quota, now)
			return left > 0 && probe == probing
		})
	}
	if b = fits(false); b == nil {
		b = fits(true)
	}
	return b, left, probe
}

// anyBudget tells whether a call could be made now, as far as budgets go.
func (l *Ledger) anyBudget(day Day, now time.Time) bool {
	if l.inHand(day, now) != nil {
		return true
	}
	b, _, _ := l.leasable(day, now)
	return b != nil
}

// nextBudget is when time alone may bring a budget: the day opens, a new day
// begins, or an exhausted key is tried again.
func (l *Ledger) nextBudget(day Day, now time.Time) time.Time {
	if !l.limited() {
		return time.Time{}
	}
	if now.Before(day.Opens()) {
		return day.Opens()
	}
	next := l.cal.Day(day.End).Opens()
	if !now.Before(day.Closes()) {
		return next
	}
	for _, b := range l.budgets {
		if at, ok := b.rec.on(day.Name).probeAt(day); ok && at.After(now) && !b.retired && !b.invalid() {
			next = earlier(next, at)
		}
	}
	return next
}
