package budget

import "time"

// Unit is one call on a key's budget of a day; where there are no daily budgets, a call
// with the key.
type Unit struct {
	keys  *Keys
	key   *key
	day   Day
	probe bool // it is to find out whether the key works again
}

// Take is a unit in hand, or nil.
func (k *Keys) Take(now time.Time) *Unit {
	day := k.calendar.Day(now)
	key := k.inHand(day, now)
	if key == nil {
		return nil
	}
	u := &Unit{keys: k, key: key, day: day}
	if k.Limited() {
		u.probe = key.probe
		key.take(now)
	}
	return u
}

// Secret is the key itself. It must not reach a log, an error or an archive.
func (u *Unit) Secret() string { return u.key.secret }

// Fingerprint names the key.
func (u *Unit) Fingerprint() string { return u.key.fingerprint }

// Day is the day that it belongs to.
func (u *Unit) Day() Day { return u.day }

// Covers reports whether a call may be sent now.
func (u *Unit) Covers(now time.Time) bool {
	if u.key.retired || u.key.invalid() {
		return false
	}
	return !u.keys.Limited() || u.day.Open(now) && (u.probe || !u.key.exhausted(u.day.Name))
}

// Return returns a unit that was not used.
func (u *Unit) Return() {
	if u.keys.Limited() {
		u.key.giveBack(u.day.Name, u.probe)
	}
}

// Settle counts a call that was sent. It reports whether the state of the key has
// changed, and whether there is anything to tell the others. A call that ended so near
// to midnight that the source may count it for the next day is counted there as well.
func (u *Unit) Settle(how Settlement, now time.Time) (changed, news bool) {
	if u.keys.Limited() || how == Invalid {
		changed = u.key.settle(u.day, how, u.probe, now)
	}
	if u.keys.Limited() {
		u.key.send(u.day.Name)
	}
	if u.keys.Limited() && now.After(u.day.closes()) {
		u.key.carry(u.keys.calendar.Day(u.day.End).Name)
		return changed, true
	}
	return changed, changed
}
