package budget

import (
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
	Days    []DayRecord `json:"days,omitempty"` // latest written last
}

// DayRecord is the budget of one key on one day.
type DayRecord struct {
	Day       string        `json:"day"`
	Granted   int           `json:"granted"` // calls leased to replicas, spent or not
	Worked    bool          `json:"worked,omitempty"`
	Exhausted bool          `json:"exhausted,omitempty"` // the source said so
	Probe     time.Duration `json:"probe_ns,omitempty"`  // counted from midnight: when to try one call again; 0: never
	Gap       time.Duration `json:"gap_ns,omitempty"`    // from this probe to the next
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

// leaseSize is how many calls to lease of those left, when so many replicas share
// them and no more than useful will be needed soon.
func leaseSize(left, useful, replicas int) int {
	return min(left, max(1, min(left/replicas, useful, MaxLease)))
}

// atLeast is the record with what an older one knows besides: calls that were leased,
// and what the source said.
func (r Record) atLeast(old Record) Record {
	r = r.clone()
	r.Invalid = r.Invalid || old.Invalid
	for _, was := range old.Days {
		d := r.On(was.Day)
		if was.Exhausted && !d.Exhausted {
			d.Exhausted, d.Probe, d.Gap = true, was.Probe, was.Gap
		}
		d.Granted, d.Worked = max(d.Granted, was.Granted), d.Worked || was.Worked
		r.set(d)
	}
	return r
}

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
