package budget

import (
	"strconv"
	"time"
)

// maxDeadZone is the dead zone of a real day, on either side of midnight.
const maxDeadZone = 30 * time.Second

// Calendar says which quota day a time belongs to.
type Calendar struct {
	// Zone is the zone whose midnight begins a day; nil is UTC.
	Zone *time.Location
	// Length of a day; 0 means the zone's civil days (23 to 25 hours where
	// clocks are changed). Any other length is for simulations: such days
	// follow one another from the zone's midnight of 1 January 1970.
	Length time.Duration
}

// Day is one quota day: [Start, End).
type Day struct {
	Name       string // "2026-11-22"; "d<number>" where the length is simulated
	Start, End time.Time
}

// Day is the day that t lies in.
func (c Calendar) Day(t time.Time) Day {
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	if c.Length <= 0 {
		y, m, d := t.In(zone).Date()
		return Day{
			Name:  time.Date(y, m, d, 0, 0, 0, 0, zone).Format(time.DateOnly),
			Start: time.Date(y, m, d, 0, 0, 0, 0, zone),
			End:   time.Date(y, m, d+1, 0, 0, 0, 0, zone),
		}
	}
	first := time.Date(1970, 1, 1, 0, 0, 0, 0, zone)
	n := int64(t.Sub(first) / c.Length)
	start := first.Add(time.Duration(n) * c.Length)
	return Day{Name: "d" + strconv.FormatInt(n, 10), Start: start, End: start.Add(c.Length)}
}

// DeadZone is how long before and after midnight no call is sent, because
// clocks differ: 30 s, or a hundredth of the day where that is less.
func (d Day) DeadZone() time.Duration {
	return min(maxDeadZone, d.End.Sub(d.Start)/100)
}

// Opens is when the first call of the day may be sent.
func (d Day) Opens() time.Time { return d.Start.Add(d.DeadZone()) }

// closes is when the last call of the day may be sent.
func (d Day) closes() time.Time { return d.End.Add(-d.DeadZone()) }

// Open reports whether calls may be sent at t, a time of this day.
func (d Day) Open(t time.Time) bool { return !t.Before(d.Opens()) && t.Before(d.closes()) }
