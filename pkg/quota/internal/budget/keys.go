package budget

import (
	"reflect"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/redact"
)

// seen is a key's record as last seen.
type seen struct {
	rec      Record
	revision uint64
	lost     *Record // of a bucket before this one, while the record lacks what it knew
}

// Keys are the keys of a source as one replica uses them.
type Keys struct {
	calendar Calendar
	daily    int // calls of a key and day, as configured; 0 for no limit
	least    int // the same of whichever live replica has the least

	keys    []*key          // in the order of the configuration, retired ones last
	current int             // the key in use
	records map[string]seen // every record of the source, by fingerprint
}

// New is the keys of a replica that has leased nothing yet. Replicas that start at
// different keys get in each other's way less.
func New(calendar Calendar, daily int, secrets []string, start uint32) *Keys {
	k := &Keys{calendar: calendar, daily: daily, least: daily, records: map[string]seen{}}
	k.Configure(secrets)
	k.current = int(start % uint32(len(secrets)))
	return k
}

// Configure puts keys into use, at least one, and retires the others. It returns the
// fingerprints of those in use, sorted.
func (k *Keys) Configure(secrets []string) []string {
	before := k.keys
	k.keys = nil
	for _, secret := range secrets {
		used := &key{fingerprint: redact.Fingerprint(secret), secret: secret}
		used.seen = k.records[used.fingerprint]
		if at := slices.IndexFunc(before, func(old *key) bool { return old.secret == secret }); at >= 0 {
			used = before[at]
			before = slices.Delete(slices.Clone(before), at, at+1)
		}
		used.retired = false
		k.keys = append(k.keys, used)
	}
	fingerprints := k.Fingerprints()
	for _, old := range before {
		old.retired = true
		k.keys = append(k.keys, old)
	}
	k.current %= len(secrets)
	slices.Sort(fingerprints)
	return fingerprints
}

// Fingerprints lists the keys in use, in the order of the configuration.
func (k *Keys) Fingerprints() []string {
	var out []string
	for _, key := range k.keys {
		if !key.retired {
			out = append(out, key.fingerprint)
		}
	}
	return out
}

// Remade reports whether a record is of another bucket than the one known: its revision
// says nothing then.
func (k *Keys) Remade(fingerprint string, rec Record) bool {
	known := k.records[fingerprint].rec.Origin
	return known != "" && rec.Origin != "" && known != rec.Origin
}

// Learn notes a key's record. Where it is of a bucket that was made again, what was known
// before counts on, and is told until the record has it.
func (k *Keys) Learn(fingerprint string, rec Record, revision uint64) {
	if revision == 0 {
		rec.Origin = newOrigin()
	}
	before := k.records[fingerprint]
	now := seen{rec: rec, revision: revision, lost: before.lost}
	if revision < before.revision || k.Remade(fingerprint, rec) {
		now.lost = &before.rec
	}
	if now.lost != nil {
		now.rec = rec.remembering(*now.lost)
		if reflect.DeepEqual(now.rec, rec) {
			now.lost = nil
		}
	}
	k.records[fingerprint] = now
	for _, key := range k.keys {
		if key.fingerprint == fingerprint {
			key.seen = now
		}
	}
}

// Seen is a key's record as last seen, and its revision.
func (k *Keys) Seen(fingerprint string) (Record, uint64) {
	s := k.records[fingerprint]
	return s.rec, s.revision
}

// Limit sets the smallest daily budget that any live replica is configured with.
func (k *Keys) Limit(least int) { k.least = least }

// Limited reports whether the source has daily budgets.
func (k *Keys) Limited() bool { return k.daily > 0 }

// Halted reports whether no key is left; Recorded, whether the records say so.
func (k *Keys) Halted() bool { return k.every((*key).invalid) }

// Recorded is the second half of Halted.
func (k *Keys) Recorded() bool { return k.every((*key).recordedInvalid) }

// Enable lifts what disabled keys that are being configured again, and reports whether
// there are any.
func (k *Keys) Enable(fresh []string) (some bool) {
	for _, key := range k.keys {
		if key.seen.rec.Invalid && slices.Contains(fresh, key.fingerprint) {
			key.report.enable = true
			some = true
		}
	}
	return some
}

// Enabled reports whether all that Enable lifted is recorded.
func (k *Keys) Enabled() bool { return k.every(func(key *key) bool { return !key.report.enable }) }

func (k *Keys) every(holds func(*key) bool) bool {
	for _, key := range k.keys {
		if !key.retired && !holds(key) {
			return false
		}
	}
	return true
}

// first goes around the keys, from the one in use.
func (k *Keys) first(fits func(*key) bool) *key {
	for i := range k.keys {
		if key := k.keys[(k.current+i)%len(k.keys)]; fits(key) {
			return key
		}
	}
	return nil
}

// inHand is a key that a call can be made with now, or nil.
func (k *Keys) inHand(day Day, now time.Time) *key {
	if !k.Limited() {
		return k.first(func(key *key) bool { return !key.retired && !key.invalid() })
	}
	if !day.Open(now) {
		return nil
	}
	return k.first(func(key *key) bool { return key.inHand(day.Name) > 0 })
}

// leasable is a key to lease from: how many are left of it, and whether one call
// may only be tried.
func (k *Keys) leasable(day Day, now time.Time) (found *key, left int, probe bool) {
	if !k.Limited() || !day.Open(now) {
		return nil, 0, false
	}
	fits := func(probing bool) *key {
		return k.first(func(key *key) bool {
			left, probe = key.offer(day, k.least, now)
			return left > 0 && probe == probing
		})
	}
	if found = fits(false); found == nil {
		found = fits(true)
	}
	return found, left, probe
}

// InHand reports whether a unit can be taken now.
func (k *Keys) InHand(now time.Time) bool { return k.inHand(k.calendar.Day(now), now) != nil }

// Available reports whether a call could be made now, as far as budgets go.
func (k *Keys) Available(now time.Time) bool {
	day := k.calendar.Day(now)
	if k.inHand(day, now) != nil {
		return true
	}
	found, _, _ := k.leasable(day, now)
	return found != nil
}

// Renewed is when time alone may bring a budget: the day opens, a new day begins, or
// an exhausted key is tried again. It is zero where there are no daily budgets.
func (k *Keys) Renewed(now time.Time) time.Time {
	if !k.Limited() {
		return time.Time{}
	}
	day := k.calendar.Day(now)
	if now.Before(day.Opens()) {
		return day.Opens()
	}
	next := k.calendar.Day(day.End).Opens()
	if !now.Before(day.closes()) {
		return next
	}
	for _, key := range k.keys {
		at, ok := key.seen.rec.On(day.Name).ProbeAt(day)
		if ok && at.After(now) && !key.retired && !key.invalid() && at.Before(next) {
			next = at
		}
	}
	return next
}

// Report is a write that tells what became of a key, or nil.
func (k *Keys) Report(now time.Time) *Write {
	for _, key := range k.keys {
		if !key.report.empty() || key.seen.lost != nil {
			return k.nextWrite(key, now)
		}
	}
	return nil
}

// Lease is a write that leases units, or nil: where there are some in hand, or none to
// be had. No more are leased than useful, and an equal part for each of the replicas.
func (k *Keys) Lease(now time.Time, useful, replicas int) *Write {
	day := k.calendar.Day(now)
	for _, key := range k.keys {
		if key.inHand(day.Name) > 0 {
			return nil
		}
	}
	found, left, probe := k.leasable(day, now)
	if found == nil {
		return nil
	}
	w := k.nextWrite(found, now)
	if probe {
		w.lease(day, 1, true)
		return w
	}
	w.lease(day, leaseSize(left, useful, replicas), false)
	k.current = slices.Index(k.keys, found)
	return w
}

// Return is a write that returns units which nobody has used for so long, and tells what
// was sent before, or nil and when one will be due; zero for never.
func (k *Keys) Return(now time.Time, unused time.Duration) (*Write, time.Time) {
	var due time.Time
	day := k.calendar.Day(now)
	for _, key := range k.keys {
		if key.units == 0 && key.sent[day.Name] == 0 || key.day != day.Name || !day.Open(now) {
			continue
		}
		until := key.moved.Add(unused)
		if !key.retired && unused > 0 && until.After(now) {
			if due.IsZero() || until.Before(due) {
				due = until
			}
			continue
		}
		w := k.nextWrite(key, now)
		w.giveBack()
		return w, now
	}
	return nil, due
}
