package match

import (
	"fmt"
	"slices"
)

// without is what holds while the record of a pin is not there: what the rules say,
// until it was asked for, and a question for a person, once TMDB has none.
func (v Verdict) without(pin *Decision) Verdict {
	if pin.Record == Awaited {
		v.Evidence.Reason = fmt.Sprintf(
			"waiting for tmdb:movie:%d, which %s pinned; until then by the rules: %s", pin.TmdbID, pin.By, v.Evidence.Reason,
		)
	} else {
		v.Status, v.TmdbID = Review, nil
		v.Evidence.Reason = fmt.Sprintf("TMDB has no film %d, which %s pinned; by the rules: %s", pin.TmdbID, pin.By, v.Evidence.Reason)
	}
	if !slices.Contains(v.Evidence.Wanted, pin.TmdbID) {
		v.Evidence.Wanted = append([]int32{pin.TmdbID}, v.Evidence.Wanted...)
	}
	return v
}

// absent is a person's word that TMDB has no record of the film. A candidate that
// was not there when it was given, and could be the film, is for a person again.
func absent(film *Film, word *Absence, ranked []assessed) Verdict {
	v := Verdict{Status: None, RuleVersion: RuleVersion, Evidence: Evidence{
		Reason: word.Why, DecidedBy: word.By, Verdict: string(None), Candidates: list(ranked),
	}}
	if len(ranked) > 0 {
		v.Score = ranked[0].Score
	}
	fresh := slices.DeleteFunc(slices.Clone(ranked), func(a assessed) bool {
		return a.Gone || a.Banned || slices.Contains(word.Shown, a.TmdbID)
	})
	score(fresh)
	v.Evidence.Wanted = wanted(fresh)
	if status, reason, judged := rule(film, fresh); status != None {
		v.Status = Review
		v.Evidence.Reason = fmt.Sprintf("%s said that TMDB has none, and was not shown the candidate %d: %s", word.By, judged, reason)
	}
	return v
}
