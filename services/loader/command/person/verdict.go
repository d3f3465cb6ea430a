package person

import (
	"fmt"
	"time"

	"github.com/cledit/pipeline/services/loader/internal/db"
)

// Verdict is what somebody decided about people. People are keys such as
// kobis:person:20267714 and tmdb:person:21684.
type Verdict struct {
	ID        int64     `json:"id"`
	Verdict   string    `json:"verdict"`
	Person    string    `json:"person"`
	Other     string    `json:"other,omitempty"`    // of merge and split
	MovieCd   string    `json:"movie_cd,omitempty"` // of pin and ban, as what follows
	Name      string    `json:"name,omitempty"`
	Part      string    `json:"part,omitempty"`
	Character string    `json:"character,omitempty"`
	DecidedBy string    `json:"decided_by"`
	Why       string    `json:"why"`
	DecidedAt time.Time `json:"decided_at"`
}

func verdictOf(r db.CurationPersonVerdict) Verdict {
	return Verdict{
		ID: r.ID, Verdict: r.Verdict, Person: r.Person, Other: text(r.Other), MovieCd: text(r.MovieCd), Name: text(r.Name),
		Part: text(r.Part), Character: text(r.Character), DecidedBy: r.DecidedBy, Why: r.Why, DecidedAt: r.DecidedAt.UTC(),
	}
}

func verdictsOf(rows []db.CurationPersonVerdict) []Verdict {
	list := make([]Verdict, 0, len(rows))
	for _, r := range rows {
		list = append(list, verdictOf(r))
	}
	return list
}

// of reports whether a verdict is about two people, in whatever order.
func (v *Verdict) of(a, b string) bool {
	return v.Person == a && v.Other == b || v.Person == b && v.Other == a
}

// sentence says what is decided.
func (v *Verdict) sentence() string {
	switch v.Verdict {
	case actionPin:
		return fmt.Sprintf("%s is %s", v.credit(), v.Person)
	case actionBan:
		return fmt.Sprintf("%s is not %s", v.credit(), v.Person)
	case actionMerge:
		return fmt.Sprintf("%s is %s", v.Other, v.Person)
	}
	return fmt.Sprintf("%s is not %s", v.Other, v.Person)
}

func (v *Verdict) credit() string {
	what := v.Name + ", " + v.Part
	if v.Character != "" {
		what += " " + v.Character
	}
	return fmt.Sprintf("%s in film %s", what, v.MovieCd)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
