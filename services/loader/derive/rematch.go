package derive

import (
	"context"
	"fmt"

	"github.com/cledit/pipeline/services/loader/internal/db"
	"github.com/cledit/pipeline/services/loader/match"
)

// Decision is a verdict as production.matches keeps it, or as the rules of this
// program reach it.
type Decision struct {
	Status      match.Status `json:"status"`
	TmdbID      *int32       `json:"tmdb_id,omitempty"`
	Score       float32      `json:"score"`
	RuleVersion int32        `json:"rule_version"`
}

// same reports whether two decisions name the same record, or none, in the same way.
func (d Decision) same(other Decision) bool { return d.Status == other.Status && d.id() == other.id() }

func (d Decision) id() int32 {
	if d.TmdbID == nil {
		return 0
	}
	return *d.TmdbID
}

// Rematched is what deciding again finds for a film.
type Rematched struct {
	MovieCd string   `json:"movie_cd"`
	Title   string   `json:"title"`
	Before  Decision `json:"before"` // of a film without a row: none, of version 0
	After   Decision `json:"after"`
	Reason  string   `json:"reason"` // of the new decision
	Row     bool     `json:"-"`      // there is a row
}

// Differs reports whether the outcome is another; a new score or rule version alone
// is none.
func (r Rematched) Differs() bool { return !r.Before.same(r.After) }

// Outdated reports whether the row has to be written again.
func (r Rematched) Outdated() bool {
	return !r.Row || r.Differs() || r.Before.Score != r.After.Score || r.Before.RuleVersion != r.After.RuleVersion
}

// Rematch decides on films again, from what is in staging and curation, and writes
// nothing. Films that KOBIS never had are left out.
func Rematch(ctx context.Context, q *db.Queries, movieCds []string) ([]Rematched, error) {
	known, err := readFacts(ctx, q, movieCds, false)
	if err != nil {
		return nil, err
	}
	rows, err := q.StoredMatches(ctx, movieCds)
	if err != nil {
		return nil, fmt.Errorf("reading production.matches: %w", err)
	}
	stored := make(map[string]Decision, len(rows))
	for _, r := range rows {
		stored[r.MovieCd] = Decision{match.Status(r.Status), r.TmdbID, r.Score, r.RuleVersion}
	}
	all := make([]Rematched, 0, len(movieCds))
	for _, movieCd := range movieCds {
		row, detail := known.lists[movieCd], had(known.details[movieCd])
		if row == nil && detail == nil {
			continue
		}
		v := match.Decide(known.film(movieCd), known.candidates(movieCd), known.verdicts[movieCd])
		before, there := stored[movieCd]
		if !there {
			before = Decision{Status: match.None}
		}
		r := Rematched{
			MovieCd: movieCd, Before: before, Row: there, Reason: v.Evidence.Reason,
			After: Decision{v.Status, v.TmdbID, v.Score, v.RuleVersion},
		}
		if detail != nil {
			r.Title = detail.Title
		}
		if row != nil {
			r.Title = row.Title
		}
		all = append(all, r)
	}
	return all, nil
}
