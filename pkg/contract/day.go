package contract

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// compact is a day as KOBIS writes it.
const compact = "20060102"

// longestDay bounds the text of a day that is looked at, in bytes.
const longestDay = 64

// dayForm is a day in digits and wordForm one with the name of its month, with what may
// follow it; timeForm is a time of the day with its zone.
var (
	dayForm = regexp.MustCompile(`^(?:(\d{4})(\d\d)(\d\d)|(\d{4}) ?[-./] ?(\d\d?) ?[-./] ?(\d\d?)\.?|(\d{4})년 ?(\d\d?)월 ?(\d\d?)일)` +
		`(?:$|[Tt ,]+|(?P<direct>\d{6}))(.*)$`)
	wordForm = regexp.MustCompile(`^(?:([A-Za-z]+)\.? (\d\d?),? (\d{4})|(\d\d?)[ -]([A-Za-z]+)\.?[ -](\d{4}))(?:$|[Tt ,]+)(.*)$`)
	timeForm = regexp.MustCompile(`^(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)? ?([A-Za-z]*)(?:([+-])(\d\d?)(?::?(\d\d))?)?(?: (?:UTC|GMT|KST)| ?\((?:UTC|GMT|KST)\)|\[[\w/+-]+\])?$`)
	// yearLast is a day whose time stands before its year.
	yearLast = regexp.MustCompile(`^([A-Za-z]+) (\d\d?) (\d\d:\d\d:\d\d(?: [^ ]+)?) (\d{4})$`)
)

var months = []string{
	"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
	"december",
}

// Days of the week stand before, behind or within a day, in words or, in brackets, as
// one syllable.
var (
	weekdayForm = regexp.MustCompile(`(?i)[ ,(]*(?:\b(sun(?:day)?|mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?)\b\.?|([일월화수목금토])요일|\(([일월화수목금토])\))[ ,)]*`)
	weekdays    = []string{"sun일", "mon월", "tue화", "wed수", "thu목", "fri금", "sat토"} // from time.Sunday on
)

// offsets are of the zones whose names stand for one offset, in hours.
var offsets = map[string]int{"Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "KST": 9}

// No place's clock is further from UTC.
const (
	mostBehind = -12 * time.Hour
	mostAhead  = 14 * time.Hour
)

// Day reads a text that names a day without doubt, in any of the forms that do: its
// digits together or apart, with the name of the month, with its day of the week, with a
// time and a zone. A time with a zone names the day that it is the beginning of, in that
// zone or in UTC, in which TMDB writes its days; else the day that it has in both. It
// returns the day at midnight UTC, and false where there is doubt or no day of that name.
func Day(text string) (time.Time, bool) {
	text = trimmed(text)
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
	text, weekday, ok := withoutWeekday(text)
	if !ok {
		return time.Time{}, false
	}
	written, at, ok := split(text)
	if !ok || weekday >= 0 && written.Weekday() != weekday {
		return time.Time{}, false
	}
	return dayAt(written, at)
}

// split parts a day from what is written behind it.
func split(text string) (day time.Time, at string, ok bool) {
	if m := dayForm.FindStringSubmatch(text); m != nil {
		day, ok = dayOf(m[1]+m[4]+m[7], m[2]+m[5]+m[8], m[3]+m[6]+m[9])
		return day, m[10] + m[11], ok
	}
	m := wordForm.FindStringSubmatch(yearLast.ReplaceAllString(text, "$1 $2 $4 $3"))
	if m == nil {
		return time.Time{}, "", false
	}
	name := strings.ToLower(m[1] + m[5])
	month := slices.IndexFunc(months, func(month string) bool {
		return name == month || name == month[:3] || name == month[:min(4, len(month))] && name == "sept"
	})
	day, ok = dayOf(m[3]+m[6], strconv.Itoa(month+1), m[2]+m[4])
	return day, m[7], ok && month >= 0
}

// withoutWeekday takes away the one day of the week that a text names, which is -1
// where it names none.
func withoutWeekday(text string) (rest string, weekday time.Weekday, ok bool) {
	found := weekdayForm.FindAllStringSubmatchIndex(text, 2)
	switch len(found) {
	case 0:
		return text, -1, true
	case 2:
		return "", -1, false
	}
	m := weekdayForm.FindStringSubmatch(text)
	name := strings.ToLower(m[1])
	name = name[:min(3, len(name))] + m[2] + m[3]
	weekday = time.Weekday(slices.IndexFunc(weekdays, func(names string) bool { return strings.Contains(names, name) }))
	at := found[0]
	return trimmed(text[:at[0]] + " " + text[at[1]:]), weekday, true
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
	if hour > 23 || minute > 59 || second > 60 || number(m[8]) > 59 {
		return time.Time{}, false
	}
	local := day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(min(second, 59))*time.Second)
	if second > 59 || strings.Trim(m[4], "0") != "" {
		local = local.Add(time.Millisecond) // some part of a second; the 61st of a minute is not a midnight
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
		if offset < mostBehind || offset > mostAhead {
			return time.Time{}, false
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
