package kobis

import (
	"math/rand/v2"
	"sync"
)

// Drift changes the catalogue while it is read: before every page of the list
// that is asked for, so many films on average.
type Drift struct {
	// Edits and Adds are films per page, such as 0.2 for one film every five pages.
	Edits, Adds float64
	// Seed chooses which films are edited.
	Seed uint64
	// NewFilm makes the n-th film that appears, from 0; nil means none appear.
	NewFilm func(n int) (Film, *Detail)
}

type drift struct {
	mu          sync.Mutex
	catalogue   *Catalogue
	options     Drift
	rand        *rand.Rand
	edits, adds float64
	added       int
}

func newDrift(c *Catalogue, o Drift) *drift {
	return &drift{catalogue: c, options: o, rand: rand.New(rand.NewPCG(o.Seed, 0xd21f7))}
}

// step is called for every page.
func (d *drift) step() {
	if d.options.Edits == 0 && d.options.Adds == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.edits += d.options.Edits
	d.adds += d.options.Adds
	for ; d.edits >= 1; d.edits-- {
		d.editOne()
	}
	for ; d.adds >= 1; d.adds-- {
		d.addOne()
	}
}

func (d *drift) editOne() {
	if code := d.catalogue.nth(d.rand.Uint64()); code != "" {
		d.catalogue.Edit(code, ToggleStatus)
	}
}

func (d *drift) addOne() {
	if d.options.NewFilm == nil {
		return
	}
	film, detail := d.options.NewFilm(d.added)
	d.added++
	d.catalogue.Add(film, detail)
}

// Drift edits and adds films at once, as if so many pages' drift had come together.
func (s *Server) Drift(edits, adds int) {
	s.drift.mu.Lock()
	defer s.drift.mu.Unlock()
	for range edits {
		s.drift.editOne()
	}
	for range adds {
		s.drift.addOne()
	}
}

// ToggleStatus is an edit that changes a value: a film becomes 개봉, or 기타 where
// it was that already.
func ToggleStatus(f *Film, d *Detail) {
	if f.Status = otherStatus(f.Status); d != nil {
		d.Status = f.Status
	}
}

func otherStatus(status string) string {
	if status == "개봉" {
		return "기타"
	}
	return "개봉"
}

// nth is the code of one listed film; equal numbers on equal lists give the same.
func (c *Catalogue) nth(n uint64) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if len(c.order) == 0 {
		return ""
	}
	return c.order[n%uint64(len(c.order))].film.Code
}

// Pick gives up to count films of the list as it stands, spread over it in a way
// that from decides.
func (c *Catalogue) Pick(from uint64, count int) []Film {
	c.mu.RLock()
	defer c.mu.RUnlock()
	n := uint64(len(c.order))
	picked := make([]Film, 0, count)
	for i := range min(uint64(count), n) {
		picked = append(picked, *c.order[(from%n+i*(n/uint64(count)+1))%n].film)
	}
	return picked
}
