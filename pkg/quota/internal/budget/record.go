package budget

import (
	"crypto/rand"
	"maps"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/quota/internal/record"
)

const (
	// keptDays is how many days a key's record remembers. A replica whose
	// clock is wrong adds a day of its own and disturbs no other.
	keptDays = 4

	// MaxLease is the most calls in a lease, which is an equal part of what is
	// left: large enough for few writes, small enough that a crash loses little.
	MaxLease = 10
)

// Record is what the ledger holds of one key, the record "<source>.key.<fingerprint>".
type Record struct {
	Version int         `json:"v"`
	Invalid bool        `json:"invalid,omitempty"`
	Origin  string      `json:"origin,omitempty"` // drawn where a bucket has none: another one is of another bucket
	Days    []DayRecord `json:"days,omitempty"`   // latest written last
}

// DayRecord is the budget of one key on one day.
type DayRecord struct {
	Day       string         `json:"day"`
	Granted   int            `json:"granted"`          // calls leased to replicas, spent or not
	Sent      int            `json:"sent,omitempty"`   // of these, told to have been sent: nothing is decided by it
	Before    map[string]int `json:"before,omitempty"` // of the leased, in buckets that were lost, by the record's origin there
	Worked    bool           `json:"worked,omitempty"`
	Exhausted bool           `json:"exhausted,omitempty"` // the source said so
	Probe     time.Duration  `json:"probe_ns,omitempty"`  // counted from midnight: when to try one call again; 0: never
	Gap       time.Duration  `json:"gap_ns,omitempty"`    // from this probe to the next
}

// Decode reads a record. The error wraps record.ErrUnreadable.
func Decode(value []byte) (Record, error) {
	var r Record
	err := record.Decode(value, &r)
	return r, err
}

// Encode writes what Decode reads.
func (r Record) Encode() []byte {
	r.Version = record.Version
	return record.Encode(r)
}

func (r Record) clone() Record {
	r.Days = slices.Clone(r.Days)
	return r
}

// On is the key's budget on a day, as far as it is known.
func (r Record) On(day string) DayRecord {
	for _, d := range r.Days {
		if d.Day == day {
			return d
		}
	}
	return DayRecord{Day: day}
}

// set replaces a day's budget.
func (r *Record) set(d DayRecord) {
	r.Days = slices.DeleteFunc(r.Days, func(old DayRecord) bool { return old.Day == d.Day })
	r.Days = append(r.Days, d)
	if len(r.Days) > keptDays {
		r.Days = r.Days[len(r.Days)-keptDays:]
	}
}

// Left is what may still be leased.
func (d DayRecord) Left(quota int) int {
	if d.Exhausted {
		return 0
	}
	return max(0, quota-d.Granted)
}

// tell counts calls that were sent, as far as they are known to have been leased.
func (d *DayRecord) tell(sent int) { d.Sent = min(d.Sent+sent, d.Granted) }

// Spent is the calls that are told to have been sent, and Leased those that are not:
// replicas have them in hand, are making them, or were lost with them.
func (d DayRecord) Spent() int { return min(d.Sent, d.Granted) }

// Leased is the rest of Spent.
func (d DayRecord) Leased() int { return d.Granted - d.Spent() }

// leaseSize is how many calls to lease of those left, when so many replicas share
// them and no more than useful will be needed soon.
func leaseSize(left, useful, replicas int) int {
	return min(left, max(1, min(left/replicas, useful, MaxLease)))
}

// remembering is the record of a bucket that was made again, with what is known from
// another: calls that were leased there, and what the source said. It is the record
// itself where that is in it already.
func (r Record) remembering(lost Record) Record {
	r = r.clone()
	r.Invalid = r.Invalid || lost.Invalid
	for _, was := range lost.Days {
		d := r.On(was.Day)
		now := d
		if was.Exhausted && !d.Exhausted {
			now.Exhausted, now.Probe, now.Gap = true, was.Probe, was.Gap
		}
		now.Worked = d.Worked || was.Worked
		now.grant(r.Origin, d.leased(r.Origin), was.leased(lost.Origin))
		now.Sent = min(max(d.Sent, was.Sent), now.Granted)
		r.recall(now)
	}
	return r
}

// recall puts in what is known besides of a day. A day that the record does not have is
// older than those that it has: where there is no room, it stays out.
func (r *Record) recall(d DayRecord) {
	at := slices.IndexFunc(r.Days, func(old DayRecord) bool { return old.Day == d.Day })
	switch {
	case at >= 0:
		r.Days[at] = d
	case len(r.Days) < keptDays:
		r.Days = slices.Insert(r.Days, 0, d)
	}
}

// leased is the calls that were leased in each bucket; origin is the record's own.
func (d DayRecord) leased(origin string) map[string]int {
	all := maps.Clone(d.Before)
	if all == nil {
		all = map[string]int{}
	}
	own := d.Granted
	for _, n := range d.Before {
		own -= n
	}
	all[origin] = own
	return all
}

// grant takes over what two know of leased calls: of each bucket, who knows of more is
// right.
func (d *DayRecord) grant(origin string, one, other map[string]int) {
	for bucket, n := range other {
		one[bucket] = max(one[bucket], n)
	}
	d.Granted = 0
	for _, n := range one {
		d.Granted += n
	}
	delete(one, origin)
	d.Before = one
	if len(one) == 0 {
		d.Before = nil
	}
}

// newOrigin tells a new record from that of a bucket before.
func newOrigin() string { return rand.Text()[:8] }

// exhaust notes that the source refused the key. Where that came right after
// midnight and the key has not worked on this day, the source's day may just
// begin later than ours: it is tried again, ever more seldom.
func (d *DayRecord) exhaust(day Day, at time.Time) {
	if d.Exhausted {
		return
	}
	d.Exhausted = true
	into := at.Sub(day.Start)
	if length := day.End.Sub(day.Start); !d.Worked && into < length/48 {
		d.Gap = day.DeadZone()
		d.Probe = into + d.Gap
	}
}

// probed notes that the call to try again with is leased.
func (d *DayRecord) probed(day Day, at time.Time) {
	d.Granted++
	d.Gap = min(2*d.Gap, day.End.Sub(day.Start)/24)
	d.Probe = at.Sub(day.Start) + d.Gap
}

// ProbeAt is when the key may be tried again.
func (d DayRecord) ProbeAt(day Day) (time.Time, bool) {
	return day.Start.Add(d.Probe), d.Exhausted && d.Probe > 0
}

// revive notes that the source answered after all.
func (d *DayRecord) revive() {
	d.Exhausted, d.Worked, d.Probe, d.Gap = false, true, 0, 0
}
