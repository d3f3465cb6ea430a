package kobis

import (
	"slices"
	"strings"
)

// filter selects films of the list. Years are YYYY, both ends belong to the
// range, and an empty end is open; a film without the date is in no range.
type filter struct {
	OpenFrom, OpenTo string
	MadeFrom, MadeTo string
	Title            string
	Director         string
	Nation           string
	Form             string
}

// page gives the films of one page, most recently modified first, and the number
// of films that the filter selects.
func (c *Catalogue) page(f filter, page, size int) (total int, films []*Film) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	list, rest := c.narrow(f)
	if rest == (filter{}) {
		return len(list), newest(list, page, size)
	}
	skip := (page - 1) * size
	for _, e := range slices.Backward(list) {
		if !rest.matches(e.film) {
			continue
		}
		if total++; total > skip && len(films) < size {
			films = append(films, e.film)
		}
	}
	return total, films
}

// narrow takes the shortest list that holds all of the selection, and what is
// left of the filter to apply to it.
func (c *Catalogue) narrow(f filter) ([]*entry, filter) {
	switch {
	case f.OpenFrom != "" && f.OpenFrom == f.OpenTo:
		list := c.opened[f.OpenFrom]
		f.OpenFrom, f.OpenTo = "", ""
		return list, f
	case f.MadeFrom != "" && f.MadeFrom == f.MadeTo:
		list := c.made[f.MadeFrom]
		f.MadeFrom, f.MadeTo = "", ""
		return list, f
	}
	return c.order, f
}

func newest(list []*entry, page, size int) []*Film {
	end := len(list) - (page-1)*size
	if end <= 0 {
		return nil
	}
	start := max(0, end-size)
	films := make([]*Film, 0, end-start)
	for i := end - 1; i >= start; i-- {
		films = append(films, list[i].film)
	}
	return films
}

func (f filter) matches(film *Film) bool {
	return inYears(film.openYear(), f.OpenFrom, f.OpenTo) &&
		inYears(film.ProductionYear, f.MadeFrom, f.MadeTo) &&
		(f.Title == "" || strings.Contains(film.Title, f.Title) || strings.Contains(film.TitleEN, f.Title)) &&
		(f.Director == "" || anyContains(film.Directors, f.Director)) &&
		(f.Nation == "" || film.Nation == f.Nation) &&
		(f.Form == "" || film.Form == f.Form)
}

func inYears(year, from, to string) bool {
	if from == "" && to == "" {
		return true
	}
	return year != "" && (from == "" || year >= from) && (to == "" || year <= to)
}

func anyContains(list []string, part string) bool {
	for _, s := range list {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
