package kobis

import (
	"slices"
	"sort"
	"sync"
)

// Catalogue holds films, details and box office days, in the order in which KOBIS
// lists them: most recently modified first. It is safe for concurrent use; films
// handed out are never changed afterwards.
type Catalogue struct {
	mu       sync.RWMutex
	byCode   map[string]*entry
	order    []*entry // ascending by seq: the most recently modified is last
	opened   map[string][]*entry
	made     map[string][]*entry
	seq      uint64
	unlisted int
	details  int
	rankings
	people *directory // nil until somebody asks for people
}

type entry struct {
	seq    uint64
	film   *Film // nil: only the detail is known
	detail *Detail
	body   []byte // the recorded detail, instead of detail
}

// NewCatalogue is empty.
func NewCatalogue() *Catalogue {
	return &Catalogue{
		byCode: map[string]*entry{}, opened: map[string][]*entry{}, made: map[string][]*entry{},
		rankings: rankings{daily: map[string]BoxOffice{}, madeUp: map[string]BoxOffice{}, weekly: map[string]BoxOffice{}},
	}
}

// Load lists films in the order given, the most recently modified first, behind
// all that are listed already. A code that is listed keeps its row.
func (c *Catalogue) Load(films []Film) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fresh := make([]*entry, 0, len(films))
	for i := range films {
		e := c.at(films[i].Code)
		if e.film != nil {
			continue
		}
		c.show(e, &films[i])
		fresh = append(fresh, e)
	}
	slices.Reverse(fresh)
	c.order = append(fresh, c.order...)
	for i, e := range c.order {
		e.seq = uint64(i + 1)
	}
	c.seq = uint64(len(c.order))
	c.reindex()
}

// Add lists a new film at the head. A code that is known is edited instead.
func (c *Catalogue) Add(f Film, d *Detail) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.at(f.Code)
	if d != nil {
		c.setDetail(f.Code, e, d, nil)
	}
	if e.film == nil {
		c.show(e, &f)
		c.push(e)
		return
	}
	c.replace(e, &f)
}

// Edit lets change see and alter a film and its detail, which is nil where there
// is none, and moves the film to the head. It reports whether the code is listed.
func (c *Catalogue) Edit(code string, change func(*Film, *Detail)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byCode[code]
	if e == nil || e.film == nil {
		return false
	}
	film, detail := e.film.clone(), e.readDetail()
	film.Code = code
	change(&film, detail)
	if detail != nil {
		c.setDetail(code, e, detail, nil)
	}
	c.replace(e, &film)
	return true
}

// Remove takes a film and its detail out of the catalogue.
func (c *Catalogue) Remove(code string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.byCode[code]
	if e == nil {
		return false
	}
	if e.film != nil {
		c.pull(e)
	} else {
		c.unlisted--
	}
	if e.hasDetail() {
		c.details--
	}
	if c.people != nil {
		c.people.set(code, nil)
	}
	delete(c.byCode, code)
	return true
}

// SetDetail gives a film its detail; the film need not be listed, and doesn't move.
func (c *Catalogue) SetDetail(d Detail) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setDetail(d.Code, c.at(d.Code), &d, nil)
}

// SetDetailBody gives a film its detail as the body that the API sent.
func (c *Catalogue) SetDetailBody(code string, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setDetail(code, c.at(code), nil, body)
}

// Film is the list row of a code.
func (c *Catalogue) Film(code string) (Film, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.byCode[code]
	if e == nil || e.film == nil {
		return Film{}, false
	}
	return *e.film, true
}

// Detail is the detail of a code.
func (c *Catalogue) Detail(code string) (Detail, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.byCode[code]
	if e == nil || !e.hasDetail() {
		return Detail{}, false
	}
	return *e.readDetail(), true
}

// Codes are those of all listed films, most recently modified first.
func (c *Catalogue) Codes() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	codes := make([]string, len(c.order))
	for i, e := range c.order {
		codes[len(codes)-1-i] = e.film.Code
	}
	return codes
}

// Films are all listed films, most recently modified first.
func (c *Catalogue) Films() []Film {
	c.mu.RLock()
	defer c.mu.RUnlock()
	films := make([]Film, len(c.order))
	for i, e := range c.order {
		films[len(films)-1-i] = *e.film
	}
	return films
}

// Counts are the listed films, those of them that have a detail, and the details
// without a listed film.
func (c *Catalogue) Counts() (listed, withDetail, unlistedDetails int) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.order), c.details - c.unlisted, c.unlisted
}

func (c *Catalogue) detailBody(code string) ([]byte, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	e := c.byCode[code]
	switch {
	case e == nil || !e.hasDetail():
		return nil, false
	case e.body != nil:
		return e.body, true
	}
	return appendDetail(nil, e.detail), true
}

// at finds or makes the entry of a code; a new one counts as unlisted.
func (c *Catalogue) at(code string) *entry {
	e := c.byCode[code]
	if e == nil {
		e = &entry{}
		c.byCode[code] = e
		c.unlisted++
	}
	return e
}

// show makes an unlisted entry a listed one, without a place yet.
func (c *Catalogue) show(e *entry, f *Film) {
	e.film = f
	c.unlisted--
}

func (c *Catalogue) setDetail(code string, e *entry, d *Detail, body []byte) {
	if !e.hasDetail() {
		c.details++
	}
	e.detail, e.body = d, body
	if c.people != nil {
		c.people.set(code, e.readDetail())
	}
}

func (c *Catalogue) replace(e *entry, f *Film) {
	c.pull(e)
	e.film = f
	c.push(e)
}

// push puts an entry at the head of all its lists.
func (c *Catalogue) push(e *entry) {
	c.seq++
	e.seq = c.seq
	c.order = append(c.order, e)
	c.opened[e.film.openYear()] = append(c.opened[e.film.openYear()], e)
	c.made[e.film.ProductionYear] = append(c.made[e.film.ProductionYear], e)
}

// pull takes an entry out of all its lists.
func (c *Catalogue) pull(e *entry) {
	c.order = without(c.order, e)
	c.opened[e.film.openYear()] = without(c.opened[e.film.openYear()], e)
	c.made[e.film.ProductionYear] = without(c.made[e.film.ProductionYear], e)
}

func without(list []*entry, e *entry) []*entry {
	i := sort.Search(len(list), func(i int) bool { return list[i].seq >= e.seq })
	return slices.Delete(list, i, i+1)
}

func (c *Catalogue) reindex() {
	clear(c.opened)
	clear(c.made)
	for _, e := range c.order {
		open, made := e.film.openYear(), e.film.ProductionYear
		c.opened[open] = append(c.opened[open], e)
		c.made[made] = append(c.made[made], e)
	}
}

func (e *entry) hasDetail() bool { return e.detail != nil || e.body != nil }

// readDetail is a copy that may be changed, nil where there is no detail.
func (e *entry) readDetail() *Detail {
	if e.body != nil {
		d, err := decodeDetail(e.body)
		if err != nil {
			return nil
		}
		return &d
	}
	if e.detail == nil {
		return nil
	}
	d := e.detail.clone()
	return &d
}

func (f *Film) openYear() string {
	if len(f.OpenDate) < 4 {
		return ""
	}
	return f.OpenDate[:4]
}
