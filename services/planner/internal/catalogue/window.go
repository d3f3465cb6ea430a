package catalogue

import (
	"fmt"
	"strconv"
	"strings"
	"time"

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

// All is the scope of the whole list.
const All = "all"

// pageSize is what KOBIS answers to at most. The rows that came count, not this.
const pageSize = 100

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
	FetchedAt time.Time
}

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
	return messages.Name{Source: messages.KOBIS, Kind: messages.KindMovieList, Key: fmt.Sprintf("%s.%d", scope, page)}
}

// progress is a reading of a window so far.
type progress struct {
	pages  map[int]Page
	newest Page
	last   int // number of the last page, 0 while page 1 is not read
}

// look takes the pages that count for the reading under way.
func look(pages []Page, since *time.Time) progress {
	p := progress{pages: make(map[int]Page, len(pages))}
	for _, page := range pages {
		if since != nil && !page.FetchedAt.After(*since) {
			continue
		}
		p.pages[page.Number] = page
		if p.newest.Number == 0 || page.FetchedAt.After(p.newest.FetchedAt) {
			p.newest = page
		}
	}
	if first, ok := p.pages[1]; ok {
		size := pageSize
		if n := len(first.Codes); n > 0 && n < p.newest.Total {
			size = n
		}
		p.last = max(1, (p.newest.Total+size-1)/size)
	}
	return p
}

// missing lists the pages up to the last that are not read, page 1 first.
func (p progress) missing() []int {
	if p.last == 0 {
		return []int{1}
	}
	var list []int
	for n := 1; n <= p.last; n++ {
		if _, ok := p.pages[n]; !ok {
			list = append(list, n)
		}
	}
	return list
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
