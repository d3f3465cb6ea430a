package contract

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// compact is a day as KOBIS writes it.
const compact = "20060102"

// longestDay bounds the text of a day that is looked at, in bytes.
const longestDay = 64

// dayForm is a day in digits, with what may follow it; timeForm is a time of the day
// with its zone.
var (
	dayForm = regexp.MustCompile(`^(?:(\d{4})(\d\d)(\d\d)|(\d{4}) ?[-./] ?(\d\d?) ?[-./] ?(\d\d?)\.?|(\d{4})년 ?(\d\d?)월 ?(\d\d?)일)` +
		`(?:$|[Tt ,]+|(?P<direct>\d{6}))(.*)$`)
	timeForm = regexp.MustCompile(`^(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)? ?([A-Za-z]*)(?:([+-])(\d\d):?(\d\d)?)?(?: (?:UTC|GMT|KST)|\[[\w/+-]+\])?$`)
)

// inWords are days with the name of their month.
var inWords = []string{"January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006", time.RFC1123, time.RFC1123Z}

// offsets are of the zones whose names stand for one offset, in hours.
var offsets = map[string]int{"Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "KST": 9}

// Day reads a text that names a day without doubt, in any of the forms that do: its
// digits together or apart, with the name of the month, with a time and a zone. A time
// with a zone names the day that it is the beginning of, in that zone or in UTC, in
// which TMDB writes its days; else the day that it has in both. It returns the day at
// midnight UTC, and false where there is doubt or no day of that name.
func Day(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) == len(compact):
		if t, err := time.Parse(compact, text); err == nil {
			return t, true
		}
	case len(text) == len(time.DateOnly):
		if t, err := time.Parse(time.DateOnly, text); err == nil {
			return t, true
		}
	case len(text) > longestDay:
		return time.Time{}, false
	}
	if m := dayForm.FindStringSubmatch(text); m != nil {
		day, ok := dayOf(m[1]+m[4]+m[7], m[2]+m[5]+m[8], m[3]+m[6]+m[9])
		if !ok {
			return time.Time{}, false
		}
		return dayAt(day, m[10]+m[11])
	}
	for _, layout := range inWords {
		if t, err := time.Parse(layout, text); err == nil {
			name, offset := t.Zone()
			if layout == time.RFC1123 { // what a name stands for depends on the machine
				hours, known := offsets[name]
				if !known {
					day, ok := dayOf(t.Format("2006"), t.Format("01"), t.Format("02"))
					return day, ok && t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0
				}
				offset = hours * 60 * 60
			}
			return dayNamed(t, time.Duration(offset)*time.Second)
		}
	}
	return time.Time{}, false
}

// dayOf is a day of the calendar.
func dayOf(year, month, day string) (time.Time, bool) {
	y, _ := strconv.Atoi(year) // digits all
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	return t, t.Month() == time.Month(m) && t.Day() == d
}

// dayAt is what a day names together with a time that is written behind it.
func dayAt(day time.Time, at string) (time.Time, bool) {
	if at == "" {
		return day, true
	}
	m := timeForm.FindStringSubmatch(at)
	if m == nil {
		return time.Time{}, false
	}
	hour, minute, second := number(m[1]), number(m[2]), number(m[3])
	if hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	local := day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
	if strings.Trim(m[4], "0") != "" {
		local = local.Add(time.Millisecond) // some part of a second
	}
	zone := strings.ToUpper(m[5])
	hours, known := offsets[zone]
	offset := time.Duration(hours) * time.Hour
	switch {
	case zone == "" && m[6] == "":
		return day, true // no zone, so the day is what it says
	case m[6] != "":
		offset = time.Duration(number(m[7]))*time.Hour + time.Duration(number(m[8]))*time.Minute
		if m[6] == "-" {
			offset = -offset
		}
		known = zone == "" || known && hours == 0
	}
	if !known {
		return day, local.Equal(day)
	}
	return dayNamed(local, offset)
}

// dayNamed is the day that a time names, by the clock on the wall of a zone.
func dayNamed(local time.Time, offset time.Duration) (time.Time, bool) {
	local = time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), time.UTC)
	utc := local.Add(-offset)
	here, there := local.Truncate(24*time.Hour), utc.Truncate(24*time.Hour)
	if utc.Equal(there) {
		return there, true
	}
	return here, local.Equal(here) || here.Equal(there)
}

// number is that of some digits, 0 for none.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
