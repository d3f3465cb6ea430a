package match

import "slices"

// Decide reaches a verdict. It depends neither on the order of the candidates
// nor on how often one is named.
func Decide(film Film, candidates []Candidate, verdicts Verdicts) Verdict {
	ranked := rank(&film, candidates, verdicts.Banned)
	switch {
	case verdicts.Pin != nil && verdicts.Pin.Record == Stored:
		return pinned(*verdicts.Pin, ranked)
	case verdicts.Pin != nil:
		return byRule(&film, ranked).without(verdicts.Pin)
	case verdicts.None != nil:
		return absent(&film, verdicts.None, ranked)
	}
	return byRule(&film, ranked)
}

func pinned(pin Decision, ranked []assessed) Verdict {
	return Verdict{Status: Pinned, TmdbID: &pin.TmdbID, Score: 1, RuleVersion: RuleVersion, Evidence: Evidence{
		Reason: pin.Why, DecidedBy: pin.By, Candidates: list(ranked),
	}}
}

// byRule accepts a unique winner among the candidates that are still there and
// that nobody has banned.
func byRule(film *Film, ranked []assessed) Verdict {
	there := without(ranked, func(a assessed) bool { return a.Gone })
	allowed := without(there, func(a assessed) bool { return a.Banned })
	if len(allowed) < len(there) {
		score(allowed)
	}
	status, reason := decide(film, allowed)
	verdict := Verdict{Status: status, RuleVersion: RuleVersion, Evidence: Evidence{Reason: reason, Candidates: list(ranked)}}
	if len(allowed) > 0 {
		verdict.Score = allowed[0].Score
	}
	if status == Matched {
		verdict.TmdbID = &allowed[0].TmdbID
		return verdict
	}
	verdict.Evidence.Wanted = append(wanted(allowed), lost(film, ranked)...)
	if before, _ := decide(film, there); before == Matched {
		verdict.Status, verdict.Evidence.Reason = Banned, "what the rules match is ruled out by a person"
	}
	return verdict
}

// lost is the record that the film would be matched with, had TMDB not lost it: it
// may come back, so it is looked at now and then.
func lost(film *Film, ranked []assessed) []int32 {
	had := func(a assessed) bool { return a.Gone && a.Detail }
	if !slices.ContainsFunc(ranked, had) {
		return nil
	}
	before := slices.DeleteFunc(slices.Clone(ranked), func(a assessed) bool { return a.Banned || a.Gone && !a.Detail })
	for i := range before {
		before[i].Gone = false
	}
	score(before)
	if status, _ := decide(film, before); status != Matched {
		return nil
	}
	for _, a := range ranked {
		if a.TmdbID == before[0].TmdbID && had(a) {
			return []int32{a.TmdbID}
		}
	}
	return nil
}

// without leaves some out. What is left is a list of its own, whose scores may
// change; with none to leave out it is the list itself.
func without(ranked []assessed, out func(assessed) bool) []assessed {
	if !slices.ContainsFunc(ranked, out) {
		return ranked
	}
	return slices.DeleteFunc(slices.Clone(ranked), out)
}

func decide(film *Film, ranked []assessed) (Status, string) {
	status, reason, _ := rule(film, ranked)
	return status, reason
}

// rule is it: see acceptable for what a winner must have. It tells also which
// candidate the reason is about, 0 for none.
func rule(film *Film, ranked []assessed) (Status, string, int32) {
	if len(ranked) == 0 {
		return None, "no candidates", 0
	}
	best := &ranked[0]
	rivals := slices.ContainsFunc(ranked[1:], func(a assessed) bool { return a.acceptable() && a.weight > best.weight-clear })
	likely := best.acceptable() && best.weight >= leastWeight
	switch {
	case likely && !rivals && best.Score >= Accepted:
		return Matched, best.reason(), best.TmdbID
	case likely && rivals:
		return Review, "several candidates could be the film", best.TmdbID
	case likely:
		return Review, "two facts agree, and others may agree in as much: the title is short, or a year off", best.TmdbID
	}
	first := slices.IndexFunc(ranked, func(a assessed) bool { return a.possible() })
	if first < 0 {
		return None, "no candidate that could be the film", 0
	}
	status, reason := film.unsure(&ranked[first])
	return status, reason, ranked[first].TmdbID
}

// unsure reports whether a person should decide about the best possible candidate, and why.
func (f *Film) unsure(best *assessed) (Status, string) {
	switch {
	case best.weight < leastWeight && len(best.Against) > 0:
		return None, "a title agrees, and too much speaks against it: " + best.Against[0]
	case best.weight < leastWeight:
		return None, "a title agrees, and nothing else"
	case f.OpenDate == nil && f.ProductionYear == nil:
		return Review, "a title agrees; the film has no date to compare"
	case len(best.Against) > 0:
		return Review, "a title agrees, and something speaks against it: " + best.Against[0]
	case best.time.agrees():
		return Review, "the date agrees, the title only nearly"
	}
	return Review, "a title agrees, the date doesn't"
}

// clear is by how much the weight of a winner passes that of another candidate
// that could win: what it has more is a day or a director, not a year.
const clear = 1.4

// acceptable reports whether two independent facts speak for a candidate, a title
// and a date or a director, and nothing against it. A title that is only nearly
// the same takes both, and one without its subtitle the very day: the next part of
// a series has the same director, and a year later.
func (a *assessed) acceptable() bool {
	if a.doubtful() || a.time.disagrees() && !a.reissued {
		return false
	}
	title := max(a.korean, a.other)
	switch {
	case title >= varied:
		return a.dated() && (!a.film.short || a.confirmed()) || a.director == agrees
	case title == alike:
		return a.time.agrees() && a.director == agrees
	case title == partly:
		return a.time.isDay() && !a.elsewhen && a.director == agrees
	}
	return false
}

// dated reports whether the dates agree as far as the titles ask for: KOBIS may take
// the year of the opening for that of the production, which two titles make up for.
func (a *assessed) dated() bool {
	return a.time.agrees() || a.time == twoBefore && min(a.korean, a.other) >= varied
}

// doubtful reports whether a fact speaks against a candidate that has no stronger
// one for it: other directors do not count on the same day under the very title,
// nor does another origin or length with the same director.
func (a *assessed) doubtful() bool {
	switch {
	case a.form == disagrees, a.otherPart:
		return true
	case a.director == disagrees, a.unclear:
		return !a.onTheDay || a.korean < equal
	}
	return a.director != agrees && (a.origin == disagrees || a.length == disagrees)
}

// confirmed reports whether a short is known to be the one: student films share
// famous titles within a year. A foreign one that KOBIS lists was shown at a
// festival, and has its two titles for itself.
func (a *assessed) confirmed() bool {
	foreign := len(a.film.countries) > 0 || len(a.film.Nations) == 0
	return a.director == agrees || a.length == agrees || a.time == sameDay && a.form != unknown ||
		foreign && a.time == production && min(a.korean, a.other) >= varied
}

// possible reports whether a person should look at a candidate.
func (a *assessed) possible() bool {
	if a.form == disagrees || a.time.disagrees() && a.director != agrees && !a.older {
		return false
	}
	return a.titled() || a.like() && (a.time.agrees() || a.director == agrees)
}

func (a *assessed) reason() string {
	if a.director == agrees && a.time.agrees() {
		return "one candidate agrees in title, date and director"
	}
	if a.director == agrees {
		return "one candidate agrees in title and director"
	}
	return "one candidate agrees in title and date"
}

const (
	// maxWanted and maxUntitled bound the details that an open verdict asks for.
	maxWanted   = 3
	maxUntitled = 2
)

// wanted are the candidates whose detail could make a winner of them: those that
// are possible, and those of the right time that a search found under a title
// which only the detail tells.
func wanted(ranked []assessed) []int32 {
	var ids []int32
	untitled := 0
	for i := range ranked {
		a := &ranked[i]
		switch {
		case a.Detail || len(ids) == maxWanted:
		case a.possible():
			ids = append(ids, a.TmdbID)
		case a.untitled && a.time.agrees() && a.origin != disagrees && untitled < maxUntitled:
			ids = append(ids, a.TmdbID)
			untitled++
		}
	}
	return ids
}

func list(ranked []assessed) []Ranked {
	out := make([]Ranked, 0, len(ranked))
	for i := range ranked {
		out = append(out, ranked[i].Ranked)
	}
	return out
}
