package match

import "math"

// Weights are logarithms to base ten: how much more often something is found on a
// film and its record than on a film and another record of that title. They are
// rounded, towards less certainty, from what the evaluation counts, and added:
// docs/matching.md has the counts.
const (
	weightVaried        = -0.1 // of a title that agrees but for what varies
	weightAlike         = -0.3
	weightPartly        = -0.8
	weightOtherTitle    = -6.0 // no title agrees, not even nearly: the same day and director do not make up for it
	weightBoth          = 1.3  // titles agree in two scripts, at least nearly
	weightUnrelated     = -0.25
	weightRelated       = 0.8
	weightOriginal      = 0.3  // of a title in English alone, where that is the original one
	weightTranslated    = -0.8 // where it is a translation, which films share
	weightLatin         = -0.8
	weightLatinAbroad   = -0.15 // of nations whose originals are in another language than English
	weightEnglish       = -1.4
	weightOpens         = 0.4 // released in the production year, and in the year before the opening
	weightDirector      = 2.8
	weightUnclear       = -0.9
	weightOtherDirector = -2.3
	weightOtherOnTheDay = -1.0 // other directors, but released on the day
	weightAlone         = 0.7  // of a title and year that no other film of KOBIS has, among candidates of the right year
	weightNamesake      = -1.5 // and that another one has
	weightKind          = 0.7
	weightGenres        = 0.5
	weightGenre         = 0.3
	weightDrama         = -0.15
	weightNoGenre       = -1.0
	weightAnimatedThere = -1.3
	weightOtherKind     = -2.5
	weightLength        = 2.0
	weightOtherLength   = -1.0
	weightOtherOrigin   = -3.0
	weightLanguage      = 0.3
	weightOtherLanguage = -1.4
	weightCountry       = 0.3
	weightOtherCountry  = -0.9
	weightOtherForm     = -2.7
	weightShortUnknown  = -1.9
)

// Many films share a short title: the weight of one by its number of letters, the
// last for all that are longer.
var (
	koreanWeights = [...]float64{0, -0.8, -0.4, -0.15, 0.1, 0.25, 0.4, 0.65, 0.8, 0.8, 1.0}
	otherWeights  = [...]float64{0, -1.5, -1.5, -1.5, -1.0, -0.6, -0.6, -0.2, -0.2, -0.15, -0.15, -0.15, 0.1}
)

var whenWeights = map[when]float64{
	sameDay: 2.7, openedHere: 2.7, openingYear: 0.8, shortly: 1.4, firstShown: 0.2, production: 1.77, yearAfter: 0.5, yearBefore: 0.2,
	nearOpening: 0.2, lagging: 1.2, twoBefore: 0.2, near: -0.6, far: -2.7, late: -2.2,
}

const (
	// nobody is the weight of "none of them", where a title agrees.
	nobody = 0.0
	// Accepted is the least score of a match.
	Accepted = 0.95
	// Possible is the least score of a candidate that a person should look at, were
	// it the only one.
	Possible = 0.1
)

// leastWeight is that of a candidate whose score is Possible.
var leastWeight = math.Log10(Possible / (1 - Possible))

func (a *assessed) weigh() float64 {
	w := a.titleWeight()
	if !a.reissued {
		w += whenWeights[a.time]
	}
	w += holds(a.time == production && a.opens, weightOpens)
	w += [...]float64{agrees: weightLanguage, disagrees: weightOtherLanguage}[a.language]
	w += a.directorWeight()
	w += [...]float64{agrees: weightCountry, disagrees: weightOtherCountry}[a.country]
	w += [...]float64{
		ofOneKind: weightKind, manyGenres: weightGenres, oneGenre: weightGenre, dramaAlone: weightDrama,
		noGenre: weightNoGenre, animatedThere: weightAnimatedThere, ofOtherKind: weightOtherKind,
	}[a.genres]
	w += [...]float64{agrees: weightLength, disagrees: weightOtherLength}[a.length]
	if rivals, counted := a.rivalled(); counted {
		w += holds(rivals == 0, weightAlone) + holds(rivals > 0, weightNamesake)
	}
	w += holds(a.origin == disagrees, weightOtherOrigin)
	w += holds(a.unclear, weightUnclear)
	w += holds(a.form == disagrees, weightOtherForm)
	w += holds(a.film.short && a.form == unknown, weightShortUnknown)
	return w
}

func (a *assessed) directorWeight() float64 {
	switch {
	case a.director == agrees:
		return weightDirector
	case a.director == disagrees && a.time.isDay():
		return weightOtherOnTheDay
	case a.director == disagrees:
		return weightOtherDirector
	}
	return 0
}

func (a *assessed) titleWeight() float64 {
	w := [...]float64{related: weightRelated, unrelated: weightUnrelated}[a.contrast]
	w += [...]float64{partly: weightPartly, alike: weightAlike, varied: weightVaried, equal: 0}[max(a.korean, a.other)]
	switch {
	case a.korean >= partly:
		w += at(koreanWeights[:], a.letters)
	case a.other >= partly:
		w += at(otherWeights[:], a.letters) + holds(a.film.anglo, weightOriginal) + holds(a.translated(), weightTranslated)
	default:
		w += weightOtherTitle
	}
	w += holds(min(a.korean, a.other) >= alike, weightBoth)
	switch {
	case a.english:
		w += weightEnglish
	case a.latin && a.film.abroad:
		w += weightLatinAbroad
	case a.latin:
		w += weightLatin
	}
	return w
}

// rivalled reports whether films of KOBIS with that title and of that time were
// counted, and matter: a year does not tell them apart, a day does.
func (a *assessed) rivalled() (rivals int32, counted bool) {
	if a.film.Namesakes == nil || a.korean < varied || !a.time.agrees() || a.time.isDay() {
		return 0, false
	}
	return *a.film.Namesakes, true
}

func at(weights []float64, n int) float64 { return weights[min(n, len(weights)-1)] }

func holds(fact bool, weight float64) float64 {
	if fact {
		return weight
	}
	return 0
}

// score turns weights into the probability of each candidate, among all of them
// and the case that the film is none of them.
func score(ranked []assessed) {
	total := math.Pow(10, nobody)
	for i := range ranked {
		if !ranked[i].Gone {
			total += math.Pow(10, ranked[i].weight)
		}
	}
	for i := range ranked {
		if !ranked[i].Gone {
			ranked[i].Score = float32(math.Pow(10, ranked[i].weight) / total)
		}
	}
}
