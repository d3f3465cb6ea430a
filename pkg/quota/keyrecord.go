package quota

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

const (
	// keptDays is how many days a key's record remembers. A replica whose
	// clock is wrong adds a day of its own and disturbs no other.
	keptDays = 4

	// A lease is an equal part of what is left, 1 to 10 calls: large enough for
	// few writes, small enough that a crash loses little.
	maxLease = 10
)

// keyRecord is the record "<source>.key.<fingerprint>".
type keyRecord struct {
	Version int         `json:"v"`
	Invalid bool        `json:"invalid,omitempty"`
	Days    []dayRecord `json:"days,omitempty"` // latest written last
}

// dayRecord is the budget of one key on one day.
type dayRecord struct {
	Day       string        `json:"day"`
	Granted   int           `json:"granted"` // calls leased to replicas, spent or not
	Worked    bool          `json:"worked,omitempty"`
	Exhausted bool          `json:"exhausted,omitempty"` // the source said so
	Probe     time.Duration `json:"probe_ns,omitempty"`  // counted from midnight: when to try one call again; 0: never
	Gap       time.Duration `json:"gap_ns,omitempty"`    // from this probe to the next
}

func decodeKeyRecord(value []byte) (keyRecord, error) {
	var r keyRecord
	if err := json.Unmarshal(value, &r); err != nil {
		return r, fmt.Errorf("%w: %w", ErrBadRecord, err)
	}
	if r.Version > formatVersion {
		return r, fmt.Errorf("%w: version %d, this program knows %d", ErrBadRecord, r.Version, formatVersion)
	}
	return r, nil
}

func (r keyRecord) encode() ([]byte, error) {
	r.Version = formatVersion
	value, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encoding a key's record: %w", err)
	}
	return value, nil
}

func (r keyRecord) clone() keyRecord {
	r.Days = slices.Clone(r.Days)
	return r
}

// on is the key's budget on a day, as far as it is known.
func (r keyRecord) on(day string) dayRecord {
	for _, d := range r.Days {
		if d.Day == day {
			return d
		}
	}
	return dayRecord{Day: day}
}

// set replaces a day's budget.
func (r *keyRecord) set(d dayRecord) {
	r.Days = slices.DeleteFunc(r.Days, func(old dayRecord) bool { return old.Day == d.Day })
	r.Days = append(r.Days, d)
	if len(r.Days) > keptDays {
		r.Days = r.Days[len(r.Days)-keptDays:]
	}
}

// left is what may still be leased.
func (d dayRecord) left(quota int) int {
	if d.Exhausted {
		return 0
	}
	return max(0, quota-d.Granted)
}

// leaseSize is how many calls to lease of those left, when so many replicas share
// them and no more than useful will be needed soon.
func leaseSize(left, useful, replicas int) int {
	return min(left, max(1, min(left/replicas, useful, maxLease)))
}

// atLeast is the record with what an older one knows besides: calls that were leased,
// and what the source said.
func (r keyRecord) atLeast(old keyRecord) keyRecord {
	r = r.clone()
	r.Invalid = r.Invalid || old.Invalid
	for _, was := range old.Days {
		d := r.on(was.Day)
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
func (d *dayRecord) exhaust(day Day, at time.Time) {
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
func (d *dayRecord) probed(day Day, at time.Time) {
	d.Granted++
	d.Gap = min(2*d.Gap, day.End.Sub(day.Start)/24)
	d.Probe = at.Sub(day.Start) + d.Gap
}

// probeAt is when the key may be tried again.
func (d dayRecord) probeAt(day Day) (time.Time, bool) {
	return day.Start.Add(d.Probe), d.Exhausted && d.Probe > 0
}

// revive notes that the source answered after all.
func (d *dayRecord) revive() {
	d.Exhausted, d.Worked, d.Probe, d.Gap = false, true, 0, 0
}
