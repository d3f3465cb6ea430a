package policy

import (
	"fmt"
	"time"

	"github.com/cledit/pipeline/pkg/instant"
	"github.com/cledit/pipeline/pkg/messages"
)

// TMDB answers pages 1 to 500 of a query; total_pages may claim more.
const maxDiscoverPages = 500

const (
	firstDiscoverYear  = 1960
	discoverRecentAge  = day      // of windows that reach into the last year: new series appear there
	discoverOldAge     = 60 * day // of older ones
	discoverRecentSpan = 365 * day
	discoverRepeat     = day // between two readings of a page whose total differs from page 1's
)

// Span is a window of first air dates, both inclusive, at midnight UTC.
type Span struct{ From, To time.Time }

// DiscoverPage is an answered page of a window.
type DiscoverPage struct {
	Span
	Page, TotalPages, TotalResults int
	FetchedAt, ExpiresAt           time.Time
}

// String is the window as it is in a job's key.
func (s Span) String() string {
	return s.From.Format(time.DateOnly) + "_" + s.To.Format(time.DateOnly)
}

// halves splits a window; a single day stays whole.
func (s Span) halves() (a, b Span, ok bool) {
	days := int(s.To.Sub(s.From) / day)
	if days < 1 {
		return s, s, false
	}
	middle := s.From.AddDate(0, 0, days/2)
	return Span{s.From, middle}, Span{middle.AddDate(0, 0, 1), s.To}, true
}

// Spans are the half-years from 1960 to the end of next year.
func Spans(now time.Time) []Span {
	var spans []Span
	date := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	for y := now.UTC().Year() + 1; y >= firstDiscoverYear; y-- {
		spans = append(spans,
			Span{date(y, time.July, 1), date(y, time.December, 31)},
			Span{date(y, time.January, 1), date(y, time.June, 30)})
	}
	return spans
}

// Discovers lists the pages that are wanted, newest window first.
func Discovers(answered []DiscoverPage, now time.Time) []Due {
	pages := make(map[string]map[int]DiscoverPage)
	for _, p := range answered {
		of := pages[p.String()]
		if of == nil {
			of = map[int]DiscoverPage{}
			pages[p.String()] = of
		}
		of[p.Page] = p
	}
	var due []Due
	for _, span := range Spans(now) {
		due = append(due, discover(span, pages, now)...)
	}
	return due
}

func discover(s Span, pages map[string]map[int]DiscoverPage, now time.Time) []Due {
	of := pages[s.String()]
	first, ok := of[1]
	if !ok {
		return []Due{s.page(1, time.Time{})}
	}
	age := s.age(now)
	if collapsed(of) {
		age = discoverRecentAge
	}
	due := []Due{s.page(1, instant.Earlier(first.FetchedAt.Add(age), first.ExpiresAt.Add(-refreshLead)))}
	if a, b, split := s.halves(); split && first.TotalPages > maxDiscoverPages {
		return append(append(due, discover(b, pages, now)...), discover(a, pages, now)...)
	}
	for n := 2; n <= min(first.TotalPages, maxDiscoverPages); n++ {
		p, ok := of[n]
		switch {
		case !ok:
			due = append(due, s.page(n, time.Time{}))
		case p.TotalResults != first.TotalResults && p.FetchedAt.Before(first.FetchedAt):
			due = append(due, s.page(n, p.FetchedAt.Add(discoverRepeat)))
		default:
			due = append(due, s.page(n, p.ExpiresAt.Add(-refreshLead)))
		}
	}
	return due
}

// collapsed tells of a window whose first page has nothing, or claims less than half of
// what another page of it did: that is looked at again soon, whether it is so or not.
func collapsed(of map[int]DiscoverPage) bool {
	most := 1
	for _, p := range of {
		most = max(most, p.TotalResults)
	}
	return 2*of[1].TotalResults < most
}

func (s Span) age(now time.Time) time.Duration {
	if s.To.Add(discoverRecentSpan).After(now) {
		return discoverRecentAge
	}
	return discoverOldAge
}

func (s Span) page(n int, at time.Time) Due {
	return Due{
		Name:     messages.Name{Source: messages.TMDB, Kind: messages.KindSeriesDiscover, Key: fmt.Sprintf("%s.%d", s, n)},
		Workload: SeriesDiscover, Rank: newestFirst(&s.To)*(maxDiscoverPages+1) + int64(n), At: at,
	}
}
