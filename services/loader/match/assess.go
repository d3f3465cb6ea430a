package match

import (
	"cmp"
	"slices"
	"time"
)

// The facts that evidence names, beside those of whenFacts.
const (
	factTitle           = "Korean title"
	factTitleVaried     = "Korean title, but for its edition, numerals, brackets or order"
	factTitleAlike      = "Korean title nearly"
	factTitlePartly     = "Korean title without its subtitle"
	factOriginal        = "title in another language"
	factOriginalVaried  = "title in another language, but for its edition, numerals, brackets or order"
	factOriginalAlike   = "title in another language nearly"
	factOriginalPartly  = "title in another language without its subtitle"
	factDirector        = "director"
	factLength          = "running time"
	factKind            = "animated, or a documentary, on both sides"
	factGenres          = "several genres in common"
	factGenre           = "a genre in common"
	factDrama           = "no genre in common but drama"
	againstGenres       = "no genre in common"
	againstAnimated     = "animated for TMDB, not for KOBIS"
	againstKind         = "animated or a documentary for KOBIS, not for TMDB"
	againstAbroad       = "another title in Latin letters, of a nation that speaks no English"
	factAlone           = "no other film of KOBIS has that title at that time"
	againstNamesake     = "another film of KOBIS has that title at that time"
	factCountry         = "a nation in common"
	againstCountry      = "no nation in common"
	factLanguage        = "language of a nation that made it"
	againstLanguage     = "language of none of the nations that made it"
	againstTitle        = "another Korean title"
	againstTitlePartly  = "another Korean title, with something in common"
	againstEnglish      = "another English title"
	againstTranslated   = "an English title, of a nation that speaks no English"
	againstOther        = "another title in Latin letters"
	againstPart         = "another part of it, by its number or subtitle"
	againstUnclear      = "directors who are hardly the same"
	againstDirector     = "other directors"
	againstOrigin       = "Korean on one side, foreign on the other"
	againstForm         = "a short on one side, a feature on the other"
	againstShortUnknown = "a short, and the candidate's length is not known"
	againstLength       = "another running time"
)

// maxRanked bounds the evidence; a search page has 20 hits.
const maxRanked = 20

// assessed is a candidate with what was found about it.
type assessed struct {
	Ranked
	film          *subject
	korean, other level // of titles in Hangul, and in other scripts
	contrast      contrast
	english       bool // both have English titles, and they differ
	latin         bool // both have titles in Latin letters, and they differ
	otherPart     bool // titles of one script are of two parts, and none of that script agrees
	untitled      bool // the candidate has no title in Hangul
	unclear       bool // directors were compared, and neither agree nor disagree nor sound alike
	elsewhen      bool // it opened in Korea, and on other days than this film
	older         bool // the film is an edition by its title, and the candidate is older
	reissued      bool // and by the same director
	letters       int  // of the longest title that agrees, in its script
	time          when
	onTheDay      bool // within a day of the opening
	opens         bool // in Korea within a year after the candidate's release
	language      relation
	country       relation
	genres        genres
	director      relation
	origin        relation
	form          relation
	length        relation
	weight        float64
}

// subject is a film made ready for comparison with many candidates.
type subject struct {
	*Film
	titles    []title
	directors []person
	genres    []int32
	countries []string // of a foreign film
	edition   bool     // its title says which edition it is
	short     bool
	abroad    bool // one of its nations is known to speak another language than English
	anglo     bool // one of its nations speaks English, or none is known: its English title is the original one
	native    bool // its Korean title is not in Hangul, as that of 300
}

func newSubject(film *Film) *subject {
	s := &subject{Film: film, titles: readTitles(film.Titles), directors: people(film.Directors), genres: genresOf(film)}
	s.countries, s.short = codesOf(film.Nations), film.Form == shortForm
	s.abroad, s.anglo = speaksOther(film.Nations), speaksEnglish(film.Nations)
	s.native = !slices.ContainsFunc(s.titles, func(t title) bool { return t.hangul })
	for i := range s.titles {
		s.titles[i].apart()
		s.edition = s.edition || s.titles[i].edition
	}
	return s
}

// latest is the end of the year of the opening or the production.
func (s *subject) latest() time.Time {
	if s.OpenDate != nil {
		return *s.OpenDate
	}
	return time.Date(int(*s.ProductionYear), time.December, 31, 0, 0, 0, 0, time.UTC)
}

// longest is the length of the film's longest title in the script in which a
// title agrees; the Korean one stands first.
func (s *subject) longest(a *assessed) (n int) {
	for i := range s.titles {
		if s.titles[i].hangul == (a.korean >= partly) || s.native {
			n = max(n, runes(s.titles[i].base()))
		}
	}
	return n
}

// readTitles reads titles, each once, and no more than mostTitles.
func readTitles(texts []string) []title {
	titles := make([]title, 0, min(len(texts), mostTitles))
	read, known := make(map[string]bool, cap(titles)), make(map[string]bool, cap(titles))
	for _, text := range texts {
		if len(titles) == mostTitles {
			break
		}
		if read[text] {
			continue // a hit without a translation has its original title twice
		}
		read[text] = true
		if t := readTitle(text); t.whole != "" && !known[t.whole] {
			known[t.whole] = true
			titles = append(titles, t)
		}
	}
	return titles
}

// rank assesses each candidate once and puts the best first; equal ones are
// ordered by their id.
func rank(film *Film, candidates []Candidate, banned []int32) []assessed {
	s := newSubject(film)
	unique := unite(candidates)
	ranked := make([]assessed, 0, len(unique))
	for i := range unique {
		c := &unique[i]
		a := s.assess(c)
		a.TmdbID, a.Detail, a.Gone, a.Banned = c.TmdbID, c.HasDetail, c.Gone, slices.Contains(banned, c.TmdbID)
		a.weight = a.weigh()
		a.tell()
		ranked = append(ranked, a)
	}
	slices.SortFunc(ranked, func(a, b assessed) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.TmdbID, b.TmdbID))
	})
	ranked = ranked[:min(len(ranked), maxRanked)]
	score(ranked)
	return ranked
}

func (s *subject) assess(c *Candidate) assessed {
	a := assessed{
		film: s, time: compareTimes(s.Film, c), onTheDay: opensOn(s.Film, c), opens: opensAfter(s.Film, c),
		language: compareLanguages(s.Film, c), origin: compareOrigins(s.Film, c), form: compareForms(s.Film, c),
		length:  compareLengths(s.Film, c),
		country: compareCountries(s.countries, c),
		genres:  compareGenres(s.genres, len(s.Genres) > 0, c.Genres),
	}
	if len(s.directors) > 0 && len(c.Directors) > 0 {
		theirs := people(c.Directors)
		a.director = compare(s.directors, theirs)
		a.unclear = a.director == unknown && anyComparable(s.directors, theirs) && !anyAlike(s.directors, theirs)
	}
	s.compareTitles(c, &a)
	a.letters = s.longest(&a)
	if c.OriginalLanguage == undeterminedLatin && a.other >= partly {
		a.language = unknown // it is that film's title in Latin letters, whatever its language
	}
	a.older = a.time == far && s.edition && c.ReleaseDate.Before(s.latest())
	a.reissued = a.older && a.director == agrees
	a.elsewhen = s.opensElsewhen(c)
	return a
}

// contrast is how far Korean titles differ that do not agree.
type contrast int

const (
	noContrast contrast = iota
	related             // they have something in common
	unrelated
)

// compareTitles finds the closest of all titles, in Hangul and in other scripts
// apart. Titles that are nearly the same are looked for only where something else
// speaks for the candidate.
func (s *subject) compareTitles(c *Candidate, a *assessed) {
	titles := readTitles(c.Titles)
	s.closest(a, titles, (*title).is)
	if a.time.agrees() || a.director == agrees {
		s.closest(a, titles, (*title).near)
		a.contrast = contrastOf(s.titles, titles, a.korean)
	}
	a.otherPart = a.titled() && s.differsInPart(titles, a)
	a.untitled = !slices.ContainsFunc(titles, func(t title) bool { return t.hangul })
	if a.other == different {
		a.compareLatin(s.titles, titles, c.OriginalLanguage)
	}
}

func (s *subject) closest(a *assessed, theirs []title, compare func(t, o *title) level) {
	for i := range s.titles {
		for j := range theirs {
			at := &a.other
			if s.titles[i].hangul && theirs[j].hangul || s.native {
				at = &a.korean
			}
			if *at == equal {
				continue // nothing agrees more
			}
			*at = max(*at, compare(&s.titles[i], &theirs[j]))
		}
	}
}

// differsInPart reports whether titles of a script in which none agrees are of two
// parts, and what agrees in the other may be the title of all parts.
func (s *subject) differsInPart(theirs []title, a *assessed) bool {
	if a.korean >= varied && a.other >= varied {
		return false
	}
	inHangul := a.korean >= varied // a title agrees
	differs := false
	for i := range s.titles {
		ours := &s.titles[i]
		for j := range theirs {
			switch {
			case ours.hangul != inHangul:
				differs = differs || ours.isOtherPart(&theirs[j], halfSimilar)
			case ours.hangul == theirs[j].hangul && ours.is(&theirs[j]) >= varied && !ours.isWhole():
				return false
			}
		}
	}
	return differs
}

func contrastOf(ours, theirs []title, korean level) contrast {
	result := noContrast
	if korean != different {
		return result
	}
	for i := range ours {
		for j := range theirs {
			if !ours[i].hangul || !theirs[j].hangul {
				continue
			}
			if ours[i].touches(&theirs[j]) {
				return related
			}
			result = unrelated
		}
	}
	return result
}

// compareLatin finds out whether titles in Latin letters differ, and whether both
// are English: an original in another language differs from KOBIS's English title
// anyway.
func (a *assessed) compareLatin(ours, theirs []title, language string) {
	for i := range ours {
		for j := range theirs {
			if !isLatin(ours[i].whole) || !isLatin(theirs[j].whole) || ours[i].touches(&theirs[j]) {
				continue
			}
			a.latin = true
			if language == english || theirs[j].inEnglish() {
				a.english = true
			}
		}
	}
}

// titled reports whether a title agrees, however it is written.
func (a *assessed) titled() bool { return max(a.korean, a.other) >= varied }

// like reports whether a title agrees at least nearly.
func (a *assessed) like() bool { return max(a.korean, a.other) >= partly }

// longTitle is from how many letters on a title tells which film it is even where
// it is a translation.
const longTitle = 12

// translated reports whether the one title that agrees is a short English one and
// cannot be the original.
func (a *assessed) translated() bool {
	return a.korean < partly && a.other >= partly && !a.film.anglo && a.letters < longTitle
}

// usualFacts is how many speak for a candidate at most, as a rule.
const usualFacts = 8

// tell writes what was found as lines for a person.
func (a *assessed) tell() {
	a.Facts = make([]string, 0, usualFacts)
	a.fact(a.korean == equal, factTitle)
	a.fact(a.korean == varied, factTitleVaried)
	a.fact(a.korean == alike, factTitleAlike)
	a.fact(a.korean == partly, factTitlePartly)
	a.fact(a.other == equal, factOriginal)
	a.fact(a.other == varied, factOriginalVaried)
	a.fact(a.other == alike, factOriginalAlike)
	a.fact(a.other == partly, factOriginalPartly)
	a.fact(a.dated(), whenFacts[a.time])
	a.fact(a.director == agrees, factDirector)
	a.fact(a.length == agrees, factLength)
	a.fact(a.language == agrees, factLanguage)
	a.fact(a.country == agrees, factCountry)
	a.fact(a.genres == ofOneKind, factKind)
	a.fact(a.genres == manyGenres, factGenres)
	a.fact(a.genres == oneGenre, factGenre)
	a.fact(a.genres == dramaAlone, factDrama)
	rivals, counted := a.rivalled()
	a.fact(counted && rivals == 0, factAlone)
	a.against(rivals > 0, againstNamesake)
	a.against(a.contrast == unrelated, againstTitle)
	a.against(a.contrast == related, againstTitlePartly)
	a.against(a.english, againstEnglish)
	a.against(a.translated(), againstTranslated)
	a.against(a.latin && !a.english && !a.film.abroad, againstOther)
	a.against(a.latin && !a.english && a.film.abroad, againstAbroad)
	a.against(a.otherPart, againstPart)
	a.against(a.time.disagrees() && !a.reissued, whenFacts[a.time])
	a.against(a.unclear, againstUnclear)
	a.against(a.director == disagrees, againstDirector)
	a.against(a.origin == disagrees, againstOrigin)
	a.against(a.language == disagrees, againstLanguage)
	a.against(a.country == disagrees, againstCountry)
	a.against(a.form == disagrees, againstForm)
	a.against(a.genres == noGenre, againstGenres)
	a.against(a.genres == animatedThere, againstAnimated)
	a.against(a.genres == ofOtherKind, againstKind)
	a.against(a.film.short && a.form == unknown, againstShortUnknown)
	a.against(a.length == disagrees, againstLength)
}

func (a *assessed) fact(holds bool, fact string) {
	if holds {
		a.Facts = append(a.Facts, fact)
	}
}

func (a *assessed) against(holds bool, fact string) {
	if holds {
		a.Against = append(a.Against, fact)
	}
}
