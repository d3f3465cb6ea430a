package policy

import (
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/messages"
)

const (
	// changesReach is how many days back TMDB answers change lists.
	changesReach = 14
	// changesFirst is how long after the end of a day its lists are asked for first, so
	// that most of what changed is read again at once.
	changesFirst = 10 * time.Minute
	// changesSettle is how long after the end of a day its lists are asked for once
	// more, and what they name is read once more: lists and details may be up to eight
	// hours old in TMDB's caches.
	changesSettle = 9 * time.Hour
)

// ChangesFinal is when a day's lists, and the details that they name, are no older in
// TMDB's caches than the day's end.
func ChangesFinal(day time.Time) time.Time { return day.AddDate(0, 0, 1).Add(changesSettle) }

// ChangeKinds are the kinds of change lists.
var ChangeKinds = []messages.Kind{messages.KindMovieChanges, messages.KindSeriesChanges}

// ChangeDay is the reading of the change lists of one day, in UTC.
type ChangeDay struct {
	Day time.Time // midnight UTC
	Due []Due     // pages to ask for; none when the day is complete
}

// Changes lists the days from the first that is not complete to the last that is
// over, with the pages that are wanted of each. read tells the number of pages
// that the answered ones claimed, by name. With lost, days before the first
// listed are out of reach: what was fetched before it may have changed unseen. again
// has the answered pages that are asked for again, and when, by name: first pages that
// had no changes, and those of a day that was not final.
func Changes(next time.Time, read map[string]int, again map[string]time.Time, now time.Time) (days []ChangeDay, lost bool) {
	today := Date(now, time.UTC)
	reach := today.AddDate(0, 0, -(changesReach - 1))
	if next.Before(reach) {
		next, lost = reach, true
	}
	for day := next; !day.AddDate(0, 0, 1).Add(changesFirst).After(now); day = day.AddDate(0, 0, 1) {
		days = append(days, ChangeDay{Day: day, Due: changePages(day, read, again)})
	}
	return days, lost
}

func changePages(day time.Time, read map[string]int, again map[string]time.Time) (due []Due) {
	for _, kind := range ChangeKinds {
		pages := max(1, read[ChangesName(kind, day, 1).String()])
		for n := 1; n <= min(pages, maxDiscoverPages); n++ {
			pages = max(pages, read[ChangesName(kind, day, n).String()])
			name := ChangesName(kind, day, n)
			_, isRead := read[name.String()]
			if _, isAgain := again[name.String()]; !isRead || isAgain {
				due = append(due, Due{Name: name, Workload: TMDBChanges, Rank: day.Unix()*(maxDiscoverPages+1) + int64(n), At: again[name.String()]})
			}
		}
	}
	return due
}

// changesWaits are the times after a first page without changes at which it is asked
// for again: TMDB's days are never without. With the last it is believed.
var changesWaits = []time.Duration{time.Hour, day}

// NoChanges tells when a page that is without changes since a time is asked for again,
// having been asked last at another; false when it is believed.
func NoChanges(since, last time.Time) (again time.Time, doubted bool) {
	for _, wait := range changesWaits {
		if last.Sub(since) < wait {
			return since.Add(wait), true
		}
	}
	return time.Time{}, false
}

// ChangesName is the job for a page of a day's change list.
func ChangesName(kind messages.Kind, day time.Time, page int) messages.Name {
	return messages.Name{Source: messages.TMDB, Kind: kind, Key: fmt.Sprintf("%s.%d", day.Format(time.DateOnly), page)}
}
