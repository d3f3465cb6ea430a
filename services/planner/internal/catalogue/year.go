package catalogue

import (
	"fmt"
	"strings"
	"time"
)

// retryAfter is when a year that could not be read consistently is tried again.
const retryAfter = 24 * time.Hour

// StepYear looks at the window of a year. unlisted names the films that are known
// to be in it and are not among the codes given; it is asked only after the
// window was read whole.
func StepYear(w Window, pages []Page, f Facts, unlisted func(map[string]bool) ([]string, error)) (Step, error) {
	if w.Phase == Complete {
		if f.Now.Before(w.DueAt) {
			return Step{Window: w}, nil
		}
		w, pages = w.reopen(Checking, f.Newest), nil
	}
	p := look(pages, w.Since, f)
	missing, left := p.missing()
	if p.last == 0 && len(missing) > 0 {
		return Step{Window: w, Want: missing, Left: left}, nil
	}
	known, err := f.Known()
	if err != nil {
		return Step{}, err
	}
	if p.last == 0 {
		return Step{Window: w.postpone(f.Now, w.Total, known, "none of its pages could be read"+without(p.holes()))}, nil
	}
	total := p.newest.Total
	if known == total {
		return Step{Window: w.complete(f.Now, f.Again, total, known, fmt.Sprintf("all %d films known", total))}, nil
	}
	doubted := strings.HasSuffix(w.Evidence, notBelieved)
	if w.Phase == Checking && w.CompletedAt != nil && total == w.Total && known == w.Known && !doubted {
		return Step{Window: w.complete(f.Now, f.Again, total, known, w.Evidence)}, nil
	}
	if collapsed(total, known) && (w.Evidence == "" || !collapsed(w.Total, known)) {
		evidence := fmt.Sprintf("%d films known, the list claims %d"+notBelieved, known, total)
		return Step{Window: w.postpone(f.Now, total, known, evidence)}, nil
	}
	w.Phase = Reading
	if len(missing) > 0 {
		return Step{Window: w, Want: missing, Left: left}, nil
	}
	return settle(w, p, known, f, unlisted)
}

// notBelieved ends the evidence of a window that claims too little to be believed at once.
const notBelieved = "; asked again before that is believed"

// postpone ends a check of a year that could not be read as it should be: it is not
// judged, and not worth calls at once.
func (w Window) postpone(now time.Time, total, known int, evidence string) Window {
	judged := w.CompletedAt
	w = w.complete(now, now.Add(retryAfter), total, known, evidence)
	w.CompletedAt = judged
	return w
}

// settle judges a year whose pages are all read and whose total is not the number
// of films known.
func settle(w Window, p progress, known int, f Facts, unlisted func(map[string]bool) ([]string, error)) (Step, error) {
	codes, total := p.codes(), p.newest.Total
	read := p.newest.FetchedAt
	w.ReadAt = &read
	if len(codes) < total {
		// It moved while it was read, or lacks pages.
		evidence := fmt.Sprintf("its pages held %d films and claimed %d%s", len(codes), total, without(p.holes()))
		return Step{Window: w.postpone(f.Now, total, known, evidence)}, nil
	}
	gone, err := unlisted(codes)
	if err != nil {
		return Step{}, err
	}
	evidence := fmt.Sprintf("all pages read, %d films; %d others known that it does not list", len(codes), len(gone))
	return Step{Window: w.complete(f.Now, f.Again, total, known, evidence), Edited: gone}, nil
}
