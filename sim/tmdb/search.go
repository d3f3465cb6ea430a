package tmdb

import (
	"cmp"
	"slices"
	"strings"
)

// searchMovies gives what a query finds: equal titles first, then the more
// popular.
func (c *Catalogue) searchMovies(query, year string, adult bool) []*Movie {
	equal, similar := c.find(c.movieTitles, query)
	c.mu.RLock()
	defer c.mu.RUnlock()
	return collect(c.movies, equal, similar,
		func(m *Movie) bool { return (adult || !m.Adult) && strings.HasPrefix(m.Released, year) },
		func(m *Movie) float64 { return m.Popularity })
}

func (c *Catalogue) searchSeries(query, year string, adult bool) []*Series {
	equal, similar := c.find(c.seriesTitles, query)
	c.mu.RLock()
	defer c.mu.RUnlock()
	return collect(c.series, equal, similar,
		func(s *Series) bool {
			return (adult || !s.Adult) && (s.FirstAired == "" || strings.HasPrefix(s.FirstAired, year))
		},
		func(s *Series) float64 { return s.Popularity })
}

// find asks an index, which it puts in order first where it has to.
func (c *Catalogue) find(x *index, query string) (equal, similar []int) {
	c.mu.RLock()
	if x.clean {
		defer c.mu.RUnlock()
		equal, similar = x.find(query)
		return slices.Clone(equal), similar
	}
	c.mu.RUnlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	x.tidy()
	equal, similar = x.find(query)
	return slices.Clone(equal), similar
}

func collect[T any](all map[int]*T, equal, similar []int, keep func(*T) bool, popularity func(*T) float64) []*T {
	slices.Sort(equal)
	similar = slices.DeleteFunc(similar, func(id int) bool {
		_, found := slices.BinarySearch(equal, id)
		return found
	})
	var found []*T
	for _, ids := range [][]int{equal, similar} {
		start := len(found)
		for _, id := range ids {
			if r := all[id]; r != nil && keep(r) {
				found = append(found, r)
			}
		}
		slices.SortStableFunc(found[start:], func(a, b *T) int { return cmp.Compare(popularity(b), popularity(a)) })
	}
	return found
}
