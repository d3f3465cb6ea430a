package match

// shortForm is KOBIS's word for a short film.
const shortForm = "단편"

const (
	// longestShort is what KOBIS calls a short, in minutes, at most; TMDB's limit
	// is 40.
	longestShort    = 60
	shortestFeature = 40
)

// compareForms tells a short from a feature. A short of KOBIS whose candidate's
// length is not known is doubtful: nearly all of TMDB are features.
func compareForms(film *Film, c *Candidate) relation {
	minutes := int32(0)
	if c.RuntimeMinutes != nil {
		minutes = *c.RuntimeMinutes
	}
	switch {
	case film.Form == "" || minutes == 0:
		return unknown
	case film.Form == shortForm && minutes > longestShort, film.Form == "장편" && minutes < shortestFeature:
		return disagrees
	}
	return agrees
}

// compareLengths asks whether the running times are those of one film. Editions
// differ, so only a great difference speaks against it.
func compareLengths(film *Film, c *Candidate) relation {
	if film.RuntimeMinutes == nil || c.RuntimeMinutes == nil || *film.RuntimeMinutes == 0 || *c.RuntimeMinutes == 0 {
		return unknown
	}
	a, b := *film.RuntimeMinutes, *c.RuntimeMinutes
	apart, longer := max(a-b, b-a), max(a, b)
	switch {
	case apart <= 1 || apart*50 <= longer: // two in a hundred
		return agrees
	case apart*4 > longer:
		return disagrees
	}
	return unknown
}
