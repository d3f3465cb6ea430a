package match

import (
	"slices"
	"time"
)

const (
	tenDays = 10 * 24 * time.Hour
	// afterOpening is how long after its opening in Korea a film's first release may
	// be dated: sources disagree, but nothing is first shown a season later.
	afterOpening = 60 * 24 * time.Hour
	// beforeOpening is how long before it opens in Korea a foreign film is first
	// shown, as a rule.
	beforeOpening = 365 * 24 * time.Hour
	// yearsApart is from where on dates speak against a candidate.
	yearsApart = 3
	// reissued is from how many years between production and opening on a film of
	// Korea counts as opened again, so that its production year says more.
	reissued = 3
)

// when is what the dates of a film and a candidate say.
type when int

const (
	undated     when = iota
	sameDay          // released within ten days of the opening
	openedHere       // opened in Korea within ten days of the opening
	openingYear      // released in the year of the opening
	shortly          // of elsewhere: released in the year before the opening
	firstShown       // of Korea: released between production and opening, as at a festival
	production       // released in the production year
	lagging          // of Korea, and no opening is known: released in the year after the production year
	yearAfter        // released in the year after the production year
	yearBefore       // released in the year before the production year
	nearOpening      // released within a year of the opening
	twoBefore        // of elsewhere: released two years before the production year
	near             // a few years apart
	far
	late // released long after the opening
)

var whenFacts = map[when]string{
	sameDay:     "released within ten days of the opening",
	openedHere:  "opened in Korea within ten days of the opening",
	openingYear: "released in the year of the opening",
	shortly:     "released in the twelve months before the opening",
	firstShown:  "released between the production and the opening",
	production:  "released in the production year",
	lagging:     "released in the year after the production in Korea",
	yearAfter:   "released in the year after the production year",
	yearBefore:  "released in the year before the production year",
	nearOpening: "released within a year of the opening",
	twoBefore:   "released two years before the production year",
	far:         "released years before or after",
	late:        "released long after the opening",
}

// agrees reports whether the dates count as a fact for the candidate.
func (w when) agrees() bool { return w >= sameDay && w <= nearOpening }

// disagrees reports whether they count against it.
func (w when) disagrees() bool { return w == far || w == late }

// isDay reports whether they agree in a day, not merely in a year.
func (w when) isDay() bool { return w == sameDay || w == openedHere }

// opensOn reports whether the film opened on a day of the candidate's, or the day beside
// it, as days begin earlier in the east.
func opensOn(film *Film, c *Candidate) bool {
	const oneDay = 24 * time.Hour
	if film.OpenDate == nil {
		return false
	}
	if c.ReleaseDate != nil && apart(*film.OpenDate, *c.ReleaseDate) <= oneDay {
		return true
	}
	return slices.ContainsFunc(c.KoreanReleases, func(day time.Time) bool { return apart(*film.OpenDate, day) <= oneDay })
}

// compareTimes finds the strongest relation in time that counts for this film.
func compareTimes(film *Film, c *Candidate) when {
	if film.OpenDate != nil {
		if c.ReleaseDate != nil && apart(*film.OpenDate, *c.ReleaseDate) <= tenDays {
			return sameDay
		}
		for _, day := range c.KoreanReleases {
			if apart(*film.OpenDate, day) <= tenDays {
				return openedHere
			}
		}
	}
	if c.ReleaseDate == nil || film.OpenDate == nil && film.ProductionYear == nil {
		return undated
	}
	if film.OpenDate != nil && c.ReleaseDate.Sub(*film.OpenDate) > afterOpening {
		return late
	}
	if isKorean(film, c) {
		return koreanYears(film, c.ReleaseDate.Year())
	}
	if w := foreignYears(film, c.ReleaseDate.Year()); w == production || !opensAfter(film, c) {
		return w
	}
	return shortly
}

// opensElsewhen reports whether the candidate opened in Korea on other days than the
// film, as far as TMDB knows.
func (f *Film) opensElsewhen(c *Candidate) bool {
	return f.OpenDate != nil && len(c.KoreanReleases) > 0 &&
		!slices.ContainsFunc(c.KoreanReleases, func(day time.Time) bool { return apart(*f.OpenDate, day) <= tenDays })
}

// opensAfter reports whether the film opened in Korea within a year after the
// candidate's first release.
func opensAfter(film *Film, c *Candidate) bool {
	return film.OpenDate != nil && c.ReleaseDate != nil && film.OpenDate.Sub(*c.ReleaseDate) <= beforeOpening
}

// koreanYears goes by the opening; the production year lags up to five years, but
// it never follows the release.
func koreanYears(film *Film, released int) when {
	made, known := yearOf(film.ProductionYear)
	if film.OpenDate == nil {
		switch {
		case released == made:
			return production
		case released == made+1:
			return lagging
		case released >= made-1 && released <= made+yearsApart:
			return near
		}
		return far
	}
	opened := film.OpenDate.Year()
	switch {
	case released == opened:
		return openingYear
	case known && opened-made >= reissued && released == made:
		return production
	case known && opened-made >= reissued && released == made+1:
		return yearAfter
	case known && released >= made && released < opened:
		return firstShown
	case released >= opened-yearsApart && released <= opened+1:
		return near
	}
	return far
}

func foreignYears(film *Film, released int) when {
	made, known := yearOf(film.ProductionYear)
	switch {
	case known && released == made:
		return production
	case known && released == made+1:
		return yearAfter
	case known && released == made-1:
		return yearBefore
	case film.OpenDate != nil && within(released, film.OpenDate.Year(), 1) && (!known || film.OpenDate.Year()-made < yearsApart):
		return nearOpening
	case known && released == made-2:
		return twoBefore
	case known && within(released, made, yearsApart), !known && released <= film.OpenDate.Year()+1:
		return near
	}
	return far
}

func yearOf(year *int32) (int, bool) {
	if year == nil {
		return 0, false
	}
	return int(*year), true
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

func within(value, of, span int) bool { return value >= of-span && value <= of+span }
