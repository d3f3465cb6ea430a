package catalogue

import (
	"fmt"
	"time"
)

// retryAfter is when a year that could not be read consistently is tried again.
const retryAfter = 24 * time.Hour

// StepYear looks at the window of a year. unlisted names the films that are known
// to stand in it and are not among the codes given; it is asked only after the
// window was read whole.
func StepYear(w Window, pages []Page, f Facts, unlisted func(map[string]bool) ([]string, error)) (Step, error) {
	if w.Phase == Complete {
		if f.Now.Before(w.DueAt) {
			return Step{Window: w}, nil
		}
		w, pages = w.reopen(Checking, f.Newest), nil
	}
	p := look(pages, w.Since)
	if p.last == 0 {
		return Step{Window: w, Want: []int{1}}, nil
	}
	known, err := f.Known()
	if err != nil {
		return Step{}, err
	}
	total := p.newest.Total
	if known == total {
		return Step{Window: w.complete(f.Now, f.Again, total, known, fmt.Sprintf("all %d films known", total))}, nil
	}
	if w.Phase == Checking && w.CompletedAt != nil && total == w.Total && known == w.Known {
		return Step{Window: w.complete(f.Now, f.Again, total, known, w.Evidence)}, nil
	}
	w.Phase = Reading
	if missing := p.missing(); len(missing) > 0 {
		return Step{Window: w, Want: missing}, nil
	}
	return settle(w, p, known, f, unlisted)
}

// settle judges a year whose pages are all read and whose total is not the number
// of films known.
func settle(w Window, p progress, known int, f Facts, unlisted func(map[string]bool) ([]string, error)) (Step, error) {
	codes, total := p.codes(), p.newest.Total
	read := p.newest.FetchedAt
	w.ReadAt = &read
	if len(codes) < total {
		// It moved while it was read; not complete, and not worth calls at once.
		done := w.CompletedAt
		w = w.complete(f.Now, f.Now.Add(retryAfter), total, known, fmt.Sprintf("its pages held %d films and claimed %d", len(codes), total))
		w.CompletedAt = done
		return Step{Window: w}, nil
	}
	gone, err := unlisted(codes)
	if err != nil {
		return Step{}, err
	}
	evidence := fmt.Sprintf("all pages read, %d films; %d others known that it does not list", len(codes), len(gone))
	return Step{Window: w.complete(f.Now, f.Again, total, known, evidence), Edited: gone}, nil
}
