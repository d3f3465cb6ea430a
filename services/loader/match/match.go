package match

import (
	"slices"
	"time"
)

// Status is the outcome of a decision, as production.matches keeps it.
type Status string

// The outcomes.
const (
	Matched Status = "matched" // by rule
	Review  Status = "review"  // candidates, none of them certain
	None    Status = "none"    // no candidate of that title
	Pinned  Status = "pinned"  // by a person
	Banned  Status = "banned"  // what the rules would match, a person has ruled out
)

// Film is a KOBIS film as far as matching needs it.
type Film struct {
	MovieCd        string
	Titles         []string // Korean, English, original; empty ones are ignored
	ProductionYear *int32
	OpenDate       *time.Time
	Nations        []string // KOBIS's words, 한국 among them for a Korean film
	Directors      []string
	Form           string // KOBIS's word, 단편 for a short
}

// Candidate is a record of TMDB. What only its detail tells is missing where the
// detail has not been fetched.
type Candidate struct {
	TmdbID           int32
	Titles           []string // in any language, alternative ones too
	OriginalLanguage string   // ISO 639-1
	ReleaseDate      *time.Time
	KoreanReleases   []time.Time // theatrical, in Korea
	Directors        []string
	HasDetail        bool
	Gone             bool // TMDB no longer has it
}

// Verdicts are what people decided about a film.
type Verdicts struct {
	Pin    *Decision
	Banned []int32
}

// Decision is a person's word.
type Decision struct {
	TmdbID int32
	By     string
	Why    string
}

// Verdict is a decision with what it stands on.
type Verdict struct {
	Status   Status
	TmdbID   *int32  // for matched and pinned
	Score    float32 // 0 to 1, the certainty of the best candidate
	Evidence Evidence
}

// Evidence is kept as JSON beside the verdict.
type Evidence struct {
	Reason     string   `json:"reason"`
	DecidedBy  string   `json:"decided_by,omitempty"`
	Candidates []Ranked `json:"candidates"` // best first, the losing ones too
}

// Ranked is a candidate with the facts that speak for it.
type Ranked struct {
	TmdbID int32    `json:"tmdb_id"`
	Score  float32  `json:"score"`
	Facts  []string `json:"facts"`
	Banned bool     `json:"banned,omitempty"`
	Gone   bool     `json:"gone,omitempty"`
}

// Decide reaches a verdict. It depends neither on the order of the candidates
// nor on how often one is named.
func Decide(film Film, candidates []Candidate, verdicts Verdicts) Verdict {
	ranked := rank(film, candidates, verdicts.Banned)
	verdict := byRule(film, ranked)
	if verdicts.Pin != nil {
		return pinned(*verdicts.Pin, ranked)
	}
	return verdict
}

func pinned(pin Decision, ranked []assessed) Verdict {
	return Verdict{Status: Pinned, TmdbID: &pin.TmdbID, Score: 1, Evidence: Evidence{
		Reason: pin.Why, DecidedBy: pin.By, Candidates: list(ranked),
	}}
}

// byRule accepts a unique winner among the candidates that are still there and
// that nobody has banned.
func byRule(film Film, ranked []assessed) Verdict {
	there := slices.DeleteFunc(slices.Clone(ranked), func(a assessed) bool { return a.Gone })
	allowed := slices.DeleteFunc(slices.Clone(there), func(a assessed) bool { return a.Banned })
	status, reason := decide(film, allowed)
	verdict := Verdict{Status: status, Evidence: Evidence{Reason: reason, Candidates: list(ranked)}}
	if len(allowed) > 0 {
		verdict.Score = allowed[0].Score
	}
	if status == Matched {
		verdict.TmdbID = &allowed[0].TmdbID
		return verdict
	}
	if before, _ := decide(film, there); before == Matched {
		verdict.Status, verdict.Evidence.Reason = Banned, "what the rules match is ruled out by a person"
	}
	return verdict
}

func decide(film Film, ranked []assessed) (Status, string) {
	var winners, titled int
	for _, a := range ranked {
		if a.title {
			titled++
			if a.date {
				winners++
			}
		}
	}
	switch {
	case winners == 1:
		return Matched, "one candidate agrees in title and date"
	case winners > 1:
		return narrow(ranked)
	case titled > 0 && film.OpenDate == nil && film.ProductionYear == nil:
		return Review, "the title agrees; the film has no date to compare"
	case titled > 0:
		return Review, "the title agrees, the date doesn't"
	case len(ranked) > 0:
		return None, "no candidate of this title"
	}
	return None, "no candidates"
}

// narrow accepts one of several that agree in title and date only by a third
// fact that no other has.
func narrow(ranked []assessed) (Status, string) {
	if ranked[0].director && !ranked[1].director {
		return Matched, "of several candidates that agree in title and date, one also in a director"
	}
	return Review, "several candidates agree in title and date"
}

func list(ranked []assessed) []Ranked {
	out := make([]Ranked, 0, len(ranked))
	for _, a := range ranked {
		out = append(out, a.Ranked)
	}
	return out
}
