package tmdb

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
)

// Catalogue holds movies and series, and remembers when they were changed. It is
// safe for concurrent use; records handed out are never changed afterwards.
type Catalogue struct {
	mu           sync.RWMutex
	clock        func() time.Time
	movies       map[int]*Movie
	series       map[int]*Series
	movieTitles  *index
	seriesTitles *index
	shelf        []*Series // by listed date, then id; nil: to be sorted again
	changes      [3][]change
	people       map[int]Person // nil until somebody asks for one
}

// changed is what a log of changes is about.
type changed int

const (
	movies changed = iota
	shows
	persons
)

// change is one entry of the change log, ascending by time.
type change struct {
	at    time.Time
	id    int
	adult bool
}

// NewCatalogue is empty. The clock, nil for time.Now, dates the changes.
func NewCatalogue(clock func() time.Time) *Catalogue {
	if clock == nil {
		clock = time.Now
	}
	return &Catalogue{
		clock: clock, movies: map[int]*Movie{}, series: map[int]*Series{},
		movieTitles: newIndex(), seriesTitles: newIndex(),
	}
}

// LoadMovies adds movies that were always there: no change is noted.
func (c *Catalogue) LoadMovies(movies []Movie) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range movies {
		c.putMovie(&movies[i])
	}
}

// LoadSeries adds series that were always there: no change is noted.
func (c *Catalogue) LoadSeries(series []Series) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range series {
		c.putSeries(&series[i])
	}
}

// AddMovie adds or replaces a movie and notes the change.
func (c *Catalogue) AddMovie(m Movie) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.putMovie(&m)
	c.note(movies, m.ID, m.Adult)
}

// AddSeries adds or replaces a series and notes the change.
func (c *Catalogue) AddSeries(s Series) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.putSeries(&s)
	c.note(shows, s.ID, s.Adult)
}

// EditMovie lets change alter a movie and notes the change; false: unknown.
func (c *Catalogue) EditMovie(id int, alter func(*Movie)) bool {
	m, found := c.Movie(id)
	if !found {
		return false
	}
	m = m.clone()
	alter(&m)
	m.ID = id
	c.AddMovie(m)
	return true
}

// EditSeries lets change alter a series and notes the change; false: unknown.
func (c *Catalogue) EditSeries(id int, alter func(*Series)) bool {
	s, found := c.Serial(id)
	if !found {
		return false
	}
	s = s.clone()
	alter(&s)
	s.ID = id
	c.AddSeries(s)
	return true
}

// RemoveMovie takes a movie away, as TMDB does with duplicates, and notes the change.
func (c *Catalogue) RemoveMovie(id int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.movies[id]
	if m == nil {
		return false
	}
	c.movieTitles.remove(id, m.titles())
	delete(c.movies, id)
	c.note(movies, id, m.Adult)
	return true
}

// RemoveSeries takes a series away and notes the change.
func (c *Catalogue) RemoveSeries(id int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.series[id]
	if s == nil {
		return false
	}
	c.seriesTitles.remove(id, s.titles())
	delete(c.series, id)
	c.shelf = nil
	c.note(shows, id, s.Adult)
	return true
}

// Movie is the movie with this id.
func (c *Catalogue) Movie(id int) (Movie, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if m := c.movies[id]; m != nil {
		return *m, true
	}
	return Movie{}, false
}

// Serial is the series with this id.
func (c *Catalogue) Serial(id int) (Series, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if s := c.series[id]; s != nil {
		return *s, true
	}
	return Series{}, false
}

// MovieIDs are the ids of all movies, ascending.
func (c *Catalogue) MovieIDs() []int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return sortedKeys(c.movies)
}

// SeriesIDs are the ids of all series, ascending.
func (c *Catalogue) SeriesIDs() []int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return sortedKeys(c.series)
}

// MovieCount is the number of movies.
func (c *Catalogue) MovieCount() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.movies)
}

// SeriesCount is the number of series.
func (c *Catalogue) SeriesCount() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return len(c.series)
}

// OriginCount is the number of series that discover gives for a country.
func (c *Catalogue) OriginCount(country string) int {
	return len(c.discover(discover{Origin: country, Adult: true}))
}

func sortedKeys[V any](m map[int]V) []int {
	ids := make([]int, 0, len(m))
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// note adds to a log of changes.
func (c *Catalogue) note(of changed, id int, adult bool) {
	c.changes[of] = append(c.changes[of], change{c.clock(), id, adult})
}

func (c *Catalogue) putMovie(m *Movie) {
	if old := c.movies[m.ID]; old != nil {
		c.movieTitles.remove(m.ID, old.titles())
	}
	c.movies[m.ID] = m
	c.movieTitles.add(m.ID, m.titles())
	if c.people != nil {
		c.meet(m.block("credits"))
	}
}

func (c *Catalogue) putSeries(s *Series) {
	if old := c.series[s.ID]; old != nil {
		c.seriesTitles.remove(s.ID, old.titles())
	}
	c.series[s.ID] = s
	c.seriesTitles.add(s.ID, s.titles())
	if c.people != nil {
		c.meet(s.block("aggregate_credits"))
	}
	c.shelf = nil
}

// discover selects series. Dates are YYYY-MM-DD and belong to the range; empty
// fields select nothing out.
type discover struct {
	Origin   string
	Language string
	From, To string
	Year     string
	Adult    bool
	Sort     string
}

// discover gives the selected series in order. A series passes a filter on a
// fact that the data doesn't hold about it: TMDB would know.
func (c *Catalogue) discover(d discover) []*Series {
	var found []*Series
	for _, s := range c.shelved() {
		date := s.listed()
		if (d.From == "" || date >= d.From) && (d.To == "" || date <= d.To) &&
			(d.Year == "" || strings.HasPrefix(date, d.Year)) &&
			(d.Origin == "" || len(s.Origin) == 0 || slices.Contains(s.Origin, d.Origin)) &&
			(d.Language == "" || s.Language == "" || s.Language == d.Language) &&
			(d.Adult || !s.Adult) {
			found = append(found, s)
		}
	}
	slices.SortStableFunc(found, orderOf(d.Sort))
	return found
}

// shelved gives all series by date. The slice is never changed once made.
func (c *Catalogue) shelved() []*Series {
	c.mu.RLock()
	shelf := c.shelf
	c.mu.RUnlock()
	if shelf != nil {
		return shelf
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.series {
		shelf = append(shelf, s)
	}
	slices.SortFunc(shelf, func(a, b *Series) int {
		return cmp.Or(cmp.Compare(a.listed(), b.listed()), cmp.Compare(a.ID, b.ID))
	})
	c.shelf = shelf
	return shelf
}

func orderOf(sort string) func(a, b *Series) int {
	key, direction, _ := strings.Cut(sort, ".")
	sign := 1
	if direction != "asc" {
		sign = -1
	}
	compare := func(a, b *Series) int { return cmp.Compare(a.Popularity, b.Popularity) }
	switch key {
	case "first_air_date":
		compare = func(a, b *Series) int { return cmp.Compare(a.listed(), b.listed()) }
	case "name", "original_name":
		compare = func(a, b *Series) int { return cmp.Compare(a.NameKO, b.NameKO) }
	case "vote_average":
		compare = func(a, b *Series) int { return cmp.Compare(a.VoteAverage, b.VoteAverage) }
	case "vote_count":
		compare = func(a, b *Series) int { return cmp.Compare(a.VoteCount, b.VoteCount) }
	}
	return func(a, b *Series) int { return sign * compare(a, b) }
}

// changedBetween gives the distinct ids that were changed from start up to end,
// not including end, the latest first.
func (c *Catalogue) changedBetween(of changed, start, end time.Time) []change {
	c.mu.RLock()
	defer c.mu.RUnlock()
	log := c.changes[of]
	var found []change
	seen := map[int]bool{}
	for _, c := range slices.Backward(log) {
		if c.at.Before(start) || !c.at.Before(end) || seen[c.id] {
			continue
		}
		seen[c.id] = true
		found = append(found, c)
	}
	return found
}
