package budget

import "time"

// Write is one write of a key's record.
type Write struct {
	// Base is the revision that it replaces.
	Base uint64

	keys     *Keys
	key      *key
	rec      Record
	told     report
	day      string
	leased   int
	probe    bool
	returned int
	sent     map[string]int // calls told to have been sent, by day
	at       time.Time
}

// Fingerprint names the key whose record it is.
func (w *Write) Fingerprint() string { return w.key.fingerprint }

// Encode is the record to write.
func (w *Write) Encode() []byte { return w.rec.Encode() }

// Overtaken reports whether a record has been seen that the write was not made from.
func (w *Write) Overtaken() bool { return w.key.seen.revision != w.Base }

// nextWrite makes the next write of a record from what is seen and to be told. What was
// sent is told once: whether the write arrives may never be known, and nothing depends
// on it.
func (k *Keys) nextWrite(key *key, now time.Time) *Write {
	w := &Write{keys: k, key: key, rec: key.seen.rec.clone(), Base: key.seen.revision, told: key.report, sent: key.sent, at: now}
	key.sent = nil
	if w.Base == 0 && w.rec.Origin == "" {
		w.rec.Origin = newOrigin()
	}
	if w.told.invalid || w.told.enable {
		w.rec.Invalid = w.told.invalid
	}
	if r := w.told.exhausted; r != nil {
		d := w.rec.On(r.day.Name)
		d.Worked = d.Worked || key.worked == d.Day
		d.exhaust(r.day, r.at)
		w.rec.set(d)
	}
	if w.told.revived != "" {
		d := w.rec.On(w.told.revived)
		d.revive()
		w.rec.set(d)
	}
	for day, n := range w.told.carry {
		d := w.rec.On(day)
		d.Granted += n
		d.tell(n)
		w.rec.set(d)
	}
	for day, n := range w.sent {
		if d := w.rec.On(day); d.Granted > 0 {
			d.tell(n)
			w.rec.set(d)
		}
	}
	return w
}

// lease adds a lease to the write.
func (w *Write) lease(day Day, n int, probe bool) {
	d := w.rec.On(day.Name)
	d.Worked = d.Worked || w.key.worked == day.Name
	if probe {
		d.probed(day, w.at)
	} else {
		d.Granted += n
	}
	w.rec.set(d)
	w.day, w.leased, w.probe = day.Name, n, probe
}

// giveBack adds the return of all units in hand, if any, which from then on can't be
// used: whether the write arrives may never be known.
func (w *Write) giveBack() {
	k := w.key
	d := w.rec.On(k.day)
	d.Granted = max(0, d.Granted-k.units)
	w.rec.set(d)
	w.day, w.returned, w.probe = k.day, k.units, k.probe
	k.units = 0
}

// Written concludes the write as made, at a revision.
func (w *Write) Written(revision uint64) {
	k := w.key
	k.report = k.report.without(w.told)
	if !w.Overtaken() {
		w.keys.Learn(k.fingerprint, w.rec, revision)
	}
	if w.leased == 0 {
		return
	}
	if k.day != w.day || k.probe != w.probe {
		k.day, k.units, k.probe = w.day, 0, w.probe
	}
	k.units += w.leased
	k.moved = w.at
}

// Refused concludes the write as certainly not made.
func (w *Write) Refused() {
	if w.returned > 0 && w.key.day == w.day {
		w.key.units += w.returned
	}
	for day, n := range w.sent {
		for range n {
			w.key.send(day)
		}
	}
}
