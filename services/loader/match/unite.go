package match

import (
	"cmp"
	"slices"
	"time"
)

// unite makes one candidate of all that bear the same id: several searches find
// the same record, and its detail knows more. A single value is the detail's, else
// the earliest release and the first language, whatever the order they come in.
func unite(candidates []Candidate) []Candidate {
	sorted := slices.Clone(candidates)
	for i := range sorted {
		sorted[i].spoken()
	}
	slices.SortFunc(sorted, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.TmdbID, b.TmdbID), last(!a.HasDetail, !b.HasDetail),
			last(a.ReleaseDate == nil, b.ReleaseDate == nil), compareDates(a.ReleaseDate, b.ReleaseDate),
			last(a.OriginalLanguage == "", b.OriginalLanguage == ""), cmp.Compare(a.OriginalLanguage, b.OriginalLanguage),
			last(a.RuntimeMinutes == nil, b.RuntimeMinutes == nil), compareNumbers(a.RuntimeMinutes, b.RuntimeMinutes))
	})
	united := sorted[:0]
	for _, c := range sorted {
		if n := len(united); n > 0 && united[n-1].TmdbID == c.TmdbID {
			united[n-1].add(c)
			continue
		}
		united = append(united, c)
	}
	return united
}

// add fills in what is not known yet.
func (c *Candidate) add(other Candidate) {
	if len(c.Titles) < mostTitles { // each time copies what is there
		c.Titles = join(c.Titles, other.Titles)
	}
	if len(c.Directors) < mostPeople {
		c.Directors = join(c.Directors, other.Directors)
	}
	if len(c.Countries) < mostTitles {
		c.Countries = join(c.Countries, other.Countries)
	}
	if len(c.Genres) < mostTitles {
		c.Genres = join(c.Genres, other.Genres)
	}
	if len(c.KoreanReleases) < mostTitles {
		c.KoreanReleases = slices.Concat(c.KoreanReleases, other.KoreanReleases)
	}
	if c.ReleaseDate == nil {
		c.ReleaseDate = other.ReleaseDate
	}
	if c.RuntimeMinutes == nil {
		c.RuntimeMinutes = other.RuntimeMinutes
	}
	c.OriginalLanguage = cmp.Or(c.OriginalLanguage, other.OriginalLanguage)
	c.HasDetail, c.Gone = c.HasDetail || other.HasDetail, c.Gone || other.Gone
}

// join adds what is new to a list, without changing the list it is given.
func join[T comparable](list, more []T) []T {
	list = slices.Clip(list)
	if len(list)+len(more) > few {
		known := make(map[T]bool, len(list))
		for _, s := range list {
			known[s] = true
		}
		for _, s := range more {
			if !known[s] {
				known[s] = true
				list = append(list, s)
			}
		}
		return list
	}
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// last orders what is true behind what is not.
func last(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func compareDates(a, b *time.Time) int {
	if a == nil || b == nil {
		return 0
	}
	return a.Compare(*b)
}

func compareNumbers(a, b *int32) int {
	if a == nil || b == nil {
		return 0
	}
	return cmp.Compare(*a, *b)
}
