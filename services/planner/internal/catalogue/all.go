package catalogue

import (
	"fmt"
	"slices"
	"time"

	"github.com/cledit/pipeline/pkg/instant"
)

const (
	// headKept is how many codes of the head are remembered.
	headKept = 300
	// headProof is how many films in their old order prove that a check of the
	// head has reached what it knows.
	headProof = 5
	// headAbsent is how many films of the old head may be gone from the list.
	headAbsent = 2
	// headPages ends a check of the head that proves nothing: then the list is
	// not ordered as assumed, and the windows have to find what is missing.
	headPages = 30
	// rereadAfter is the least time between two readings of the whole list.
	rereadAfter = 7 * 24 * time.Hour
	// holeAfter is when a head that lacks a page is looked at again, if not before.
	holeAfter = 4 * time.Hour
	// doubtAfter is when a list is looked at again that claims to have collapsed.
	doubtAfter = time.Hour
)

// Facts is what the step of a window needs to know besides its pages.
type Facts struct {
	Now    time.Time
	Again  time.Time           // when a complete window is looked at again
	Newest *time.Time          // when its newest page was fetched; nil: none was
	Known  func() (int, error) // films of the window that are known
	// Verified is when the last of the years' windows was judged complete, nil
	// while one never was.
	Verified *time.Time
	// Dead are the pages whose last try died. They are passed over where they are
	// not read: anyone who runs the steps asks for them again when their hold ends.
	Dead map[int]bool
	// Most is how many pages are wanted at a time; 0: a few.
	Most int
}

// Step is the outcome of looking at a window.
type Step struct {
	Window Window
	Want   []int    // the next pages to ask for, in this order
	Left   int      // about how many pages are wanted in all
	Edited []string // codes that turned out to be modified at the source
	Doubt  bool     // films are missing: every year is to be checked
}

// StepAll looks at the whole list.
func StepAll(w Window, pages []Page, f Facts) (Step, error) {
	if w.Phase == Complete && !f.Now.Before(w.DueAt) {
		phase := Head
		if w.ReadAt == nil { // not a page of it could be read
			phase = Reading
		}
		w, pages = w.reopen(phase, f.Newest), nil
	}
	if w.Phase == Complete && w.ReadAt == nil && f.Newest != nil && (w.Since == nil || f.Newest.After(*w.Since)) {
		w.Phase = Reading // a page of it can be read after all
		return Step{Window: w}, nil
	}
	if w.Phase == Complete && w.Known < w.Total && f.Verified != nil && f.Verified.After(*w.CompletedAt) {
		return recount(w, f)
	}
	if w.Phase == Reading {
		p := look(pages, w.Since, f)
		if first, ok := p.first(); ok && len(w.Head) == 0 {
			w.Head = first.Codes
		}
		if missing, left := p.missing(); len(missing) > 0 {
			return Step{Window: w, Want: missing, Left: left}, nil
		}
		if p.last > 0 {
			read := p.newest.FetchedAt
			w.ReadAt = &read
			w = w.reopen(Head, &read)
		}
		w.Phase, pages = Head, nil
	}
	if w.Phase == Head {
		return stepHead(w, look(pages, w.Since, f), f)
	}
	return Step{Window: w}, nil
}

// first is the first page that is read.
func (p progress) first() (first Page, ok bool) {
	for n, page := range p.pages {
		if !ok || n < first.Number {
			first, ok = page, true
		}
	}
	return first, ok
}

func stepHead(w Window, p progress, f Facts) (Step, error) {
	var seen []string
	holes, run := 0, 0 // pages that died, and those in a row
	n := 1
	for ; n <= headPages && run < barrenRun; n++ {
		page, ok := p.pages[n]
		switch {
		case ok:
			run = 0
		case p.dead[n]:
			holes++
			run++
		default:
			return Step{Window: w, Want: []int{n}, Left: 1}, nil
		}
		seen = appendNew(seen, page.Codes)
		if modified, ok := boundary(seen, w.Head, headAbsent+holes*PageSize); ok {
			return judge(w, p, n, seen, modified, f)
		}
		if p.last > 0 && n >= p.last {
			return judge(w, p, n, seen, unknown(seen, w.Head), f)
		}
	}
	return judge(w, p, n, seen, nil, f)
}

// judge ends a check of the head, at a page: it compares what is known with the total.
func judge(w Window, p progress, at int, seen, modified []string, f Facts) (Step, error) {
	known, err := f.Known()
	if err != nil {
		return Step{}, err
	}
	if w.CompletedAt == nil {
		modified = nil // while the list was read: their details were not asked for yet
	}
	total, again, holes := p.newest.Total, f.Again, p.holes()
	if p.last == 0 {
		total = w.Total // as claimed last
	}
	if len(holes) > 0 && holes[0] <= at {
		again = instant.Earlier(again, f.Now.Add(holeAfter))
	}
	if total == 0 || collapsed(total, known) {
		again = instant.Earlier(again, f.Now.Add(doubtAfter))
	}
	w.Head = kept(seen, w.Head)
	w = w.complete(f.Now, again, total, known,
		fmt.Sprintf("%d films known, the list claims %d; %d pages of its head read%s", known, total, len(p.pages), without(holes)))
	step := Step{Window: w, Edited: modified}
	if known >= total {
		return step, nil
	}
	if f.Verified == nil || w.ReadAt == nil || f.Verified.Before(*w.ReadAt) {
		step.Doubt = true
		return step, nil
	}
	if f.Now.Sub(*w.ReadAt) >= rereadAfter {
		// Every year adds up and films are still missing: they have no year.
		newest := p.newest.FetchedAt
		step.Window = w.reopen(Reading, &newest)
		step.Window.Head, step.Want, step.Left = nil, []int{1}, 1
	}
	return step, nil
}

// recount looks at a list that lacked films again, once every year was checked.
func recount(w Window, f Facts) (Step, error) {
	known, err := f.Known()
	if err != nil {
		return Step{}, err
	}
	holes := progress{dead: f.Dead, last: (w.Total + PageSize - 1) / PageSize}.holes()
	w.Evidence = fmt.Sprintf("%d films known, the list claims %d; every year checked since it was read%s", known, w.Total, without(holes))
	w.Known, w.CompletedAt = known, &f.Now
	return Step{Window: w}, nil
}

// boundary finds where the films begin that are in the order in which the old
// head had them. Those before were modified since, and the first of them may have
// been: had it stood first already, the order would not show it. It is false as
// long as too few are in order to prove anything, or too many of the old head are
// not there: films that were modified together keep their order too.
func boundary(seen, old []string, mayLack int) (modified []string, ok bool) {
	place := make(map[string]int, len(old))
	for i, code := range old {
		place[code] = i
	}
	next, deepest, proof, start := len(old), -1, 0, len(seen)
	for i, code := range slices.Backward(seen) {
		at, known := place[code]
		if !known && proof > 0 || known && at >= next {
			break
		}
		if known {
			next = at
			deepest = max(deepest, at)
			proof++
		}
		start = i
	}
	if proof == 0 || proof < min(headProof, len(old)) || absent(old[:deepest+1], seen) > mayLack {
		return nil, false
	}
	return seen[:start+1], true
}

func absent(codes, from []string) (n int) {
	for _, code := range codes {
		if !slices.Contains(from, code) {
			n++
		}
	}
	return n
}

// unknown are the codes that the old head does not have: all that can be said
// when the whole list was too short to prove an order.
func unknown(seen, old []string) []string {
	var list []string
	for _, code := range seen {
		if !slices.Contains(old, code) {
			list = append(list, code)
		}
	}
	return list
}

func appendNew(list, codes []string) []string {
	for _, code := range codes {
		if !slices.Contains(list, code) {
			list = append(list, code)
		}
	}
	return list
}

// kept is the head to remember: what was seen, then what is known to follow.
func kept(seen, old []string) []string {
	list := appendNew(slices.Clone(seen), old)
	return list[:min(len(list), headKept)]
}
