package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cledit/pipeline/pkg/contract"
	"github.com/cledit/pipeline/pkg/messages"
)

// Phase is where the reading of a window stands.
type Phase string

// The phases. A year starts in Checking, the whole list in Reading.
const (
	Checking Phase = "checking" // page 1 is wanted, for its total
	Reading  Phase = "reading"  // every page is wanted
	Head     Phase = "head"     // of the whole list: its head is wanted, page by page
	Complete Phase = "complete" // nothing is wanted before DueAt
)

// All is the scope of the whole list, People that of the list of people.
const (
	All    = "all"
	People = "people"
)

const (
	// PageSize is how many films KOBIS answers on a page that is not the last.
	PageSize = 100
	// MostFilms bounds totals that were stored by a program with another bound: a list
	// never has more pages than that.
	MostFilms = contract.MostFilms
	// wantMost is how many pages of a window are wanted at a time, so that a tick
	// costs what is known, whatever total is claimed.
	wantMost = 5
	// barrenRun is how many pages in a row, empty or dead, end a list before its
	// claimed total.
	barrenRun = 5
)

// Window is what is stored about one.
type Window struct {
	Scope       string
	Phase       Phase
	Since       *time.Time // only pages fetched later count; nil: all do
	Head        []string   // of All: the codes that stood first, in order
	DueAt       time.Time  // of a complete window: when to look again
	CompletedAt *time.Time // when it was last judged complete; nil: never
	ReadAt      *time.Time // when it was last read whole; nil: never
	Total       int        // that the source claimed when last judged
	Known       int        // films of the window that were known then
	Evidence    string     // for a person
}

// Page is a loaded page of a window.
type Page struct {
	Number    int
	Total     int
	Codes     []string
	Rows      int // films on it, where Codes were not read
	FetchedAt time.Time
}

func (p Page) rows() int { return max(p.Rows, len(p.Codes)) }

// Made is the scope of the films that were made in a year.
func Made(year int) string { return fmt.Sprintf("made-%d", year) }

// Opened is the scope of the films that opened in a year.
func Opened(year int) string { return fmt.Sprintf("open-%d", year) }

// Year tells which year a scope of Made or Opened is for.
func Year(scope string) (year int, opened, ok bool) {
	kind, text, _ := strings.Cut(scope, "-")
	year, err := strconv.Atoi(text)
	return year, kind == "open", err == nil && (kind == "open" || kind == "made")
}

// Name is the job for a page of a window.
func Name(scope string, page int) messages.Name {
	if scope == People { // it is read whole, too
		return messages.Name{Source: messages.KOBIS, Kind: messages.KindPeopleList, Key: fmt.Sprintf("%s.%d", All, page)}
	}
	return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: fmt.Sprintf("%s.%d", scope, page)}
}

// progress is a reading of a window so far.
type progress struct {
	pages  map[int]Page
	dead   map[int]bool // pages that are passed over where they are not read
	newest Page
	last   int // number of the last page by the newest total, 0 while no page is read
	most   int // pages that are wanted at a time
}

// look takes the pages that count for the reading under way.
func look(pages []Page, since *time.Time, f Facts) progress {
	p := progress{pages: make(map[int]Page, len(pages)), dead: f.Dead, most: cmp.Or(f.Most, wantMost)}
	for _, page := range pages {
		if since != nil && !page.FetchedAt.After(*since) {
			continue
		}
		page.Total = min(page.Total, MostFilms)
		p.pages[page.Number] = page
		if p.newest.Number == 0 || page.FetchedAt.After(p.newest.FetchedAt) {
			p.newest = page
		}
	}
	if p.newest.Number > 0 {
		p.last = max(1, (p.newest.Total+PageSize-1)/PageSize)
	}
	return p
}

// missing lists the first pages that are neither read nor dead, and tells about
// how many there are. The total says where the list ends, but is not believed
// alone: pages that hold fewer films than they should let the reading go on behind
// that end, and a run of pages without any ends it before. As long as no page is
// read, the first that is not dead tells the total.
func (p progress) missing() (want []int, left int) {
	most := p.most
	if p.last == 0 {
		most = 1
	}
	rows, barren := 0, 0
	for n := 1; len(want) < most && barren < barrenRun; n++ {
		page, read := p.pages[n]
		switch {
		case read && page.rows() == 0 || !read && p.dead[n]:
			barren++
		default:
			barren = 0
		}
		switch {
		case read:
			rows += page.rows()
		case p.dead[n]:
			rows += PageSize
		default:
			want = append(want, n)
			rows += PageSize // it is not known to be short
		}
		if p.last > 0 && n >= p.last && (!read || page.rows() == 0 || rows >= p.newest.Total) {
			break
		}
	}
	return want, max(len(want), p.left(len(want)))
}

// left is how many pages up to the last are neither read nor dead.
func (p progress) left(wanted int) int {
	if wanted < p.most {
		return wanted
	}
	left := p.last
	for n := range p.pages {
		if n <= p.last {
			left--
		}
	}
	for n := range p.dead {
		if _, read := p.pages[n]; !read && n <= p.last {
			left--
		}
	}
	return left
}

// holes are the pages up to the last that are passed over, in order.
func (p progress) holes() (list []int) {
	for n := range p.dead {
		if _, read := p.pages[n]; !read && (n <= p.last || p.last == 0) {
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}

// without tells of holes for a person; empty without any.
func without(holes []int) string {
	switch len(holes) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("; without page %d, which died", holes[0])
	}
	return fmt.Sprintf("; without page %d and %d others, which died", holes[0], len(holes)-1)
}

func (p progress) codes() map[string]bool {
	codes := map[string]bool{}
	for _, page := range p.pages {
		for _, code := range page.Codes {
			codes[code] = true
		}
	}
	return codes
}

// collapseFrom is how many films of a window have to be known for a total to be doubted.
const collapseFrom = 20

// collapsed tells of a total that is less than half of what is known: no list loses so
// much.
func collapsed(total, known int) bool { return known >= collapseFrom && 2*total < known }

// reopen starts over: what was fetched so far no longer counts.
func (w Window) reopen(phase Phase, newest *time.Time) Window {
	w.Phase, w.Since = phase, newest
	return w
}

func (w Window) complete(now, again time.Time, total, known int, evidence string) Window {
	w.Phase, w.CompletedAt, w.DueAt = Complete, &now, again
	w.Total, w.Known, w.Evidence = total, known, evidence
	return w
}
