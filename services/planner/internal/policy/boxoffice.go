package policy

import (
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

// KOBIS publishes a day's box office after midnight and corrects it in the morning.
const (
	boxOfficeFinal = 10 * time.Hour // of the next day: what is read later is final
	boxOfficeRetry = time.Hour      // between two requests for a day that is still empty
	boxOfficeDaily = 7              // days back that are part of a day's work
)

// BoxOfficeDay is an answered day.
type BoxOfficeDay struct {
	Date      time.Time // midnight UTC of the day in Korea
	Rows      int
	Short     bool // the newest answer lacks films that another has
	FetchedAt time.Time
}

// BoxOffices lists the days from a date to yesterday that are missing, or were
// answered before their figures were final. Dates are days in zone.
func BoxOffices(from time.Time, answered []BoxOfficeDay, now time.Time, zone *time.Location) []Due {
	known := make(map[string]BoxOfficeDay, len(answered))
	for _, d := range answered {
		known[d.Date.Format(time.DateOnly)] = d
	}
	var due []Due
	today := Date(now, zone)
	for date := today.AddDate(0, 0, -1); !date.Before(from); date = date.AddDate(0, 0, -1) {
		d := Due{
			Name:     messages.Name{Source: messages.KOBIS, Kind: messages.KindDailyBoxOffice, Key: date.Format("20060102")},
			Workload: BoxOfficeBack, Rank: newestFirst(&date),
		}
		recent := !date.Before(today.AddDate(0, 0, -boxOfficeDaily))
		if recent {
			d.Workload = BoxOffice
		}
		have, ok := known[date.Format(time.DateOnly)]
		if ok {
			again, want := have.again(recent, zone)
			if !want {
				continue
			}
			d.At = again
		}
		due = append(due, d)
	}
	return due
}

// Landed reports whether yesterday's box office is there with its final figures: it
// is not among the days that are wanted.
func Landed(wanted []Due, now time.Time, zone *time.Location) bool {
	yesterday := Date(now, zone).AddDate(0, 0, -1).Format("20060102")
	return !slices.ContainsFunc(wanted, func(d Due) bool { return d.Name.Key == yesterday })
}

// again is when an answered day is asked for again, if at all. One whose newest answer
// lacks films is, after a time that grows with its age.
func (d BoxOfficeDay) again(recent bool, zone *time.Location) (time.Time, bool) {
	next := d.Date.AddDate(0, 0, 1)
	final := time.Date(next.Year(), next.Month(), next.Day(), 0, 0, 0, 0, zone).Add(boxOfficeFinal)
	switch {
	case d.Short && recent:
		return d.FetchedAt.Add(max(boxOfficeRetry, d.FetchedAt.Sub(final))), true
	case d.Rows == 0 && recent:
		return d.FetchedAt.Add(boxOfficeRetry), true
	case d.FetchedAt.Before(final):
		return final, true
	}
	return time.Time{}, false
}

// Date is the day of t in zone, as midnight UTC.
func Date(t time.Time, zone *time.Location) time.Time {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
