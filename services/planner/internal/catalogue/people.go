package catalogue

import "time"

const (
	// peopleAtOnce is how many pages of the list of people are wanted at a time: each that
	// waits for the one before would stand behind a queue of other calls.
	peopleAtOnce = 200
	// peopleAfter is when the list of people is read whole again: a filmography that is
	// edited need not bring its person to the front.
	peopleAfter = 30 * 24 * time.Hour
	// peopleLacking is the part of the people, as its divisor, that may be missing before the
	// list is read again as soon as that of films would be.
	peopleLacking = 100
)

// StepPeople looks at the list of people. It is like the one of all films, but for years to
// verify it by: what it lacks is found when it is read whole again.
func StepPeople(w Window, pages []Page, f Facts) (Step, error) {
	f.Most, f.Verified = peopleAtOnce, nil
	if w.Phase == Complete && !f.Now.Before(w.DueAt) && w.ReadAt != nil && f.Now.Sub(*w.ReadAt) >= w.peopleStand() {
		w, pages = w.reopen(Reading, f.Newest), nil
		w.Head = nil
	}
	step, err := StepAll(w, pages, f)
	step.Edited, step.Doubt = nil, false
	return step, err
}

// peopleStand is for how long a reading of the list of people stands.
func (w Window) peopleStand() time.Duration {
	if w.Known < w.Total-w.Total/peopleLacking {
		return rereadAfter
	}
	return peopleAfter
}
