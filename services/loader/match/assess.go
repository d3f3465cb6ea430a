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
// the same record, and its detail knows more. A single value is the detail's, else
// the earliest release and the first language, whatever the order they come in.
func unite(candidates []Candidate) []Candidate {
	sorted := slices.SortedFunc(slices.Values(candidates), func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.TmdbID, b.TmdbID), last(!a.HasDetail, !b.HasDetail),
			last(a.ReleaseDate == nil, b.ReleaseDate == nil), compareDates(a.ReleaseDate, b.ReleaseDate),
			last(a.OriginalLanguage == "", b.OriginalLanguage == ""), cmp.Compare(a.OriginalLanguage, b.OriginalLanguage))
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
	c.Titles = slices.Concat(c.Titles, other.Titles)
	c.Directors = slices.Concat(c.Directors, other.Directors)
	c.KoreanReleases = slices.Concat(c.KoreanReleases, other.KoreanReleases)
	if c.ReleaseDate == nil {
		c.ReleaseDate = other.ReleaseDate
	}
	c.OriginalLanguage = cmp.Or(c.OriginalLanguage, other.OriginalLanguage)
	c.HasDetail, c.Gone = c.HasDetail || other.HasDetail, c.Gone || other.Gone
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
