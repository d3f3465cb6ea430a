package match

import (
	"cmp"
	"slices"
	"time"
)

// The facts that evidence names.
const (
	factTitle       = "title"
	factOpening     = "released within ten days of the opening"
	factKorea       = "opened in Korea within ten days of the opening"
	factOpeningYear = "released in the year of the opening"
	factNearOpening = "released within a year of the opening"
	factProduction  = "released within a year of the production year"
	factDirector    = "director"
)

const (
	tenDays = 10 * 24 * time.Hour
	// maxRanked bounds the evidence; a search page has 20 hits.
	maxRanked = 20

	korea          = "한국"
	koreanLanguage = "ko"
	shortForm      = "단편"

	scoreTitle     = 0.5
	scoreYear      = 0.35
	scoreExactDate = 0.45
	scoreDirector  = 0.05
)

// assessed is a candidate with what was found about it.
type assessed struct {
	Ranked
	title, date, director bool
}

// rank assesses each candidate once and puts the best first; equal ones are
// ordered by their id.
func rank(film Film, candidates []Candidate, banned []int32) []assessed {
	titles := normalised(film.Titles)
	unique := unite(candidates)
	ranked := make([]assessed, 0, len(unique))
	for _, c := range unique {
		a := assess(film, titles, c)
		a.Banned, a.Gone = slices.Contains(banned, c.TmdbID), c.Gone
		ranked = append(ranked, a)
	}
	slices.SortFunc(ranked, func(a, b assessed) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.TmdbID, b.TmdbID))
	})
	return ranked[:min(len(ranked), maxRanked)]
}

func assess(film Film, titles map[string]bool, c Candidate) assessed {
	a := assessed{Ranked: Ranked{TmdbID: c.TmdbID, Facts: []string{}}}
	if a.title = shared(titles, c.Titles); a.title {
		a.add(factTitle, scoreTitle)
	}
	if fact, score := dateFact(film, c); fact != "" {
		a.date = true
		a.add(fact, score)
	}
	if a.director = shared(normalised(film.Directors), c.Directors); a.director {
		a.add(factDirector, scoreDirector)
	}
	return a
}

func (a *assessed) add(fact string, score float32) {
	a.Facts = append(a.Facts, fact)
	a.Score += score
}

// dateFact is the strongest agreement in time that counts for this film.
func dateFact(film Film, c Candidate) (string, float32) {
	if film.OpenDate != nil {
		if c.ReleaseDate != nil && apart(*film.OpenDate, *c.ReleaseDate) <= tenDays {
			return factOpening, scoreExactDate
		}
		for _, day := range c.KoreanReleases {
			if apart(*film.OpenDate, day) <= tenDays {
				return factKorea, scoreExactDate
			}
		}
	}
	if c.ReleaseDate == nil || film.Form == shortForm || !languageFits(film, c) {
		// Shorts share famous titles within a year, and so do a Korean film and the
		// Korean title of a foreign one: only the day tells them apart.
		return "", 0
	}
	return yearFact(film, c)
}

func yearFact(film Film, c Candidate) (string, float32) {
	year := c.ReleaseDate.Year()
	if isKorean(film, c) {
		switch {
		case film.OpenDate != nil && film.OpenDate.Year() == year:
			return factOpeningYear, scoreYear
		case film.OpenDate == nil && film.ProductionYear != nil && within(year, int(*film.ProductionYear), 0, 1):
			return factProduction, scoreYear // TMDB's year follows the production year, it never precedes it
		}
		return "", 0
	}
	switch {
	case film.ProductionYear != nil && within(year, int(*film.ProductionYear), -1, 1):
		return factProduction, scoreYear
	case film.OpenDate != nil && within(year, film.OpenDate.Year(), -1, 1):
		return factNearOpening, scoreYear
	}
	return "", 0
}

// isKorean decides which dates count. A film without nations is taken for what
// its candidate is.
func isKorean(film Film, c Candidate) bool {
	if len(film.Nations) == 0 {
		return c.OriginalLanguage == koreanLanguage
	}
	return slices.Contains(film.Nations, korea)
}

// languageFits is doubted only where a film has one side alone: a Korean
// production in another language, or a foreign one in Korean. Co-productions go
// either way.
func languageFits(film Film, c Candidate) bool {
	if len(film.Nations) == 0 || c.OriginalLanguage == "" {
		return true
	}
	inKorean := c.OriginalLanguage == koreanLanguage
	if slices.Contains(film.Nations, korea) {
		return inKorean || len(film.Nations) > 1
	}
	return !inKorean
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

func within(value, of, below, above int) bool { return value >= of+below && value <= of+above }

func normalised(texts []string) map[string]bool {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		if n := Normalise(text); n != "" {
			set[n] = true
		}
	}
	return set
}

func shared(set map[string]bool, texts []string) bool {
	return slices.ContainsFunc(texts, func(text string) bool { return set[Normalise(text)] })
}

// unite makes one candidate of all that bear the same id: several searches find
// the same record, and its detail knows more.
func unite(candidates []Candidate) []Candidate {
	byID := make(map[int32]*Candidate, len(candidates))
	order := make([]int32, 0, len(candidates))
	for _, c := range candidates {
		known, seen := byID[c.TmdbID]
		if !seen {
			byID[c.TmdbID] = &c
			order = append(order, c.TmdbID)
			continue
		}
		*known = c.with(*known)
	}
	united := make([]Candidate, 0, len(order))
	for _, id := range order {
		united = append(united, *byID[id])
	}
	return united
}

// with takes single values from the detail, else from the earlier release; it
// does not matter which of the two is the receiver.
func (c Candidate) with(other Candidate) Candidate {
	first, second := c, other
	if other.HasDetail && !c.HasDetail || other.HasDetail == c.HasDetail && earlier(other.ReleaseDate, c.ReleaseDate) {
		first, second = other, c
	}
	first.Titles = slices.Concat(first.Titles, second.Titles)
	first.Directors = slices.Concat(first.Directors, second.Directors)
	first.KoreanReleases = slices.Concat(first.KoreanReleases, second.KoreanReleases)
	if first.ReleaseDate == nil {
		first.ReleaseDate = second.ReleaseDate
	}
	first.Gone = first.Gone || second.Gone
	first.OriginalLanguage = cmp.Or(first.OriginalLanguage, second.OriginalLanguage)
	return first
}

func earlier(a, b *time.Time) bool {
	return a != nil && (b == nil || a.Before(*b))
}
